"""Chains of proxies whose sessions are in records: real programs, and what one who sees the first hop's
bytes can tell."""

import hashlib

from lab import addresses as at
from lab import records, uniform
from lab.recorder import Recorder
from lab.suite import socks5a_only, test

from .logins import ASYNCIO, HELLO, client_key
from .pools import TAKEN
from .settings import config

FIRST = ("middle",)
TWO = (("middle", ""), ("tol", ""))
CHAINS = {
    "records over records": TWO,
    "clear over records": (("middle", ""), ("danted", None)),
    "log-in in clear over records": (("middle", ""), ("eaf", "tol = off")),
    "records over clear": (("middle", "tol = off"), ("tol", "")),
    "three in records": (("middle", "tol = full"), ("middle", "tol = masking"), ("tol", "tol = bare")),
    "clear between": (("middle", "tol = jitter"), ("danted", None), ("tol-bare", "")),
}
BULK = hashlib.sha512(b"chain").digest() * 40000

DATAGRAMS = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(15)
for size in (1, 1400, 9000):
    s.sendto(b"d" * size, (sys.argv[1], int(sys.argv[2])))
    assert s.recvfrom(10000)[0] == b"d" * size
print("echoed")
"""

NAMES = """
import socket, sys
for name in sys.argv[1:]:
    print(socket.gethostbyname(name))
"""


def chained(client, hops=TWO, where=None, more=""):
    """Options that name a configuration of these proxies, each by way of the one before: a name of the lab's,
    and what its section says beside the log-in by key; None: nobody logs in. `where`: in place of the first
    one's own address; `more`: further sections."""
    socks5a_only()
    proxies = client.lab.proxies
    log_in = f"{client_key(client)}\nserver_key = {proxies.server_key.x25519()}\n"
    text = "[rules]\ndefault = proxy p%d\n" % (len(hops) - 1)
    for i, (name, line) in enumerate(hops):
        address = where if where and i == 0 else proxies.need(name)
        text += f"[proxy p{i}]\naddress = {address}\n"
        text += f"{log_in}{line}\n" if line is not None else ""
        text += f"via = p{i - 1}\n" if i > 0 else ""
    chosen = config(client, text + more)
    chosen["env"] |= {"SOCKS5A_STATE_DIR": client.path("state"), "SOCKS5A_LOG": "info"}
    return chosen


def curl(client, hops):
    client.need("curl")
    client.services("http")
    done = client.run("curl", "-sS", "-m", "15", f"http://{at.WEB}/hello", **chained(client, hops))
    done.ok().prints(HELLO)


def register():
    for name in CHAINS:
        function = lambda client, name=name: curl(client, CHAINS[name])  # noqa: E731
        function.__name__ = "curl_" + name.replace(" ", "_").replace("-", "_")
        function.__module__ = __name__
        test(function, proxies=FIRST)


register()


@test(proxies=FIRST)
def asyncio_connects_do_not_wait(client):
    client.services("http")
    client.python(ASYNCIO, at.WEB, **chained(client)).ok().prints("8")


@test(proxies=FIRST)
def ssh_with_bytes_through_a_remote_pipe(client):
    client.services("ssh")
    words = ["-F", f"{client.lab.directory}/ssh_config", at.WEB, "sha256sum"]
    done = client.run("ssh", *words, input=BULK, **chained(client)).ok()
    done.prints(hashlib.sha256(BULK).hexdigest())


@test(proxies=FIRST)
def names_are_asked_of_the_last(client):
    options = chained(client, more="[dns]\nmode = resolve\n")
    client.python(NAMES, at.WEB4, at.WEB4, **options).ok().prints(f"{at.TARGET4}\n{at.TARGET4}")


@test(proxies=FIRST)
def datagrams_go_in_the_records_of_all(client):
    client.services("datagrams")
    for name in ("records over records", "three in records", "log-in in clear over records"):
        options = chained(client, CHAINS[name])
        words = [at.TARGET4, str(at.PORT_DATAGRAMS)]
        client.python(DATAGRAMS, *words, **options).ok().prints("echoed")


@test(proxies=FIRST)
def sessions_that_wait_outlive_dummies_of_the_first(client):
    client.services("http")
    hops = (("middle", "tol = masking\ntol_dummies = 100"), ("tol", "pool = 2"))
    options = chained(client, hops)
    port = client.where().rpartition(":")[2]
    client.run("python3", "-c", TAKEN, at.TARGET4, port, **options).ok().prints(HELLO)


@test(proxies=FIRST)
def check_says_what_was_agreed_on_with_each(client):
    client.services("http")
    options = chained(client, CHAINS["three in records"])
    words = [f"{client.lab.product}/socks5a-check", "--target", f"{at.WEB}:80"]
    done = client.run(*words, wrapper="none", env=options["env"]).ok()
    done.prints("by way of:     p0: 81, EAF in records").prints("by way of:     p1: 81, EAF in records")
    done.prints("  records:     sealed; we send full").prints("  records:     sealed; we send masking")
    done.prints("\nrecords:       sealed; we send padding; the proxy is asked for bare").prints("the proxy works")


@test(proxies=FIRST)
def first_hop_shows_records_alone(client):
    """What goes behind its handshake is uniform and says nothing of the next proxy's session."""
    client.services("http")
    with Recorder(client, client.where()) as recorder:
        options = chained(client, (("middle", "tol = bare"), ("tol", "")), recorder.where)
        many = ASYNCIO.replace("range(8)", "range(200)")
        client.python(many, at.WEB, **options).ok().prints("200")
    ups = [one.up[records.handshake_end(one.up, 3, 2) :] for one in recorder.recordings]
    downs = [one.down[records.handshake_end(one.down, 2, 1) :] for one in recorder.recordings]
    assert len(ups) == 200, len(ups)
    for streams in (ups, downs):
        assert not uniform.skewed(streams), uniform.skewed(streams)
        assert not any(records.is_plain(stream, 0) for stream in streams if stream)
        assert not any(b"\x05\x01\x81" in stream[:3] or b"GET " in stream for stream in streams)
