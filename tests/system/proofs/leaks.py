"""Proof of the laboratory itself: what leaks is counted, what goes to the proxy is not, and
nothing but the proxy can be reached."""

from lab import addresses as at
from lab.suite import test


def leaks_of(client, *argv):
    client.leaks()
    client.run(*argv, wrapper="none", timeout=5)
    return "\n".join(client.leaks())


@test
def tcp_past_the_proxy_is_counted(client):
    for host in (at.TARGET4, at.TARGET6):
        argv = ["curl", "-sS", "-m", "0.3", "-g", f"http://{at.url_host(host)}/"]
        leaks = leaks_of(client, *argv)
        assert f"-> {host} port 80" in leaks, leaks


@test
def other_port_of_the_proxy_host_is_counted(client):
    leaks = leaks_of(client, "curl", "-sS", "-m", "1", f"http://{at.PROXY4}:8080/")
    assert f"-> {at.PROXY4} port 8080" in leaks, leaks


@test
def name_look_up_is_counted(client):
    leaks = leaks_of(client, "getent", "ahosts", at.WEB)
    assert f"udp {at.CLIENT4} -> {at.CLIENT_RESOLVER} port 53" in leaks, leaks
    assert "lab" in leaks, leaks


@test
def look_up_at_a_local_resolver_is_counted(client):
    leaks = leaks_of(client, "bash", "-c", "echo question >/dev/udp/127.0.0.1/53")
    assert "-> 127.0.0.1 port 53" in leaks, leaks


@test
def datagram_is_counted(client):
    for host in (at.TARGET4, at.TARGET6, at.PROXY4):
        leaks = leaks_of(client, "bash", "-c", f"echo x >/dev/udp/{host}/1080")
        assert f"-> {host} port 1080" in leaks, leaks


@test
def raw_packet_is_counted(client):
    send = "s.sendto(bytes.fromhex('0800f7ff00000000'), (sys.argv[1], 0))"
    code = f"import socket, sys; s = socket.socket(2, socket.SOCK_RAW, 1); {send}"
    leaks = leaks_of(client, "/usr/bin/python3", "-c", code, at.PROXY4)
    assert f"icmp {at.CLIENT4} -> {at.PROXY4}" in leaks, leaks


@test(proxies=("socks5ad", "microsocks", "danted", "ssh-D"))
def traffic_with_the_proxy_is_not_counted(client):
    client.services("http")
    argv = ["curl", "-sS", "--socks5-hostname", client.where(), f"http://{at.WEB}/hello"]
    client.run(*argv, wrapper="none").ok().prints("hello from the target")
    assert client.leaks() == []


@test
def names_of_the_lab_are_unknown_to_the_client(client):
    client.run("getent", "ahosts", at.WEB, wrapper="none").failed()
    assert client.leaks()
