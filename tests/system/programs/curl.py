"""curl: most of what a client program does with sockets and names."""

import hashlib

from lab import addresses as at
from lab.suite import CORE, SEALED_TOO, not_direct, test

HELLO = "hello from the target"


def curl(client, *words, **options):
    client.need("curl")
    return client.run("curl", "-sS", "-g", "-m", "15", *words, **options)


@test(proxies=CORE)
def http_by_name(client):
    client.services("http")
    curl(client, f"http://{at.WEB}/hello").ok().prints(HELLO)


@test(proxies=CORE)
def http_by_ipv4_literal(client):
    client.services("http")
    curl(client, f"http://{at.TARGET4}/hello").ok().prints(HELLO)


@test(proxies=CORE)
def http_by_ipv6_literal(client):
    client.services("http")
    curl(client, f"http://[{at.TARGET6}]/hello").ok().prints(HELLO)


@test(proxies=CORE)
def https_by_name(client):
    client.services("https")
    curl(client, f"https://{at.WEB}/").ok().prints(HELLO)


@test
def name_with_ipv4_only(client):
    client.services("http")
    curl(client, "-4", f"http://{at.WEB}/peer").ok()


@test
def ipv6_alone_by_literal(client):
    client.services("http")
    curl(client, "-6", f"http://[{at.TARGET6}]/hello").ok().prints(HELLO)


@test
def name_that_has_ipv6_alone_behind_the_proxy(client):
    client.services("http")
    curl(client, f"http://{at.WEB6}/peer").ok().prints("2001:db8:2:")


@test
def redirect_to_another_name(client):
    client.services("http")
    curl(client, "-L", f"http://{at.WEB}/redirect").ok().prints(HELLO)


@test(proxies=CORE)
def download_of_megabytes_is_intact(client):
    client.services("http")
    out = client.path("body")
    curl(client, "-o", out, f"http://{at.WEB}/bytes/20000000").ok()
    with open(out, "rb") as file:
        body = file.read()
    assert body == hashlib.shake_128(b"known").digest(20000000), "the body is not what was sent"


@test(proxies=CORE)
def upload_of_megabytes_is_intact(client):
    client.services("http")
    body = bytes(range(256)) * 30000
    path = client.file("body", body)
    done = curl(client, "-T", path, f"http://{at.WEB}/sum").ok()
    done.prints(hashlib.sha256(body).hexdigest())


@test(proxies=SEALED_TOO)
def ftp_extended_passive_download(client):
    client.services("ftp")
    body = b"0123456789abcdef" * 40960
    url = f"ftp://user:secret@{at.WEB}/known"
    done = curl(client, "-v", url).ok()
    assert done.out == body
    assert "EPSV" in done.errors, done.errors


@test
def ftp_upload_by_ipv6_literal(client):
    client.services("ftp")
    path = client.file("up", b"upwards" * 10000)
    base = f"ftp://user:secret@[{at.TARGET6}]"
    curl(client, "-T", path, f"{base}/up").ok()
    assert curl(client, f"{base}/up").ok().out == b"upwards" * 10000


@test(proxies=SEALED_TOO)
def twenty_processes_at_once(client):
    client.services("http")
    client.need("curl")
    script = 'for i in $(seq 20); do curl -sS -m 15 "$1" >out.$i & done; wait; cat out.*'
    url = f"http://{at.WEB}/hello"
    done = client.run("bash", "-c", script, "bash", url, timeout=30).ok()
    assert done.text.count(HELLO) == 20, done.text


@test
def parallel_transfers_in_one_process(client):
    client.services("http")
    url = f"http://{at.WEB}/bytes/[1000-1015]"
    done = curl(client, "--no-globoff", "-Z", "--no-progress-meter", "-o", "#1", url).ok()
    for size in range(1000, 1016):
        with open(client.path(str(size)), "rb") as file:
            assert len(file.read()) == size, done.errors


@test(proxies=SEALED_TOO)
def connection_refused_by_the_target(client):
    curl(client, f"http://{at.TARGET4}:{at.PORT_CLOSED}/").failed(7).says("refused", "connect")


@test
def name_that_is_unknown_behind_the_proxy(client):
    curl(client, f"http://{at.UNKNOWN}/").failed(6, 7)


@test
def proxy_that_is_down(client):
    not_direct()
    where = f"{at.PROXY4}:{at.PORT_DOWN}"
    curl(client, f"http://{at.WEB}/hello", through=where).failed(7)


@test(proxies=("socks5ad", "danted"))
def target_that_the_proxy_bans(client):
    not_direct()
    client.services("http")
    curl(client, f"http://{at.BANNED4}/hello").failed(7)
