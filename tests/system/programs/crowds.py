"""A hundred requests at once from one program, each answered when all have come."""

from lab.crowd import Crowd
from lab.lab import CLIENTS
from lab.process import Skip
from lab.services import PYTHON
from lab.suite import test



def gather(client, *argv, timeout=30, **options):
    """Runs a program of the crowd and checks its bodies, the target's journal and the proxy's."""
    crowd = Crowd(client)
    client.run(*argv, *crowd.arguments, timeout=timeout, **options).ok()
    crowd.served()


@test
def node_http(client):
    client.need("node")
    gather(client, "node", f"{CLIENTS}/crowd_http.js")


@test
def node_fetch(client):
    client.need("node")
    gather(client, "node", f"{CLIENTS}/crowd_fetch.js")


@test
def asyncio_streams(client):
    gather(client, PYTHON, f"{CLIENTS}/crowd_streams.py")


@test
def aiohttp_session(client):
    if client.python("import aiohttp", wrapper="none").code:
        raise Skip("python3-aiohttp is not installed")
    gather(client, PYTHON, f"{CLIENTS}/crowd_aiohttp.py")


@test
def java_http_client(client):
    client.need("java", "javac")
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    gather(client, "java", *options, f"{CLIENTS}/Crowd.java")


@test
def ruby_threads(client):
    client.need("ruby")
    gather(client, "ruby", f"{CLIENTS}/crowd.rb")


@test
def rust_threads(client):
    gather(client, client.lab.compile("crowd.rs"))
