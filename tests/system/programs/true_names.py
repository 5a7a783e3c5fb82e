"""dns = resolve: true addresses, by DNS_RESOLVE over a log-in by EAF; and Unix sockets of the proxy's
side."""

import os

from lab import addresses as at
from lab.suite import test

from .logins import EAF, HELLO, client_key, proxy

NAME_ERRORS = """
import socket, sys
for name in sys.argv[1:]:
    try:
        print(name, sorted({a[4][0] for a in socket.getaddrinfo(name, 80)}))
    except socket.gaierror as error:
        print(name, error.errno == socket.EAI_NONAME)
print(socket.gethostbyaddr("%s")[0])
""" % at.TARGET4


def pinned(client):
    return f"server_key = {client.lab.proxies.server_key.x25519()}"


def options(client, *lines):
    client.where()
    return proxy(client, client_key(client), pinned(client), *lines, pinned=False)


RESOLVE = ("[dns]", "mode = resolve")


@test(proxies=EAF)
def both_families_and_back(client):
    chosen = options(client, *RESOLVE)
    done = client.run("python3", "-c", NAME_ERRORS, at.WEB, at.UNKNOWN, **chosen).ok()
    done.prints(f"{at.WEB} {sorted([at.TARGET4, at.TARGET6])}")
    done.prints(f"{at.UNKNOWN} True")
    assert done.text.split()[-1] in (at.WEB, at.WEB4), done.text


@test(proxies=EAF)
def curl_connects_to_true_addresses(client):
    client.need("curl")
    client.services("http")
    chosen = options(client, *RESOLVE)
    argv = ["curl", "-sS", "-m", "15", "-w", "%{remote_ip}", f"http://{at.WEB4}/hello"]
    client.run(*argv, **chosen).ok().prints(HELLO).prints(at.TARGET4)


# A, AAAA and PTR, with EDNS, on one connected socket.
OWN_RESOLVER = """
import socket, struct, sys
def question(number, name, kind):
    labels = b"".join(bytes([len(l)]) + l for l in name.encode().split(b"."))
    return struct.pack(">6H", number, 0x100, 1, 0, 0, 1) + labels + struct.pack(
        ">BHH BHHIH", 0, kind, 1, 0, 41, 1232, 0, 0)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
s.connect(("203.0.113.1", 53))
back = ".".join(reversed("%s".split("."))) + ".in-addr.arpa"
for number, (name, kind) in enumerate([(sys.argv[1], 1), (sys.argv[1], 28), (back, 12)]):
    s.send(question(number, name, kind))
got = {}
while len(got) < 3:
    answer = s.recv(4096)
    number, flags, _, answers, _, more = struct.unpack(">6H", answer[:12])
    got[number] = (flags & 15, answers, more)
print(*(got[number] for number in range(3)))
""" % at.TARGET4


def names_over(name, tol, *lines):
    """Names by libc, and by a resolver of the program's own, over a session like this."""

    def through_it(client):
        lines_here = (client_key(client), *lines, *RESOLVE)
        chosen = proxy(client, pinned(client), *lines_here, pinned=False, tol=tol)
        done = client.run("python3", "-c", NAME_ERRORS, at.WEB, at.UNKNOWN, **chosen).ok()
        done.prints(f"{at.WEB} {sorted([at.TARGET4, at.TARGET6])}")
        done.prints(f"{at.UNKNOWN} True")
        assert done.text.split()[-1] in (at.WEB, at.WEB4), done.text
        done = client.run("python3", "-c", OWN_RESOLVER, at.WEB, **chosen).ok()
        done.prints("(0, 1, 1) (0, 1, 1) (0, 1, 1)")

    through_it.__name__ = name
    test(proxies=EAF)(through_it)


names_over("names_in_records_over_81", "padding")
names_over("names_in_several_steps_over_82", "off", "method = chain")


@test(proxies=EAF)
def rules_by_name_hold_for_true_addresses(client):
    client.need("curl")
    client.services("http")
    chosen = options(client, *RESOLVE, "[rules]", f"deny = {at.WEB4}:80")
    client.run("curl", "-sS", "-m", "15", f"http://{at.WEB4}/hello", **chosen).failed()


@test(proxies=EAF)
def dig_gets_true_addresses(client):
    client.need("dig")
    chosen = options(client, *RESOLVE)
    for kind, address in (("A", at.TARGET4), ("AAAA", at.TARGET6)):
        argv = ["dig", "+short", "+tries=1", "+time=10", at.WEB, kind]
        client.run(*argv, **chosen).ok().prints(address)


@test(proxies=EAF)
def dig_gets_true_addresses_over_tcp(client):
    """Of a name server of this machine, which is not there."""
    client.need("dig")
    chosen = options(client, *RESOLVE)
    argv = ["dig", "+tcp", "+short", "+tries=1", "+time=10", "@127.0.0.53", at.WEB]
    client.run(*argv, **chosen).ok().prints(at.TARGET4)


@test(proxies=EAF)
def name_servers_of_this_machine_are_not_asked_over_tcp(client):
    """Where names are denied the shim has no answer, either."""
    client.need("dig")
    chosen = options(client, "[dns]", "mode = deny")
    argv = ["dig", "+tcp", "+short", "+tries=1", "+time=5", "@127.0.0.53", at.WEB]
    client.run(*argv, **chosen).failed()


@test(proxies=EAF)
def curl_by_a_unix_socket_of_the_proxys_side(client):
    client.need("curl")
    where = client.lab.proxies.unix_http()
    chosen = options(client, "[forward]", f"/run/nowhere.sock = unix:{where}")
    argv = ["curl", "-sS", "-m", "15", "--unix-socket", "/run/nowhere.sock", "http://x/"]
    client.run(*argv, **chosen).ok().prints("from a unix socket")


@test(proxies=EAF)
def a_path_that_the_proxy_does_not_list_is_refused(client):
    client.need("curl")
    chosen = options(client, "[forward]", "/run/nowhere.sock = unix:/run/other.sock")
    argv = ["curl", "-sS", "-m", "15", "--unix-socket", "/run/nowhere.sock", "http://x/"]
    assert not os.path.exists("/run/nowhere.sock")
    client.run(*argv, **chosen).failed()
