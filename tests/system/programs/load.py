"""Load generators, each with its own loop around epoll, poll or select."""

import re

from lab import addresses as at
from lab.suite import CORE, SEALED_TOO, test

BASE = f"http://{at.WEB}:{at.PORT_CROWD}"


def number(done, pattern):
    """The number that a program reports."""
    found = re.search(pattern, done.text)
    return int(found[1]) if found else done.fail(f"expected {pattern!r} in the output")


@test(proxies=CORE)
def wrk_hundred_connections(client):
    client.need("wrk")
    requests, sessions = client.requests("crowd"), client.sessions()
    words = ["-t", "2", "-c", "100", "-d", "1s", "--timeout", "10s"]
    done = client.run("wrk", *words, f"{BASE}/bytes/500").ok()
    answered = number(done, r"(\d+) requests in")
    for trouble in ("Socket errors", "Non-2xx"):
        assert trouble not in done.text, done.text
    assert answered >= 100, done.text
    requests.expect(" GET /bytes/500 ", answered)
    sessions.relayed(at.WEB, at.PORT_CROWD, 100)


def ab(client, count, *words):
    """The log of the proxy, with `count` requests, fifty at any time, none of which failed."""
    client.need("ab")
    requests, sessions = client.requests("crowd"), client.sessions()
    options = ["-q", "-s", "15", "-n", str(count), "-c", "50"]
    done = client.run("ab", *options, *words, f"{BASE}/bytes/700").ok()
    assert number(done, r"Complete requests: +(\d+)") == count, done.text
    assert number(done, r"Failed requests: +(\d+)") == 0, done.text
    assert "Non-2xx" not in done.text, done.text
    requests.expect(" GET /bytes/700 ", count)
    return sessions


@test(proxies=SEALED_TOO)
def ab_fifty_connections(client):
    ab(client, 500).relayed(at.WEB, at.PORT_CROWD, 500)


@test
def ab_fifty_connections_kept(client):
    ab(client, 1000, "-k").relayed(at.WEB, at.PORT_CROWD, 50)


def redis_calls(client, command):
    """How often the server was given a command."""
    done = client.run("redis-cli", "-h", at.TARGET4, "info", "commandstats").ok()
    found = re.search(rf"cmdstat_{command}:calls=(\d+)", done.text)
    return int(found[1]) if found else 0


@test(proxies=SEALED_TOO)
def redis_benchmark(client):
    client.need("redis-benchmark", "redis-server")
    client.services("redis")
    for threads in ([], ["--threads", "2"]):
        before, sessions = redis_calls(client, "set"), client.sessions()
        words = ["-h", at.WEB, "-c", "50", "-n", "5000", "-r", "1000", "-t", "set", "-q"]
        done = client.run("redis-benchmark", *words, *threads).ok().prints("requests per second")
        assert "error" not in (done.text + done.errors).lower(), done.text + done.errors
        assert redis_calls(client, "set") == before + 5000
        sessions.relayed(at.WEB, 6379, 50)


@test
def nghttp_fifty_streams(client):
    client.need("nghttp")
    requests, sessions = client.requests("https"), client.sessions()
    url = f"https://{at.WEB}/many"
    done = client.run("nghttp", "-t", "10", "-m", "50", url).ok()
    assert done.text.count("hello from the target") == 50, done.text
    requests.expect(" GET /many HTTP/2.0", 50, 50)
    sessions.relayed(at.WEB, 443, 1)


@test(proxies=SEALED_TOO)
def h2load_twenty_connections(client):
    client.need("h2load")
    requests, sessions = client.requests("https"), client.sessions()
    words = ["-n", "400", "-c", "20", "-m", "5", "-t", "2", "-T", "10", "-N", "10"]
    done = client.run("h2load", *words, f"https://{at.WEB}/load").ok()
    done.prints("400 succeeded, 0 failed, 0 errored, 0 timeout")
    requests.expect(" GET /load HTTP/2.0", 400, 400)
    sessions.relayed(at.WEB, 443, 20)
