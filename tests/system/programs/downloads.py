"""Programs that fetch over many connections at once: curl --parallel and aria2."""

from lab import addresses as at
from lab.crowd import COUNT, FIRST, Crowd
from lab.pending import PORT_53
from lab.suite import CORE, socks5a_only, test

BASE = f"http://{at.WEB}:{at.PORT_CROWD}"
SIZE = 16 << 20
PIECES = 16


@test(proxies=CORE)
def curl_fifty_in_parallel(client):
    """A hundred transfers, of which fifty run at any time and are answered together. Unless it is
    told to, curl 7.88 waits for some of them before it opens connections for others."""
    client.need("curl")
    crowd = Crowd(client)
    url = f"{BASE}/together/50/[{FIRST}-{FIRST + COUNT - 1}]"
    words = ["--parallel", "--parallel-max", "50", "--parallel-immediate"]
    client.run("curl", "-sSf", "--no-progress-meter", *words, "-o", "#1", url).ok()
    for size in crowd.sizes:
        crowd.body_is_known(str(size), size)
    crowd.requests.expect(" GET /together/50/", COUNT, COUNT)
    crowd.sessions.relayed(at.WEB, at.PORT_CROWD, 50)  # it keeps connections


def aria2(client, url, *words):
    client.need("aria2c")
    options = ["--no-conf", "--quiet", "--min-split-size=1M", "--file-allocation=none"]
    limits = ["--connect-timeout=10", "--timeout=10", "--max-tries=1", "-o", "whole"]
    return client.run("aria2c", *options, *limits, f"-x{PIECES}", f"-s{PIECES}", *words, url)


def comes_in_pieces(client, host, *words):
    crowd = Crowd(client)
    url = f"http://{at.url_host(host)}:{at.PORT_CROWD}/bytes/{SIZE}"
    aria2(client, url, *words).ok()
    crowd.body_is_known("whole", SIZE)
    asked = crowd.requests.expect(f" GET /bytes/{SIZE} ", PIECES)
    assert len({line.split()[3] for line in asked}) >= PIECES, asked
    crowd.sessions.relayed(host, at.PORT_CROWD, PIECES)


@test(proxies=CORE)
def aria2_sixteen_connections(client):
    """With the resolver of the system, which is getaddrinfo in this program's own thread."""
    comes_in_pieces(client, at.WEB, "--async-dns=false")


@test
def aria2_sixteen_connections_by_ipv6_literal(client):
    comes_in_pieces(client, at.TARGET6, "--async-dns=false")


@test
def aria2_sixteen_connections_by_literal_with_its_own_resolver(client):
    comes_in_pieces(client, at.TARGET4, "--async-dns=true")


@test
def aria2_own_resolver(client):
    """c-ares asks port 53 itself: that is refused, or answered by the shim, but never sent."""
    socks5a_only()
    if PORT_53:
        comes_in_pieces(client, at.WEB, "--async-dns=true")
    else:
        aria2(client, f"{BASE}/bytes/{SIZE}", "--async-dns=true").failed()
