"""Real programs through socks5ad by every log-in of EAF, over methods 80 and 82."""

from lab import addresses as at
from lab import keys
from lab.suite import socks5a_only, test
from lab.terminal import Terminal
from lab.wrappers import CHOSEN

EAF = ("eaf",)
HELLO = "hello from the target"
ASYNCIO = """
import asyncio, sys
async def fetch(host):
    reader, writer = await asyncio.open_connection(host, 80)
    writer.write(b"GET /hello HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n")
    body = await reader.read()
    writer.close()
    return body
async def main():
    bodies = await asyncio.gather(*(fetch(sys.argv[1]) for _ in range(8)))
    print(sum(b"hello from the target" in body for body in bodies))
asyncio.run(main())
"""


def proxy(client, *lines, pinned=True, tol="off"):
    """Options that name a configuration of the eaf proxy with these lines more."""
    socks5a_only()
    where = client.where()
    text = ["[proxy home]", f"address = {where}", f"tol = {tol}", *lines]
    if pinned:
        text.append(f"server_key = {client.lab.proxies.server_key.x25519()}")
    path = keys.private(client.path("socks5a.conf"), "\n".join(text) + "\n")
    env = {"SOCKS5A_CONF": path, "SOCKS5A_STATE_DIR": client.path("state"), "SOCKS5A_LOG": "info"}
    return {"through": "", "env": env}


def secret(client, key, text):
    """The line of a configuration that names a file with this text."""
    return f"{key} = {keys.private(client.path(key), text)}"


def client_key(client):
    client.where()
    return secret(client, "key", client.lab.proxies.client_key.line("private"))


def password(client, user="password"):
    return (f"user = {user}", secret(client, "password_file", keys.PASSWORD + "\n"))


def curl(client, options, host=at.WEB):
    client.need("curl")
    client.services("http")
    return client.run("curl", "-sS", "-m", "15", f"http://{host}/hello", **options)


@test(proxies=EAF)
def curl_by_public_key(client):
    curl(client, proxy(client, client_key(client))).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_openssh_key(client):
    client.need("ssh-keygen")
    client.where()
    path = client.path("id")
    seed = client.lab.proxies.client_key.seed
    keys.private(path, openssh(seed, client.lab.proxies.client_key.ed25519()))
    curl(client, proxy(client, f"key = {path}")).ok().prints(HELLO)


def openssh(seed, public):
    """A private key as OpenSSH writes it."""
    import base64
    import struct

    def string(data):
        return struct.pack(">I", len(data)) + data

    key = base64.b64decode(public)
    blob = string(b"ssh-ed25519") + string(key)
    private = struct.pack(">II", 7, 7) + blob + string(seed + key) + string(b"lab")
    private += bytes(range(1, 1 + -len(private) % 8))
    whole = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"")
    whole += struct.pack(">I", 1) + string(blob) + string(private)
    body = base64.encodebytes(whole).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n"


@test(proxies=EAF)
def curl_by_password(client):
    curl(client, proxy(client, *password(client))).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_password_under_82(client):
    curl(client, proxy(client, "method = chain", *password(client))).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_public_key_under_82(client):
    curl(client, proxy(client, "method = chain", client_key(client))).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_token(client):
    curl(client, proxy(client, secret(client, "token", keys.TOKEN + "\n"))).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_code_of_a_machine(client):
    options = proxy(client, "user = machine", secret(client, "totp", keys.TOTP + "\n"))
    curl(client, options).ok().prints(HELLO)
    curl(client, options).ok().prints(HELLO)  # by its ticket: the code was used


@test(proxies=EAF)
def curl_by_two_factors(client):
    totp = secret(client, "totp", keys.TOTP + "\n")
    options = proxy(client, *password(client, "both"), totp, "factors = password totp")
    curl(client, options).ok().prints(HELLO)


@test(proxies=EAF)
def curl_by_a_chain_of_two_steps(client):
    totp = secret(client, "totp", keys.TOTP + "\n")
    options = proxy(client, "method = chain", *password(client, "steps"), totp)
    curl(client, options).ok().prints(HELLO)


@test(proxies=EAF)
def curl_through_another_proxy_to_the_log_in(client):
    key, first = client_key(client), client.lab.proxies.need("microsocks")
    lines = (key, "via = first", "[proxy first]", f"address = {first}")
    pin = f"server_key = {client.lab.proxies.server_key.x25519()}"
    options = proxy(client, pin, *lines, pinned=False)
    curl(client, options).ok().prints(HELLO)


@test(proxies=EAF)
def git_and_ssh_by_public_key(client):
    client.need("git", "ssh")
    client.services("git", "ssh")
    options = proxy(client, client_key(client))
    client.run("git", "ls-remote", f"http://{at.WEB}/git/project.git", **options).ok()
    config = f"{client.lab.directory}/ssh_config"
    client.run("ssh", "-F", config, at.WEB, "echo arrived", **options).ok().prints("arrived")


