"""Programs that send datagrams, through the proxies that carry them: nothing goes past the proxy."""

import socket
import subprocess

from lab import addresses as at
from lab import services
from lab.suite import socks5a_only, test
from lab.terminal import Terminal

from .logins import EAF, client_key, proxy
from .settings import config

BOTH = ("socks5ad", "danted")

UNCONNECTED = """
import socket, sys
names = sys.argv[2:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
for name in names * 2:
    there = socket.getaddrinfo(name, int(sys.argv[1]), socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    s.sendto(name.encode(), there)
    got, peer = s.recvfrom(2000)
    print("ok" if got == name.encode() and peer == there else (got, peer, there))
"""

CONNECTED = """
import asyncio, socket, sys
class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.left = 20
        self.transport = transport
        for _ in range(3):
            transport.sendto(b"hello")
    def datagram_received(self, data, peer):
        self.left -= 1
        assert data == b"hello"
        if self.left == 0:
            done.set_result(True)
        self.transport.sendto(data)
    def error_received(self, error):
        done.set_exception(error)
async def main():
    global done
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    await loop.create_datagram_endpoint(Echo, remote_addr=(sys.argv[1], int(sys.argv[2])))
    print(await asyncio.wait_for(done, 10))
asyncio.run(main())
"""

# Finds out how large a datagram may be that is not to be fragmented, as whoever does without a header.
MEASURES = """
import errno, socket, struct, sys
family, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
level, mtu_of, discover, report, ip = ((0, 14, 10, 11, 20) if family == socket.AF_INET else
                                       (socket.IPPROTO_IPV6, 24, 23, 25, 40))
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(10)
s.setsockopt(level, discover, 2)
s.setsockopt(level, report, 1)
s.connect((host, port))
def echoed(size):
    s.send(b"x" * size)
    return len(s.recv(65536)) == size
def refused(size):
    try:
        s.send(b"x" * size)
    except OSError as error:
        assert error.errno == errno.EMSGSIZE, error
    data, controls, flags, peer = s.recvmsg(10, 512, socket.MSG_ERRQUEUE)
    assert not data and flags == socket.MSG_ERRQUEUE, (data, flags)
    assert peer[:2] == (host, port), peer
    [content] = [data for where, kind, data in controls if where == level and kind == report]
    code, info = struct.unpack_from("I4xI", content)
    assert code == errno.EMSGSIZE, code
    return info
assert 1400 < s.getsockopt(level, mtu_of) <= 1500
assert echoed(100)
mtu = s.getsockopt(level, mtu_of)
most = mtu - ip - 8
print(mtu, echoed(most), mtu == 1500 or refused(most + 1) == mtu)
"""

ONE_SHOT = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"only one", (sys.argv[1], int(sys.argv[2])))
"""


@test(proxies=BOTH)
def python_to_several(client):
    socks5a_only()
    client.services("datagrams")
    for hosts in ((at.WEB4, at.TARGET4), (at.WEB,)):
        done = client.python(UNCONNECTED, str(at.PORT_DATAGRAMS), *hosts).ok()
        assert done.text == "ok\n" * 2 * len(hosts), done.text


@test(proxies=BOTH)
def asyncio_connected(client):
    socks5a_only()
    client.services("datagrams")
    for host in (at.TARGET4, at.WEB4):
        client.python(CONNECTED, host, str(at.PORT_DATAGRAMS)).ok().prints("True")


@test(proxies=("socks5ad", "danted", "tol"))
def size_that_the_path_carries(client):
    """Less by the header than the link's 1,500; in stream there is none."""
    socks5a_only()
    client.services("datagrams")
    families = ((socket.AF_INET, at.TARGET4, 10), (socket.AF_INET6, at.TARGET6, 22 - 20))
    for family, host, header in families:
        mtu = 1500 if client.proxy == "tol" else 1500 - header
        words = (str(int(family)), host, str(at.PORT_DATAGRAMS))
        client.python(MEASURES, *words).ok().prints(f"{mtu} True True")


@test(proxies=BOTH)
def socat_datagrams(client):
    socks5a_only()
    client.need("socat")
    client.services("datagrams")
    target = f"UDP:{at.WEB4}:{at.PORT_DATAGRAMS}"
    client.run("socat", "-t", "2", "-", target, input=b"hello").ok().prints("hello")


@test(proxies=BOTH)
def ncat_datagrams(client):
    socks5a_only()
    client.need("ncat")
    client.services("datagrams")
    script = "(echo hello; sleep 1) | ncat -u -i 2 $0 $1"
    client.run("sh", "-c", script, at.TARGET4, str(at.PORT_DATAGRAMS)).ended().prints("hello")


@test(proxies=BOTH)
def curl_tftp(client):
    socks5a_only()
    client.services("datagrams")
    done = client.run("curl", "-sS", "-m", "10", f"tftp://{at.WEB4}/file").ok()
    assert done.out == (b"file" * 1000)[:3000], len(done.out)


