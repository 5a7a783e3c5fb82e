"""Chains of proxies whose sessions are in records: real programs, a program's habits, and what one who
sees the first hop's bytes can tell."""

import hashlib
import socket
import struct
import threading

from lab import addresses as at
from lab import keys, records, uniform
from lab.recorder import Recorder
from lab.suite import socks5a_only, test

from .logins import ASYNCIO, HELLO
from .pools import TAKEN

FIRST = ("middle",)
TWO = (("middle", ""), ("tol", ""))
CHAINS = {
    "records over records": TWO,
    "clear over records": (("middle", ""), ("danted", "")),
    "log-in in clear over records": (("middle", ""), ("eaf", "tol = off")),
    "records over clear": (("middle", "tol = off"), ("tol", "")),
    "three in records": (("middle", "tol = full"), ("middle", "tol = masking"), ("tol", "tol = bare")),
    "clear between": (("middle", "tol = jitter"), ("danted", ""), ("tol-bare", "")),
}
BULK = hashlib.sha512(b"chain").digest() * 40000

# Writes more than buffers hold, ends its side, and hears what has come of it.
HALF_CLOSED = """
import hashlib, socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 15)
data = hashlib.sha512(b"half").digest() * 40000
s.sendall(data)
s.shutdown(socket.SHUT_WR)
answer = b"".join(iter(lambda: s.recv(4096), b""))
assert answer.decode().split() == [hashlib.sha256(data).hexdigest(), str(len(data))], answer
print("summed")
"""

# Leaves bytes behind and is gone. In a session of its own, since the laboratory ends that of a program.
GONE = """
import hashlib, os, socket, sys
if os.fork() != 0:
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
os.setsid()
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 15)
s.sendall(hashlib.sha512(b"chain").digest() * 10000)
os._exit(0)
"""

RESET = """
import os, socket, struct, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 15)
if sys.argv[3] == "own":
    s.sendall(b"x")
    s.recv(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os._exit(0)
try:
    s.sendall(b"x")
    print(s.recv(10))
    print(s.recv(10))
except ConnectionResetError:
    print("reset")
"""

FORKED = """
import os, socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 15)
def echo(text):
    s.sendall(text)
    got = b""
    while len(got) < len(text):
        got += s.recv(100)
    assert got == text
echo(b"parent")
if os.fork() == 0:
    echo(b"child")
    s.shutdown(socket.SHUT_WR)
    assert s.recv(1) == b""
    os._exit(0)
assert os.wait()[1] == 0
print("both", s.recv(1))
"""

REFUSED = """
import errno, socket, sys
s = socket.socket()
print(errno.errorcode[s.connect_ex((sys.argv[1], int(sys.argv[2])))])
"""

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
    """Options that name a configuration of these proxies, each by way of the one before; `where`: in
    place of the first one's own address."""
    socks5a_only()
    client.where()
    proxies = client.lab.proxies
    key = keys.private(client.path("key"), proxies.client_key.line("private"))
    text = "[rules]\ndefault = proxy p%d\n" % (len(hops) - 1)
    for i, (name, line) in enumerate(hops):
        address = where if where and i == 0 else proxies.need(name)
        text += f"[proxy p{i}]\naddress = {address}\n{line}\n"
        if name != "danted":
            text += f"key = {key}\nserver_key = {proxies.server_key.x25519()}\n"
        if i > 0:
            text += f"via = p{i - 1}\n"
    path = keys.private(client.path("socks5a.conf"), text + more)
    return {"through": "", "env": {"SOCKS5A_CONF": path, "SOCKS5A_STATE_DIR": client.path("state")}}


def listen(client):
    listener = client.lab.target.call(socket.create_server, (at.TARGET4, 0))
    listener.settimeout(15)
    return listener


def port(listener):
    return str(listener.getsockname()[1])


def accept(listener):
    target, _ = listener.accept()
    target.settimeout(15)
    return target


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
def half_close_passes_each_hop(client):
    client.services("streams")
    for name in ("three in records", "clear over records"):
        options = chained(client, CHAINS[name])
        client.python(HALF_CLOSED, at.TARGET4, str(at.PORT_SUM), **options).ok().prints("summed")


@test(proxies=FIRST)
def bytes_that_a_program_leaves_behind_arrive(client):
    listener = listen(client)
    for name in ("three in records", "clear over records"):
        options = chained(client, CHAINS[name])
        client.python(GONE, at.TARGET4, port(listener), **options).ok()
        left, data = accept(listener), b""
        while part := left.recv(65536):
            data += part
        assert hashlib.sha256(data).digest() == hashlib.sha256(BULK[:640000]).digest(), len(data)


@test(proxies=FIRST)
def reset_of_the_target_is_one_to_the_program(client):
    listener = listen(client)

    def reset():
        target = accept(listener)
        target.recv(1)
        target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        target.close()

    thread = threading.Thread(target=reset)
    thread.start()
    client.python(RESET, at.TARGET4, port(listener), "targets", **chained(client)).prints("reset")
    thread.join()


@test(proxies=FIRST)
def reset_of_the_program_is_one_to_the_target(client):
    listener, seen = listen(client), []

    def answer():
        target = accept(listener)
        target.sendall(target.recv(1))
        try:
            seen.append(target.recv(1))
        except ConnectionResetError:
            seen.append("reset")

    thread = threading.Thread(target=answer)
    thread.start()
    client.python(RESET, at.TARGET4, port(listener), "own", **chained(client)).ok()
    thread.join()
    assert seen == ["reset"], seen


@test(proxies=FIRST)
def child_of_a_fork_goes_on(client):
    client.services("streams")
    client.python(FORKED, at.TARGET4, str(at.PORT_ECHO), **chained(client)).ok().prints("both b''")


@test(proxies=FIRST)
def refusal_by_the_last_is_the_programs(client):
    client.services("http")
    options = chained(client)
    words = [at.TARGET4, str(at.PORT_CLOSED)]
    client.python(REFUSED, *words, **options).ok().prints("ECONNREFUSED")
    client.python(REFUSED, at.BANNED4, "80", **options).ok().prints("EACCES")


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