@test(proxies=EAF)
def asyncio_by_public_key(client):
    client.services("http")
    done = client.python(ASYNCIO, at.WEB, **proxy(client, client_key(client)))
    done.ok().prints("8")


@test(proxies=EAF)
def asyncio_by_password(client):
    client.services("http")
    done = client.python(ASYNCIO, at.WEB, **proxy(client, *password(client)))
    done.ok().prints("8")


# ---- what is refused --------------------------------------------------------------------------


@test(proxies=EAF)
def wrong_password_is_refused_and_the_log_says_so(client):
    lines = ("user = password", secret(client, "password_file", "wrong\n"))
    curl(client, proxy(client, *lines)).failed().says("log-in: permission denied (REP 0f)")


@test(proxies=EAF)
def key_of_another_server_is_refused(client):
    line = f"server_key = {keys.Secret().x25519()}"
    options = proxy(client, client_key(client), line, pinned=False)
    curl(client, options).failed().says("its key or the network key is another")


@test(proxies=EAF)
def network_key_that_the_server_lacks(client):
    network = secret(client, "network_key", keys.Secret().line("network"))
    options = proxy(client, client_key(client), network)
    curl(client, options).failed().says("its key or the network key is another")


@test(proxies=EAF)
def unknown_key_is_refused_or_accepted_as_configured(client):
    key = client_key(client)
    curl(client, proxy(client, key, pinned=False)).failed().says("key is not known")
    accepting = proxy(client, key, "known_servers = accept-new", pinned=False)
    curl(client, accepting).ok().prints(HELLO)
    curl(client, proxy(client, key, pinned=False)).ok().prints(HELLO)  # known by now
    path = client.path("state/known_servers")
    keys.private(path, f"{keys.Secret().x25519()} {client.where()}\n")
    curl(client, accepting).failed().says("if it was changed on purpose, delete")


@test(proxies=EAF)
def server_of_80_refuses_a_client_without_it(client):
    socks5a_only()
    client.services("http")
    curl(client, {"env": {"SOCKS5A_LOG": "info"}}).failed().says("none of the methods offered")


# ---- tickets ----------------------------------------------------------------------------------


def at_terminal(client, options, answers, *words):
    """Runs the wrapper with these words under a terminal and types the answers; what it shows."""
    environment = {**options["env"], "SOCKS5A_BUILD": client.lab.product}
    argv = [f"{client.lab.root}/scripts/socks5a-run", *words]
    with Terminal(client, *argv, wrapper="none", env=environment) as terminal:
        for question, answer in answers:
            terminal.shows(question)
            terminal.types(answer)
        terminal.ends()
    return terminal.text


def others_by_ticket(client, options):
    client.services("git", "ssh")
    client.run("git", "ls-remote", f"http://{at.WEB}/git/project.git", **options).ok()
    config = f"{client.lab.directory}/ssh_config"
    client.run("ssh", "-F", config, at.WEB, "echo arrived", **options).ok().prints("arrived")
    client.python(ASYNCIO, at.WEB, **options).ok().prints("8")


@test(proxies=EAF)
def one_log_in_by_code_serves_parallel_programs(client):
    options = proxy(client, "user = code", "ask = totp")
    curl(client, options).failed().says("log in with socks5a-run --login")
    typed = keys.code()
    shown = at_terminal(client, options, [("code of", typed)], "--login")
    assert typed not in shown, shown
    assert "logged in" in shown, shown
    fetch = "for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -m 15 $0 & done; wait"
    done = client.run("sh", "-c", fetch, f"http://{at.WEB}/hello", **options).ok()
    assert done.text.count(HELLO) == 10, done.text + done.errors
    others_by_ticket(client, options)
    assert "logged in" in at_terminal(client, options, [], "--status")
    assert "logged out" in at_terminal(client, options, [], "--logout")
    curl(client, options).failed().says("log in with socks5a-run --login")


@test(proxies=EAF)
def log_in_asks_about_an_unknown_key(client):
    client.where()
    lines = ("user = password", "ask = password", "known_servers = ask")
    options = proxy(client, *lines, pinned=False)
    answers = [("yes/no", "yes"), ("Password of", keys.PASSWORD)]
    shown = at_terminal(client, options, answers, "--login")
    assert "SHA256:" in shown and keys.PASSWORD not in shown, shown
    curl(client, options).ok().prints(HELLO)


@test(proxies=EAF)
def check_tells_of_the_log_in(client):
    if CHOSEN != "socks5a":
        return
    options = proxy(client, client_key(client))
    done = client.run(options=["--check"], **options).ok()
    for text in ("80, EAF", "server key:    SHA256:", "accepted", "round trips:   3"):
        done.prints(text)


@test(proxies=EAF)
def check_tells_of_the_records(client):
    if CHOSEN != "socks5a":
        return
    options = proxy(client, client_key(client), "tol_dummies = 700", "require = sealed padding", tol="masking")
    done = client.run(options=["--check"], **options).ok()
    for text in ("81, EAF in records", "records:       sealed; we send masking, dummies each 700 ms", "accepted"):
        done.prints(text)
