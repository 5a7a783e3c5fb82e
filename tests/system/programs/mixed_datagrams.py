"""Programs that send datagrams by one socket to places that are direct and to others."""

from lab import addresses as at
from lab import services
from lab.suite import socks5a_only, test

from .settings import config

PORT = str(at.PORT_DATAGRAMS)
NEAR = "proxy.lab.test"  # which the client's hosts file knows

# Every answer comes from whom was asked, whoever else was asked meanwhile.
SEVERAL = """
import os, socket, sys
family = socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET
port, hosts = int(sys.argv[2]), sys.argv[3:]
here = socket.socket(family, socket.SOCK_DGRAM)
here.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(10)
places = {}
for host in hosts:
    address = socket.getaddrinfo(host, port, family, socket.SOCK_DGRAM, 0, socket.AI_V4MAPPED)[0][4]
    places[address] = host.encode()
for turn in range(3):
    for address, text in places.items():
        s.sendto(text, address)
    s.sendto(b"here", here.getsockname())
    for _ in places:
        got, peer = s.recvfrom(2000)
        print("ok" if places.get(peer) == got else (got, peer, places))
    got, peer = here.recvfrom(2000)
    here.sendto(b"back", peer)
    got, peer = s.recvfrom(2000)
    print("ok" if (got, peer) == (b"back", here.getsockname()) else (got, peer))
"""


def near_echo(client):
    """Datagrams are echoed on the proxy host, too, which is the only one that the client reaches."""
    argv = [services.PYTHON, f"{services.SERVERS}/datagrams.py", PORT]
    client.lab.proxies.need_beside("near-echo", argv, at.PROXY4, at.PORT_DATAGRAMS)


def rules(client, *direct):
    text = f"[proxy a]\naddress = {client.where()}\n[rules]\n"
    text += "".join(f"direct = {match}\n" for match in direct)
    return config(client, text + "[dns]\nhosts = /dev/null\n")


def check(client, options, family, *hosts, near=at.PROXY4):
    """The answers are right, and nothing leaves beside what goes to `near`."""
    client.leaks()
    done = client.python(SEVERAL, family, PORT, *hosts, **options).ok()
    assert done.text == "ok\n" * 3 * (len(hosts) + 1), done.text
    leaks = client.leaks()
    assert leaks and all(f"-> {near} port {PORT}" in line for line in leaks), leaks


@test
def direct_by_name(client):
    socks5a_only()
    client.services("datagrams")
    near_echo(client)
    check(client, rules(client, NEAR), "4", NEAR)
    check(client, rules(client, NEAR), "6", NEAR)
    check(client, rules(client, NEAR), "4", NEAR, at.WEB4)


@test
def direct_by_address(client):
    """By IPv4 on a socket of IPv6, too."""
    socks5a_only()
    client.services("datagrams")
    near_echo(client)
    options = rules(client, at.PROXY4)
    check(client, options, "4", at.PROXY4, at.WEB4)
    check(client, options, "6", at.TARGET4, at.PROXY4, at.TARGET6)
    options = rules(client, f"{at.PROXY6}/128")
    check(client, options, "6", at.TARGET4, at.PROXY6, at.TARGET6, near=at.PROXY6)
