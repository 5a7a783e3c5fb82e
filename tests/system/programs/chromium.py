"""Chromium without a window: one process has the sockets, others the pages, started by a zygote."""

from lab import addresses as at
from lab.suite import CORE, not_direct, test

QUIET = (
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-extensions",
)  # fmt: skip


def chromium(client, url, *words, quic=("--disable-quic",)):
    client.need("chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    profile = f"--user-data-dir={client.path('profile')}"
    argv = ["chromium", *options, *quic, *QUIET, profile, *words, "--dump-dom", url]
    return client.run(*argv, timeout=60, env={"HOME": client.directory})


def shows_page(client, *words):
    not_direct()  # without a default route for IPv6 it would not try the third of the hosts
    requests, sessions = client.requests("crowd"), client.sessions()
    done = chromium(client, f"http://{at.WEB}:{at.PORT_CROWD}/page", *words).ok()
    done.prints("images 10, sheets 10, scripts 10.")
    requests.expect(" GET /page ", 1)
    requests.expect(" GET /item/", 30)
    for host in at.NAMES:
        sessions.relayed(host, at.PORT_CROWD, 1)


@test(proxies=CORE)
def page_with_thirty_parts_on_three_hosts(client):
    """Its own resolver asks port 53."""
    shows_page(client)


@test
def page_with_thirty_parts_by_the_resolver_of_the_system(client):
    shows_page(client, "--disable-features=AsyncDns")


@test
def page_over_http2(client):
    requests, sessions = client.requests("https"), client.sessions()
    url = f"https://{at.WEB}/chromium"
    done = chromium(client, url, "--ignore-certificate-errors").ok()  # it has a store of its own
    done.prints("hello from the target")
    requests.expect(" GET /chromium HTTP/2.0", 1)
    sessions.relayed(at.WEB, 443, 1)


@test
def refused_by_the_target(client):
    url = f"http://{at.TARGET4}:{at.PORT_CLOSED}/"
    chromium(client, url).says("ERR_CONNECTION_REFUSED")
