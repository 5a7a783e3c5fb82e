"""Programs that send datagrams through chains of proxies: in stream to the last one, or from relay to
relay, and nothing past the first."""

from lab import addresses as at
from lab import capture, services
from lab.suite import test
from lab.terminal import Terminal

from .chains import chained
from .datagrams import CONNECTED, ONE_SHOT, UNCONNECTED

PORT = str(at.PORT_DATAGRAMS)

# Asks again until an answer comes, as any program has to that sends datagrams.
STEADY = """
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
s.settimeout(0.2)
def ask(text):
    for _ in range(50):
        try:
            s.send(text)
            if s.recv(2000) == text:
                return True
        except OSError:
            pass
while True:
    print("answered" if ask(os.urandom(8).hex().encode()) else "silent", flush=True)
    word = sys.stdin.readline().strip()
    if word == "end":
        break
    if word == "fork" and os.fork() != 0:
        os.wait()
    elif word == "fork":
        print("child", ask(b"child"), flush=True)
        os._exit(0)
"""


def chain(client, *hops, udp=()):
    """Options as of `chained`; a hop is a name where nobody logs in. `udp`: lines of [udp]."""
    client.services("datagrams")
    hops = [(hop, None) if isinstance(hop, str) else hop for hop in hops]
    return chained(client, hops, more="\n".join(("[udp]", *udp, "")))


class Datagrams:
    """How many left the client meanwhile, wherever they went."""

    def __init__(self, client):
        self.capture = client.lab.client.call(capture.open_capture, "eth0", "udp")

    def count(self):
        counted = 0
        while True:
            try:
                counted += self.capture.recvfrom(65535)[1][2] == capture.PACKET_OUTGOING
            except BlockingIOError:
                return counted


def echoes(client, options, hosts=(at.WEB4, at.TARGET4)):
    done = client.python(UNCONNECTED, PORT, *hosts, **options).ok()
    assert done.text == "ok\n" * 2 * len(hosts), done.text
    client.python(CONNECTED, at.WEB4, PORT, **options).ok().prints("True")


@test
def in_stream_behind_a_proxy_without_datagrams(client):
    """In clear and in records; nothing but TCP leaves."""
    for tol in ("off", "padding"):
        seen = Datagrams(client)
        echoes(client, chain(client, "microsocks", ("eaf", f"tol = {tol}")))
        assert seen.count() == 0


@test
def in_stream_where_that_is_asked_for(client):
    seen = Datagrams(client)
    echoes(client, chain(client, ("eaf", "tol = off"), udp=["transport = stream"]))
    assert seen.count() == 0


@test
def in_stream_is_not_to_be_had_everywhere(client):
    options = chain(client, "socks5ad", udp=["transport = stream"])
    client.python(ONE_SHOT, at.TARGET4, PORT, **options).failed().says("Permission").says("in stream")


@test
def from_relay_to_relay(client):
    """IPv6 targets have longer headers, inside of those of the relays."""
    echoes(client, chain(client, "danted", "socks5ad"))
    options = chain(client, "danted", "middle", "socks5ad")
    echoes(client, options)
    client.python(CONNECTED, at.TARGET6, PORT, **options).ok().prints("True")


@test
def from_relay_to_relay_behind_a_log_in(client):
    options = chain(client, "danted", ("eaf", "tol = off"), udp=["transport = datagrams"])
    seen = Datagrams(client)
    echoes(client, options)
    assert seen.count() > 0


@test
def from_a_session_to_a_relay(client):
    """The first takes them in stream, and sends them on to the relay of the second."""
    seen = Datagrams(client)
    echoes(client, chain(client, ("middle", "tol = off"), "socks5ad", udp=["transport = stream"]))
    assert seen.count() == 0


@test
def a_proxy_on_the_way_that_has_no_datagrams(client):
    options = chain(client, "microsocks", "socks5ad")
    client.python(ONE_SHOT, at.TARGET4, PORT, **options).failed().says("Permission")


@test
def when_a_proxy_on_the_way_was_away(client):
    """Whichever it is, all associations are made anew."""
    names = "danted", "middle", "socks5ad"
    argv = [services.PYTHON, "-c", STEADY, at.WEB4, PORT]
    with Terminal(client, *argv, **chain(client, *names)) as terminal:
        terminal.shows("answered")
        for name in names[1:]:
            client.lab.proxies.restart(name)
            terminal.types("again")
            terminal.shows("answered")
        terminal.types("end")
        terminal.ends()


@test
def in_parent_and_child(client):
    argv = [services.PYTHON, "-c", STEADY, at.WEB4, PORT]
    with Terminal(client, *argv, **chain(client, "danted", "socks5ad")) as terminal:
        terminal.shows("answered")
        terminal.types("fork")
        terminal.shows("child True")
        terminal.shows("answered")
        terminal.types("end")
        terminal.ends()