@test(proxies=BOTH)
def iperf3_datagrams(client):
    """Both ways; the control connection is TCP."""
    socks5a_only()
    client.need("iperf3")
    client.services("iperf3")
    for way in ([], ["-R"]):
        argv = ["iperf3", "-c", at.WEB4, "-u", "-b", "8M", "-l", "1000", "-t", "1", *way]
        done = client.run(*argv).ok()
        done.prints("receiver")


@test
def what_the_proxy_does_not_carry_is_denied(client):
    """microsocks has no UDP."""
    socks5a_only()
    where = client.lab.proxies.need("microsocks")
    client.python(ONE_SHOT, at.TARGET4, str(at.PORT_DATAGRAMS), through=where).failed().says("Permission")


@test
def blocked_is_denied(client):
    socks5a_only()
    env = {"SOCKS5A_UDP": "block"}
    client.python(ONE_SHOT, at.TARGET4, str(at.PORT_DATAGRAMS), env=env).failed().says("Permission")


@test
def direct_is_asked_for(client):
    socks5a_only()
    env = {"SOCKS5A_UDP": "direct"}
    client.python(ONE_SHOT, at.TARGET4, str(at.PORT_DATAGRAMS), env=env).ok()
    leaks = "\n".join(client.leaks())
    assert f"udp {at.CLIENT4} -> {at.TARGET4} port {at.PORT_DATAGRAMS}" in leaks, leaks


@test(proxies=EAF)
def by_key_over_80_and_82(client):
    client.services("datagrams")
    for method in ("eaf", "chain"):
        options = proxy(client, f"method = {method}", client_key(client))
        done = client.python(UNCONNECTED, str(at.PORT_DATAGRAMS), at.WEB4, **options).ok()
        assert done.text == "ok\n" * 2, done.text


@test(proxies=EAF)
def in_stream_over_81(client):
    """In the session's records: nothing but TCP leaves."""
    client.services("datagrams", "iperf3")
    options = proxy(client, client_key(client), tol="padding")
    port = str(at.PORT_DATAGRAMS)
    done = client.python(UNCONNECTED, port, at.WEB4, at.TARGET4, **options).ok()
    assert done.text == "ok\n" * 4, done.text
    client.python(CONNECTED, at.WEB4, port, **options).ok().prints("True")
    argv = ["iperf3", "-c", at.WEB4, "-u", "-b", "8M", "-l", "1000", "-t", "1"]
    client.run(*argv, **options).ok().prints("receiver")


NAMED_PORT = """
import socket, sys
proxy, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
control = socket.create_connection((proxy, 1091), 10)
link = control.getpeername()[3]
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(control.getsockname()[:1] + (0, 0, link))
s.settimeout(10)
control.sendall(b"\\5\\1\\0" + b"\\5\\3\\0\\1\\0\\0\\0\\0" + s.getsockname()[1].to_bytes(2, "big"))
reply = b""
while len(reply) < 24:
    reply += control.recv(24 - len(reply))
relay = int.from_bytes(reply[-2:], "big")
header = b"\\0\\0\\0\\1" + socket.inet_aton(target) + port.to_bytes(2, "big")
s.sendto(header + b"hello", (proxy.partition("%")[0], relay, 0, link))
print(s.recvfrom(2000)[0][-5:].decode())
"""


@test
def a_proxy_on_the_link(client):
    """Its address has a scope, which no address of the protocol has. The shim, by sockets of both families,
    and a client that names its port."""
    socks5a_only()
    client.services("datagrams")
    lab = client.lab
    shown = subprocess.run(
        lab.proxy.argv(["ip", "-6", "-o", "address", "show", "dev", "eth0", "scope", "link"]),
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    address = shown.split()[3].partition("/")[0]
    argv = [f"{lab.proxies.build}/socks5ad", "--listen", "[::]:1091"]
    lab.proxies.need_beside("link-socks5ad", argv, at.PROXY6, 1091)
    options = config(client, f"[proxy a]\naddress = [{address}%eth0]:1091\n")
    client.leaks()
    port = str(at.PORT_DATAGRAMS)
    done = client.python(UNCONNECTED, port, at.WEB4, **options).ok()
    assert done.text == "ok\n" * 2, done.text
    client.python(CONNECTED, at.TARGET6, port, **options).ok().prints("True")
    named = client.python(NAMED_PORT, f"{address}%eth0", at.TARGET4, port, wrapper="none")
    named.ok().prints("hello")
    leaks = client.leaks()
    assert leaks and all(f"-> {address} port" in line for line in leaks), leaks


# Waits for an answer that does not come, for as long as it takes.
WAITS = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
s.send(b"hello")
assert s.recv(10) == b"hello"
print("answered", flush=True)
try:
    s.recv(10)
except ConnectionRefusedError:
    print("told")
"""


@test(proxies=("socks5ad", "danted", "tol"))
def who_waits_is_told_that_the_proxy_has_gone(client):
    socks5a_only()
    client.services("datagrams")
    argv = [services.PYTHON, "-c", WAITS, at.WEB4, str(at.PORT_DATAGRAMS)]
    with Terminal(client, *argv) as terminal:
        terminal.shows("answered")
        client.lab.proxies.stop(client.proxy)
        terminal.shows("told")
        terminal.ends()
    client.lab.proxies.need(client.proxy)
