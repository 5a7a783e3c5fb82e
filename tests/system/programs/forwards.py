"""Unix sockets of the proxy's side: unmodified clients connect to names that are not there on theirs."""

import os

from lab import addresses as at
from lab.process import Skip
from lab.suite import socks5a_only, test

from .logins import client_key, proxy
from .true_names import pinned

BOTH = ("eaf", "tol")  # in clear and over method 81
NOWHERE = "/run/lab-nowhere"
POSTGRES = f"{NOWHERE}/.s.PGSQL.5432"


def forwarding(client, *lines):
    """Options that name a configuration with these lines of [forward]."""
    socks5a_only()
    if client.proxy not in BOTH:
        return proxy(client, "[forward]", *lines, pinned=False)
    tol = "padding" if client.proxy == "tol" else "off"
    rest = (client_key(client), pinned(client), "[forward]", *lines)
    return proxy(client, *rest, pinned=False, tol=tol)


def run(client, options, *argv, **env):
    return client.run(*argv, **{**options, "env": {**options["env"], **env}})


def socket_of(client, name):
    return f"unix:{client.lab.directory}/{name}"


# ---- data bases ----


def postgres(client, otherwise=""):
    client.need("psql")
    client.services("postgres")
    assert not os.path.exists(NOWHERE)
    return forwarding(client, f"{POSTGRES} = {socket_of(client, 'postgres/.s.PGSQL.5432')}{otherwise}")


def psql(client, options, text, **env):
    words = ["-h", NOWHERE, "-U", "postgres", "-Atc", text]
    return run(client, options, "psql", *words, **env)


@test(proxies=BOTH)
def psql_over_its_socket_directory(client):
    options = postgres(client)
    psql(client, options, "select 6 * 7, inet_server_addr() is null").ok().prints("42|t")
    psql(client, options, r"\conninfo").ok().prints(f'via socket in "{NOWHERE}"')
    copy = "copy (select g, md5(g::text) from generate_series(1, 50000) g) to stdout"
    assert psql(client, options, copy).ok().text.count("\n") == 50000


@test(proxies=("eaf",))
def psql_is_told_that_its_peer_is_nobody(client):
    options = postgres(client)
    done = psql(client, options, "select 1", PGREQUIREPEER="postgres").failed()
    done.says('"nobody"', 'local user with ID 65534 does not exist')


@test(proxies=("eaf",))
def psql_goes_on_to_the_next_host(client):
    options = postgres(client)
    words = ["-h", f"/run/lab-elsewhere,{NOWHERE}", "-U", "postgres", "-Atc", "select 6 * 7"]
    run(client, options, "psql", *words).ok().prints("42")
    missing = forwarding(
        client, f"{POSTGRES} = unix:/run/lab-not-listed", f"/run/lab-two/.s.PGSQL.5432 = {at.WEB}:5432"
    )
    words[1] = f"{NOWHERE},/run/lab-two"
    run(client, missing, "psql", *words).ok().prints("42")


@test(proxies=("danted",))
def psql_by_an_address_where_the_proxy_knows_no_unix_sockets(client):
    done = psql(client, postgres(client, f", {at.TARGET4}:5432"), "select inet_server_port()")
    done.ok().prints("5432")


@test(proxies=("danted",))
def no_address_is_an_error(client):
    done = psql(client, postgres(client), "select 1").failed()
    done.says("Address family not supported by protocol")
    done.says(f"postgres/.s.PGSQL.5432 through {client.where()}: ")


@test(proxies=BOTH)
def redis_cli_at_a_path(client):
    client.need("redis-cli", "redis-server")
    client.services("redis")
    options = forwarding(client, f"/run/lab-redis.sock = {socket_of(client, 'redis.socket')}")
    redis = ("redis-cli", "-s", "/run/lab-redis.sock")
    run(client, options, *redis, "set", f"unix:{client.proxy}", "value").ok().prints("OK")
    run(client, options, *redis, "get", f"unix:{client.proxy}").ok().prints("value")
    lines = "".join(f"SET mass:{n} {n}\r\n" for n in range(20000)).encode()
    client.run(*redis, "--pipe", input=lines, **options).ok().prints("errors: 0, replies: 20000")


@test(proxies=("eaf",))
def redis_cli_is_told_why_not(client):
    client.need("redis-cli")
    options = forwarding(client, "/run/lab-redis.sock = unix:/run/lab-not-listed")
    done = run(client, options, "redis-cli", "-s", "/run/lab-redis.sock", "ping")
    done.failed().says("Permission denied")


# ---- Docker ----

