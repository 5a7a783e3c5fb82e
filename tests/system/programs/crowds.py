"""A hundred requests at once from one program, each answered when all have come."""

from lab import addresses as at
from lab.crowd import COUNT, FIRST, Crowd
from lab.lab import CLIENTS
from lab.process import Skip
from lab.services import PYTHON
from lab.suite import test



def gather(client, *argv, timeout=30, **options):
    """Runs a program of the crowd and checks its bodies, the target's journal and the proxy's."""
    crowd = Crowd(client)
    client.run(*argv, *crowd.arguments, timeout=timeout, **options).ok()
    crowd.served()


def refused(client, *argv):
    """What it says where each of its connects is refused by the target."""
    arguments = [at.TARGET4, str(at.PORT_CLOSED), str(COUNT), str(FIRST)]
    return client.run(*argv, *arguments, timeout=30).failed(1)


@test
def node_http(client):
    client.need("node")
    gather(client, "node", f"{CLIENTS}/crowd_http.js")


@test
def node_fetch(client):
    client.need("node")
    gather(client, "node", f"{CLIENTS}/crowd_fetch.js")


@test
def node_http_refused(client):
    client.need("node")
    done = refused(client, "node", f"{CLIENTS}/crowd_http.js")
    assert done.text.count(" ECONNREFUSED") == COUNT, done.text


@test
def asyncio_streams(client):
    gather(client, PYTHON, f"{CLIENTS}/crowd_streams.py")


@test
def asyncio_streams_refused(client):
    refused(client, PYTHON, f"{CLIENTS}/crowd_streams.py").says("ConnectionRefusedError")


@test
def aiohttp_session(client):
    if client.python("import aiohttp", wrapper="none").code:
        raise Skip("python3-aiohttp is not installed")
    gather(client, PYTHON, f"{CLIENTS}/crowd_aiohttp.py")


def java(client):
    """A single source file is run by the compiler in memory; needs a JDK."""
    client.need("java", "javac")
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return ["java", *options, f"{CLIENTS}/Crowd.java"]


@test
def java_http_client(client):
    gather(client, *java(client))


@test
def java_http_client_on_ipv4_sockets(client):
    first, *rest = java(client)
    gather(client, first, "-Djava.net.preferIPv4Stack=true", *rest)


@test
def java_http_client_refused(client):
    refused(client, *java(client)).says("java.net.ConnectException")


@test
def ruby_threads(client):
    client.need("ruby")
    gather(client, "ruby", f"{CLIENTS}/crowd.rb")


@test
def ruby_threads_refused(client):
    client.need("ruby")
    refused(client, "ruby", f"{CLIENTS}/crowd.rb").says("ECONNREFUSED")


@test
def rust_threads(client):
    gather(client, client.lab.compile("crowd.rs"))


@test
def rust_threads_refused(client):
    refused(client, client.lab.compile("crowd.rs")).prints("ConnectionRefused")
