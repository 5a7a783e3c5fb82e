"""QUIC: megabytes in datagrams whose sender finds out how large they may be."""

import hashlib
import os

from lab import addresses as at
from lab import certificates, proxies, services
from lab.suite import socks5a_only, test

from .chromium import chromium
from .logins import EAF, client_key, proxy

CARRIERS = ("socks5ad", "danted", "tol")


def fetch(client, host, *words, **how):
    """The file of the target's QUIC server, by a client that speaks nothing else."""
    socks5a_only()
    client.need("gtlsclient")
    client.services("quic")
    folder = client.path("got")
    os.makedirs(folder, exist_ok=True)
    url = f"https://{at.WEB}/big"
    options = ["-q", "--exit-on-all-streams-close", f"--download={folder}", *words]
    client.run("gtlsclient", *options, host, str(at.PORT_QUIC), url, **how).ok()
    with open(f"{folder}/big", "rb") as file:
        assert file.read() == services.QUIC_FILE, "not what was sent"
    os.unlink(f"{folder}/big")


@test(proxies=CARRIERS)
def by_name_and_address(client):
    for host in (at.WEB, at.WEB6, at.TARGET4, at.TARGET6):
        fetch(client, host)


@test
def of_ipv4_by_a_proxy_of_ipv6(client):
    """The engine moves the datagrams, none of which is fragmented: that would be counted as a leak."""
    client.where()
    fetch(client, at.TARGET4, through=f"[{at.PROXY6}]:{proxies.PORTS['socks5ad']}")


@test
def from_another_port_in_the_middle_of_it(client):
    """Its client makes another socket, and goes on from there."""
    fetch(client, at.WEB4, "--change-local-addr=20ms")


@test(proxies=EAF)
def by_key_over_80_and_82(client):
    for method in ("eaf", "chain"):
        fetch(client, at.WEB, **proxy(client, f"method = {method}", client_key(client)))


@test
def chromium_page(client):
    socks5a_only()
    client.services("quic")
    forced = f"--origin-to-force-quic-on={at.WEB}:{at.PORT_QUIC}"
    trusted = certificates.key_hash(client.lab.directory)
    pinned = f"--ignore-certificate-errors-spki-list={trusted}"
    words = ("--virtual-time-budget=10000", pinned)  # until all of it has come
    done = chromium(client, f"https://{at.WEB}/page.html", *words, quic=(forced,)).ok()
    done.prints(hashlib.sha256(services.QUIC_FILE).hexdigest() + " by h3")
