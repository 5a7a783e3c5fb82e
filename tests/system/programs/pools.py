"""Sessions that wait logged in (pool = N), with a program that connects again and again."""

from lab import addresses as at
from lab import proxies
from lab.suite import test

from .logins import EAF, HELLO, client_key, proxy, secret
from .true_names import pinned

# Counts connections to the proxy but for those that were connected with, which in records end a little later;
# a connect() over one that stood before has its local port.
COMMON = """
import os, socket, sys, time
host, proxy_port = sys.argv[1], int(sys.argv[2])
used = set()
def waiting():
    ports = set()
    for line in open("/proc/self/net/tcp").readlines()[1:]:
        word = line.split()
        if int(word[2].split(":")[1], 16) == proxy_port and word[3] == "01":
            ports.add(int(word[1].split(":")[1], 16))
    return ports - used
def fetch(s):
    s.sendall(b"GET /hello HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n")
    body = b""
    while part := s.recv(4096):
        body += part
    s.close()
    return body
def connect():
    s = socket.create_connection((host, 80), 15)
    assert s.getpeername()[1] == 80
    used.add(s.getsockname()[1])
    return s
def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
"""

TAKEN = COMMON + """
for _ in range(2):
    fetch(connect())
assert not waiting()
fetch(connect())
for _ in range(5):
    until(lambda: len(waiting()) == 2)
    before = waiting()
    s = connect()
    assert not hasattr(s, "x") and s.getsockname()[1] in before, (s.getsockname(), before)
    assert b"hello" in fetch(s)
s = socket.socket()
s.bind(("", 0))
own = s.getsockname()[1]
s.connect((host, 80))
assert s.getsockname()[1] == own
print(fetch(s).decode())
"""

# The pool's connections are ended under it, right before a connect().
DIED = COMMON + """
for _ in range(3):
    fetch(connect())
until(lambda: len(waiting()) == 2)
for name in os.listdir("/proc/self/fd"):
    try:
        s = socket.socket(fileno=os.dup(int(name)))
        if s.family == socket.AF_INET:
            s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
print(fetch(connect()).decode())
"""

FORKED = COMMON + """
for _ in range(3):
    fetch(connect())
until(lambda: len(waiting()) == 2)
if os.fork() == 0:
    ok = b"hello" in fetch(connect())
    os._exit(0 if ok else 1)
assert os.wait()[1] == 0
before = waiting()
s = connect()
assert s.getsockname()[1] in before
print(fetch(s).decode())
"""

NOT_BLOCKING = COMMON + """
import select
for _ in range(3):
    fetch(connect())
until(lambda: len(waiting()) == 2)
before = waiting()
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.setblocking(False)
poll = select.epoll()
poll.register(s, select.EPOLLOUT)
assert s.connect_ex((host, 80)) in (0, 115)
assert poll.poll(15)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
s.setblocking(True)
assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
assert s.getsockname()[1] in before
print(fetch(s).decode())
"""


# Sessions that wait are connected to the target already, and asked for that connection.
WARM = COMMON + """
for _ in range(3):
    fetch(connect())
for _ in range(8):
    until(lambda: len(waiting()) == 2)
    assert b"hello" in fetch(connect())
print(fetch(connect()).decode())
"""


def run(client, script, *lines):
    client.services("http")
    where = client.where()
    chosen = proxy(client, client_key(client), pinned(client), *lines, pinned=False)
    argv = ["python3", "-c", script, at.TARGET4, where.rpartition(":")[2]]
    client.run(*argv, **chosen).ok().prints(HELLO)


@test(proxies=EAF)
def connects_take_sessions_that_wait(client):
    run(client, TAKEN, "pool = 2")


def run_in_records(client, script, *lines):
    client.services("http")
    where = client.where()
    path = client.lab.proxies.configuration("tol", where, lines)
    env = {"SOCKS5A_CONF": path, "SOCKS5A_STATE_DIR": client.path("state")}
    argv = ["python3", "-c", script, at.TARGET4, where.rpartition(":")[2]]
    client.run(*argv, through="", env=env).ok().prints(HELLO)


@test(proxies=("tol",))
def sessions_in_records_wait_too(client):
    run_in_records(client, TAKEN, "pool = 2")


@test(proxies=("tol",))
def targets_are_connected_to_before_they_are_asked_for(client):
    sessions = client.sessions()
    run_in_records(client, WARM, "pool = 2", f"pool_target = {at.TARGET4}:80")
    sessions.expect(f"relayed .* command=pool_get .* via={at.TARGET4}:80 .*rep=00", 3)


@test(proxies=("tol",))
def a_target_that_is_refused_leaves_sessions_waiting(client):
    run_in_records(client, TAKEN, "pool = 2", f"pool_target = {at.BANNED4}:80")


@test(proxies=EAF)
def a_session_that_has_died_does_not_show(client):
    run(client, DIED, "pool = 2")


@test(proxies=EAF)
def a_child_has_none(client):
    run(client, FORKED, "pool = 2")


@test(proxies=EAF)
def connects_that_do_not_block_take_them_too(client):
    run(client, NOT_BLOCKING, "pool = 2")


@test(proxies=("microsocks", "danted", "password"))
def proxies_without_eaf_let_sessions_wait(client):
    client.services("http")
    lines = ["pool = 2"]
    if client.proxy == "password":
        lines += ["method = password", f"user = {proxies.USER}"]
        lines += [secret(client, "password_file", proxies.PASSWORD)]
    port = client.where().rpartition(":")[2]
    options = proxy(client, *lines, pinned=False)
    client.run("python3", "-c", TAKEN, at.TARGET4, port, **options).ok().prints(HELLO)