# /var/run is a link to /run, which is what is configured.
DOCKER = """
import hashlib, docker, socket
api = docker.APIClient(base_url="unix:///var/run/lab-docker.sock", version="1.41", timeout=15)
print(api.version()["Version"])
digest, length = hashlib.md5(), 0
for piece in api.logs("lab", stream=True, follow=True, tail=1):
    digest.update(piece)
    length += len(piece)
print(length, digest.hexdigest() == hashlib.md5(b"0123456789abcdef" * (length // 16)).hexdigest())
io = api.attach_socket("lab", params={"stdin": 1, "stdout": 1, "stream": 1})
taken = io._sock if hasattr(io, "_sock") else io
taken.sendall(b"hello")
print(taken.recv(5))
taken.shutdown(socket.SHUT_WR)
rest = b""
while data := taken.recv(100):
    rest += data
print(rest)
"""


def docker(client):
    return forwarding(client, f"/run/lab-docker.sock = unix:{client.lab.proxies.unix_docker()}")


@test(proxies=BOTH)
def docker_sdk_of_python(client):
    if not os.path.exists("/usr/lib/python3/dist-packages/docker"):
        raise Skip("python3-docker is not installed")
    options = docker(client)
    done = client.python(DOCKER, **options).ok()
    done.prints("lab\n65536 True\nb'HELLO'\nb'ended'\n")


@test(proxies=("eaf",))
def curl_of_a_long_answer(client):
    client.need("curl")
    options = docker(client)
    words = ["-sS", "-m", "15", "--unix-socket", "/run/lab-docker.sock"]
    run(client, options, "curl", *words, "http://x/version").ok().prints('"ApiVersion": "1.41"')
    done = run(client, options, "curl", *words, "http://x/containers/lab/logs").ok()
    assert len(done.out) == 32 * 2**20


# ---- X11 ----


def display(client, *names):
    """Display 9999 of the client's side, which is not there; `names`: what is configured of it."""
    client.need("Xvfb", "xdpyinfo", "xwininfo")
    where = client.lab.proxies.start_display()
    local = "/tmp/.X11-unix/X9999"
    assert not os.path.exists(local)
    return forwarding(client, *(f"{name}{local} = unix:{to}{where}" for name, to in names))


@test(proxies=BOTH)
def x11_by_either_name(client):
    abstract, path = ("@", "@"), ("", "")
    for names in ((abstract, path), (abstract,), (path,)):
        options = display(client, *names)
        done = run(client, options, "xdpyinfo", DISPLAY=":9999").ok()
        done.prints("vendor string").prints("320x240")
    run(client, options, "xwininfo", "-root", "-tree", DISPLAY=":9999").ok().prints("Root window id")


# ---- event loops, which connect without blocking ----

ASYNCIO = """
import asyncio, sys
async def main():
    async def fetch():
        reader, writer = await asyncio.open_unix_connection(sys.argv[1])
        writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
        return await reader.read()
    bodies = await asyncio.gather(*(fetch() for _ in range(8)))
    print(sum(b"from a unix socket" in body for body in bodies))
    try:
        await asyncio.open_unix_connection(sys.argv[2])
    except PermissionError:
        print("refused")
asyncio.run(main())
"""
TIMEOUT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(15)
s.connect(sys.argv[1])
s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
print(s.makefile().read())
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[2])
except PermissionError:
    print("refused")
"""
NODE = """
const net = require("net"), [path, refused] = process.argv.slice(2);
net.connect(path).on("connect", function () { this.write("GET / HTTP/1.0\\r\\n\\r\\n"); })
   .on("data", data => process.stdout.write(data));
net.connect(refused).on("error", error => console.log(error.code));
"""
RUBY = """
require "socket"
s = UNIXSocket.new(ARGV[0])
s.write("GET / HTTP/1.0\\r\\n\\r\\n")
puts s.read
begin
  UNIXSocket.new(ARGV[1])
rescue Errno::EACCES
  puts "refused"
end
"""
PHP = """<?php
$s = stream_socket_client("unix://" . $argv[1], $code, $text, 15);
fwrite($s, "GET / HTTP/1.0\\r\\n\\r\\n");
echo stream_get_contents($s);
if (!@stream_socket_client("unix://" . $argv[2], $code, $text, 15)) echo $text;
"""
ANSWER = "from a unix socket"


def fetch(client, *argv):
    http = f"unix:{client.lab.proxies.unix_http()}"
    here, refused = "/run/lab-http.sock", "/run/lab-refused.sock"
    options = forwarding(client, f"{here} = {http}", f"{refused} = unix:/run/lab-not-listed")
    return run(client, options, *argv, here, refused).ok()


@test(proxies=BOTH)
def python(client):
    fetch(client, "python3", "-c", ASYNCIO).prints("8\nrefused")
    fetch(client, "python3", "-c", TIMEOUT).prints(ANSWER).prints("refused")


@test(proxies=("eaf",))
def node(client):
    client.need("node")
    script = client.file("fetch.js", NODE)
    fetch(client, "node", script).prints(ANSWER).prints("EACCES")


@test(proxies=("eaf",))
def ruby_and_php(client):
    client.need("ruby", "php")
    fetch(client, "ruby", client.file("fetch.rb", RUBY)).prints(ANSWER).prints("refused")
    fetch(client, "php", client.file("fetch.php", PHP)).prints(ANSWER).prints("Permission denied")
