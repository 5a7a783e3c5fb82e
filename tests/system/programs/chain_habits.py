"""What programs are used to of TCP, over chains of proxies whose sessions are in records: ends, resets, bytes
left behind, children, refusals."""

import hashlib
import socket
import struct
import threading

from lab import addresses as at
from lab.suite import test

from .chains import BULK, CHAINS, FIRST, chained
from .settings import outcome

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
    assert outcome(client, at.TARGET4, at.PORT_CLOSED, **options) == "ECONNREFUSED"
    assert outcome(client, at.BANNED4, **options) == "EACCES"
