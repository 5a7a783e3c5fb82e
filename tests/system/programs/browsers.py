"""Text browsers: lynx waits with select for a connect that does not block, w3m blocks."""

from lab import addresses as at
from lab.suite import test

HELLO = "hello from the target"
PAGE = f"http://{at.WEB}:{at.PORT_CROWD}/page"


def shows(client, program, *words, url=PAGE, text="Thirty parts."):
    client.need(program)
    service = "https" if url.startswith("https") else "crowd"
    requests, sessions = client.requests(service), client.sessions()
    client.run(program, *words, url).ok().prints(text)
    requests.expect(" GET ", 1, 1)
    sessions.relayed(at.WEB, 443 if service == "https" else at.PORT_CROWD, 1)


@test
def lynx_page(client):
    shows(client, "lynx", "-dump", "-nolist", "-connect_timeout=10")


@test
def lynx_https(client):
    shows(client, "lynx", "-dump", url=f"https://{at.WEB}/", text=HELLO)


@test
def lynx_redirect_to_another_name(client):
    client.need("lynx")
    client.services("http")
    client.run("lynx", "-dump", f"http://{at.WEB}/redirect").ok().prints(HELLO)


@test
def lynx_refused(client):
    client.need("lynx")
    url = f"http://{at.TARGET4}:{at.PORT_CLOSED}/"
    client.run("lynx", "-dump", url).failed(1).says("unable to connect")


@test
def w3m_page(client):
    shows(client, "w3m", "-dump", "-o", "use_cookie=0")


@test
def w3m_https(client):
    authority = f"ssl_ca_file={client.lab.directory}/ca.pem"
    shows(client, "w3m", "-dump", "-o", authority, url=f"https://{at.WEB}/", text=HELLO)


@test
def w3m_refused(client):
    client.need("w3m")
    url = f"http://{at.TARGET4}:{at.PORT_CLOSED}/"
    client.run("w3m", "-dump", url).ok().says("can't load")  # its status is 0 all the same
