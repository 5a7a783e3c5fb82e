"""Programs with a resolver of their own that ask over TCP: addresses are the shim's to answer, all else the
name server's, through the proxy."""

from lab import addresses as at
from lab.suite import socks5a_only, test

PROXIES = ("socks5ad", "danted", "tol")
DIG = ("dig", "+tcp", "+tries=1", "+time=10")


def ready(client):
    socks5a_only()
    client.need("dig", "host", "nslookup")
    client.services("zone")


@test(proxies=PROXIES)
def dig_asks_for_all_kinds(client):
    """On one connection: addresses of the map, and what the server says, of any length."""
    ready(client)
    words = ["+short", "+keepopen", at.WEB, "A", at.WEB, "AAAA", "some.lab.test", "TXT", "big.lab.test", "TXT"]
    done = client.run(*DIG, f"@{at.TARGET4}", *words).ok()
    four, six, text, big = done.text.split("\n")[:4]
    assert four.startswith("198.18."), done.text[:200]
    assert six.startswith("fd73:6f63:6b73:3561:"), done.text[:200]
    assert text == '"text of some"', done.text[:200]
    assert big.count("x") == 30000, len(big)
    client.run(*DIG, "+short", f"@{at.TARGET4}", "-x", four).ok().prints(at.WEB)


@test(proxies=PROXIES)
def dig_gets_a_zone_and_sends_what_is_no_query(client):
    ready(client)
    done = client.run(*DIG, f"@{at.TARGET4}", "lab.test", "AXFR").ok()
    done.prints("302 records").prints("messages 3")
    done = client.run(*DIG, "+opcode=notify", f"@{at.TARGET4}", "lab.test", "SOA").ok()
    done.prints("NOTIMP")
    client.run("host", "-l", "lab.test", at.TARGET4).ok().prints("Using domain server")


@test
def host_and_nslookup_over_tcp(client):
    ready(client)
    client.run("host", "-T", at.WEB, at.TARGET4).ended().prints("has address 198.18.")
    client.run("host", "-T", "-t", "TXT", "some.lab.test", at.TARGET4).ok().prints("text of some")
    client.run("nslookup", "-vc", at.WEB, at.TARGET4).ended().prints("198.18.")


@test
def name_servers_of_this_machine_are_the_shim(client):
    """Also where one is there: it would ask others."""
    ready(client)
    for server in ("127.0.0.53", "::1"):
        done = client.run(*DIG, "+short", f"@{server}", at.WEB, "A").ok()
        assert done.text.startswith("198.18."), done.text
    client.run(*DIG, "@127.0.0.53", "lab.test", "AXFR").prints("Transfer failed")


@test
def dig_from_another_address_of_the_machine(client):
    ready(client)
    done = client.run(*DIG, "+short", "-b", at.CLIENT4, f"@{at.TARGET4}", at.WEB, "A").ok()
    assert done.text.startswith("198.18."), done.text
