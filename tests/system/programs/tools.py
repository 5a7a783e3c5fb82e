"""Tools that open connections for a living: iperf3 and nmap."""

import json
import re

from lab import addresses as at
from lab.suite import SEALED_TOO, test


def iperf3(client, *words):
    """What is measured over four streams and the one that controls them."""
    client.need("iperf3")
    client.services("iperf3")
    sessions = client.sessions()
    argv = ["iperf3", "--json", "-c", at.WEB, "-P", "4", "--connect-timeout", "5000", *words]
    end = json.loads(client.run(*argv).ok().out)["end"]
    sessions.relayed(at.WEB, 5201, 5)
    return end


@test(proxies=SEALED_TOO)
def iperf3_there(client):
    end = iperf3(client, "-n", "8M")
    assert len(end["streams"]) == 4
    assert end["sum_sent"]["bytes"] >= 8 << 20, end
    assert end["sum_received"]["bytes"] > 0, end  # the rest was in the proxy as the clock stopped


@test(proxies=SEALED_TOO)
def iperf3_back(client):
    end = iperf3(client, "-n", "8M", "--reverse")
    assert end["sum_received"]["bytes"] >= 8 << 20, end["sum_received"]


def scan(client, host, *words):
    """The ports of the target in the state that nmap found them in."""
    client.need("nmap")
    client.services("http", "streams")
    done = client.run("nmap", "-sT", "-Pn", "-n", "-oG", "-", *words, host, timeout=40).ok()
    found = dict(re.findall(r"(\d+)/(\w+)/tcp", done.text))
    return found or done.fail("expected ports")


@test
def nmap_by_name(client):
    sessions = client.sessions()
    ports = f"{at.PORT_ECHO},80,{at.PORT_SUM},{at.PORT_CLOSED}"
    found = scan(client, at.WEB, "-p", ports)
    assert found.pop(str(at.PORT_CLOSED)) == "closed", found
    assert found == {str(port): "open" for port in (at.PORT_ECHO, 80, at.PORT_SUM)}, found
    sessions.relayed(at.WEB, 80, 1)


@test
def nmap_of_five_hundred_ports(client):
    """By literals; as an ordinary user would, since root's nmap asks for raw sockets."""
    for host, words in ((at.TARGET4, []), (at.TARGET6, ["-6"])):
        found = scan(client, host, "--unprivileged", "-v", "-p", "7,80,9500-9998", *words)
        ports = [port for port, state in found.items() if state == "open"]
        assert ports == ["7", "80"], found


@test
def nmap_script(client):
    """Its scripts talk through another library, nsock, than its scan."""
    client.need("nmap")
    requests, sessions = client.requests("crowd"), client.sessions()
    script = ["--script", "http-title", "--script-args", "http-title.url=/page"]
    words = ["-sT", "-Pn", "-n", "-p", str(at.PORT_CROWD), *script, at.WEB]
    client.run("nmap", *words, timeout=40).ok().prints("The page")
    requests.expect(" GET /page ", 1)
    sessions.relayed(at.WEB, at.PORT_CROWD, 2)
