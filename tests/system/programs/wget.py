"""wget: blocking sockets, with and without a name."""

from lab import addresses as at
from lab.suite import CORE, socks5a_only, test

HELLO = "hello from the target"


def wget(client, *words):
    client.need("wget")
    return client.run("wget", "-q", "-T", "15", "-t", "1", "-O", "-", *words)


@test(proxies=CORE)
def http_by_name(client):
    client.services("http")
    wget(client, f"http://{at.WEB}/hello").ok().prints(HELLO)


@test
def http_by_ipv6_literal(client):
    client.services("http")
    wget(client, f"http://[{at.TARGET6}]/hello").ok().prints(HELLO)


@test
def name_with_one_family_alone(client):
    socks5a_only()
    client.services("http")
    for family in ("-4", "-6"):
        wget(client, family, f"http://{at.WEB}/hello").ok().prints(HELLO)


@test
def https_by_name(client):
    client.services("https")
    certificate = f"--ca-certificate={client.lab.directory}/ca.pem"
    wget(client, certificate, f"https://{at.WEB}/").ok().prints(HELLO)


@test
def ftp_by_name(client):
    client.services("ftp")
    done = wget(client, f"ftp://user:secret@{at.WEB4}/known").ok()
    assert len(done.out) == 655360


@test
def connection_refused_by_the_target(client):
    client.need("wget")
    url = f"http://{at.TARGET4}:{at.PORT_CLOSED}/"
    client.run("wget", "-t", "1", "-O", "-", url).failed(4).says("refused")
