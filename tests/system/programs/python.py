"""Python: its socket module shows errno, threads and forks as the kernel gives them."""

from lab import addresses as at
from lab.process import Skip
from lab.suite import CORE, SEALED_TOO, not_direct, socks5a_only, test

HALF_CLOSE = ("socks5ad", "danted", "ssh-D", "tol")  # microsocks ends both directions with the first

FETCH = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode())
"""

CONNECT = """
import errno, socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
    print("connected")
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""

BLOCKING = """
import errno, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family)
try:
    s.connect((sys.argv[1], int(sys.argv[2])))
    print("connected to", s.getpeername()[:2])
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""

THREADS = """
import socket, sys, threading
host, port, done = sys.argv[1], int(sys.argv[2]), []
def talk(number):
    for turn in range(3):
        text = b"%d.%d" % (number, turn) * 500
        with socket.create_connection((host, port), 15) as s:
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            back = b"".join(iter(lambda: s.recv(65536), b""))
        done.append(back == text)
threads = [threading.Thread(target=talk, args=(n,)) for n in range(32)]
for t in threads: t.start()
for t in threads: t.join()
print(done.count(True), len(done))
"""

PROCESSES = """
import multiprocessing, sys
from urllib.request import urlopen
def fetch(size):
    return len(urlopen(f"http://{sys.argv[1]}/bytes/{size}").read()) == size
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[2])
    with multiprocessing.Pool(4) as pool:
        print(pool.map(fetch, range(1000, 1024)).count(True))
"""


@test(proxies=CORE)
def urllib_by_name(client):
    client.services("http")
    client.python(FETCH, f"http://{at.WEB}/hello").ok().prints("hello from the target")


@test
def urllib_https(client):
    client.services("https")
    client.python(FETCH, f"https://{at.WEB}/").ok().prints("hello from the target")


@test
def requests_session(client):
    code = """
import requests, sys
s = requests.Session()
print([len(s.get(f"http://{sys.argv[1]}/bytes/{n}").content) for n in (1, 70000, 3)])
"""
    client.services("http")
    if client.python("import requests", wrapper="none").code:
        raise Skip("python3-requests is not installed")
    client.python(code, at.WEB).ok().prints("[1, 70000, 3]")


@test(proxies=SEALED_TOO)
def thirty_two_threads(client):
    client.services("streams")
    client.python(THREADS, at.WEB, str(at.PORT_ECHO), timeout=40).ok().prints("96 96")


@test(proxies=SEALED_TOO)
def multiprocessing_by_fork(client):
    client.services("http")
    path = client.file("fetch.py", PROCESSES)
    client.run("/usr/bin/python3", path, at.WEB, "fork", timeout=40).ok().prints("24")


@test
def multiprocessing_by_spawn(client):
    client.services("http")
    path = client.file("fetch.py", PROCESSES)
    client.run("/usr/bin/python3", path, at.WEB, "spawn", timeout=40).ok().prints("24")


@test(proxies=HALF_CLOSE)
def half_close_lets_the_answer_through(client):
    code = """
import hashlib, socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
body = bytes(range(256)) * 20000
s.sendall(body)
s.shutdown(socket.SHUT_WR)
answer = b"".join(iter(lambda: s.recv(4096), b"")).decode()
print(answer == hashlib.sha256(body).hexdigest() + f" {len(body)}\\n")
"""
    client.services("streams")
    client.python(code, at.WEB, str(at.PORT_SUM)).ok().prints("True")


@test(proxies=("socks5ad", "microsocks", "danted", "tol"))
def refused_is_econnrefused(client):
    client.python(CONNECT, at.TARGET4, str(at.PORT_CLOSED)).ok().prints("ECONNREFUSED")
    client.python(BLOCKING, at.TARGET4, str(at.PORT_CLOSED)).ok().prints("ECONNREFUSED")


@test
def refused_by_ipv6_is_econnrefused(client):
    client.python(BLOCKING, at.TARGET6, str(at.PORT_CLOSED)).ok().prints("ECONNREFUSED")


@test(proxies=("socks5ad", "danted", "tol"))
def banned_is_eacces(client):
    socks5a_only()
    client.services("http")
    client.python(BLOCKING, at.BANNED4, "80").ok().prints("EACCES")


@test
def proxy_that_is_down_is_econnrefused(client):
    not_direct()
    where = f"{at.PROXY4}:{at.PORT_DOWN}"
    client.python(BLOCKING, at.TARGET4, "80", through=where).ok().prints("ECONNREFUSED")


@test(proxies=SEALED_TOO)
def unknown_name_is_ehostunreach(client):
    socks5a_only()
    client.python(CONNECT, at.UNKNOWN, "80").ok().prints("EHOSTUNREACH")


@test(proxies=SEALED_TOO)
def peer_is_the_target_and_not_the_proxy(client):
    socks5a_only()
    client.services("http")
    client.python(BLOCKING, at.TARGET4, "80").ok().prints(f"('{at.TARGET4}', 80)")
    client.python(BLOCKING, at.TARGET6, "80").ok().prints(f"('{at.TARGET6}', 80)")


DATAGRAMS = """
import errno, socket, sys
for family, host in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[2])):
    s = socket.socket(family, socket.SOCK_DGRAM)
    for send in (lambda: s.sendto(b"x", (host, 7)), lambda: s.sendmsg([b"x"], [], 0, (host, 7)),
                 lambda: (s.connect((host, 7)), s.send(b"x"))):
        try:
            send()
            print("sent")
        except OSError as error:
            print(errno.errorcode[error.errno])
"""


@test
def datagrams_are_refused_where_they_are_blocked(client):
    socks5a_only()
    done = client.python(DATAGRAMS, at.TARGET4, at.TARGET6, env={"SOCKS5A_UDP": "block"}).ok()
    assert done.text.split() == ["EACCES"] * 6, done.text


@test
def loopback_stays_local(client):
    code = """
import socket, threading
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    server = socket.create_server((host, 0), family=family)
    c = socket.create_connection(("localhost" if family == socket.AF_INET else host,
                                  server.getsockname()[1]), 5)
    server.accept()[0].sendall(b"near")
    print(c.recv(4))
    u = socket.socket(family, socket.SOCK_DGRAM); u.bind((host, 0))
    u.sendto(b"datagram", u.getsockname()); print(u.recv(9))
"""
    socks5a_only()
    done = client.python(code).ok()
    assert done.text.count("near") == 2 and done.text.count("datagram") == 2, done.text


@test(proxies=SEALED_TOO)
def asyncio_streams(client):
    code = """
import asyncio, sys
async def fetch(n):
    reader, writer = await asyncio.open_connection(sys.argv[1], 80)
    writer.write(b"GET /bytes/%d HTTP/1.0\\r\\n\\r\\n" % n)
    body = (await reader.read()).partition(b"\\r\\n\\r\\n")[2]
    writer.close()
    return len(body) == n
async def main():
    print(sum(await asyncio.gather(*(fetch(n) for n in range(2000, 2020)))))
asyncio.run(main())
"""
    client.services("http")
    client.python(code, at.WEB).ok().prints("20")
