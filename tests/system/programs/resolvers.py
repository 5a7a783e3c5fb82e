"""Programs with a resolver of their own: their questions are answered without a packet."""

from lab import addresses as at
from lab.suite import socks5a_only, test

NODE = """
const { Resolver } = require("dns").promises;
const resolver = new Resolver();
Promise.all([resolver.resolve4(process.argv[1]), resolver.resolve6(process.argv[1])])
    .then(([four, six]) => console.log(four.length, six.length, four[0]));
"""


def is_fake(text):
    return text.startswith("198.18.") or text.startswith("fd73:6f63:6b73:3561::")


@test
def dig_asks_anybody(client):
    """Name servers beyond, the system's, and one of this machine."""
    socks5a_only()
    client.need("dig")
    for server in ([], ["@203.0.113.1"], ["@127.0.0.1"], ["@2001:db8:ffff::1"]):
        for kind in ("A", "AAAA"):
            argv = ["dig", "+short", "+tries=1", "+time=5", *server, at.WEB, kind]
            done = client.run(*argv).ok()
            assert is_fake(done.text), done.text


@test
def dig_answer_is_connected_to(client):
    socks5a_only()
    client.need("dig", "curl")
    client.services("http")
    script = 'curl -sS "http://$(dig +short +tries=1 $0 A)/hello"'
    client.run("sh", "-c", script, at.WEB).ok().prints("hello from the target")


@test
def host_and_nslookup(client):
    socks5a_only()
    client.need("host", "nslookup")
    client.run("host", "-t", "A", at.WEB, "203.0.113.1").ok().prints("has address 198.18.")
    client.run("nslookup", at.WEB, "203.0.113.1").ended().prints("198.18.")


@test
def node_with_c_ares(client):
    socks5a_only()
    client.need("node")
    client.run("node", "-e", NODE, at.WEB).ok().prints("1 1 198.18.")


@test
def aria2_with_c_ares(client):
    """Its asynchronous resolver is on."""
    socks5a_only()
    client.need("aria2c")
    client.services("http")
    argv = ["aria2c", "-q", "--async-dns=true", "-o", "got", f"http://{at.WEB}/hello"]
    client.run(*argv).ok()
    with open(client.path("got")) as file:
        assert "hello from the target" in file.read()
