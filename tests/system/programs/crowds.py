"""A hundred requests at once from one program, each answered when all have come; and a hundred that
are refused."""

from lab import addresses as at
from lab.crowd import COUNT, FIRST, Crowd
from lab.lab import CLIENTS
from lab.pending import need_asynchronous
from lab.process import Skip
from lab.services import PYTHON
from lab.suite import CORE, SEALED_TOO, not_direct, socks5a_only, test


def node(client, name):
    client.need("node")
    return ["node", f"{CLIENTS}/{name}.js"]


def aiohttp(client):
    if client.python("import aiohttp", wrapper="none").code:
        raise Skip("python3-aiohttp is not installed")
    return [PYTHON, f"{CLIENTS}/crowd_aiohttp.py"]


def java(client, *options, name="Crowd"):
    """A single source file is run by the compiler in memory; needs a JDK."""
    client.need("java", "javac")
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return ["java", *quick, *options, f"{CLIENTS}/{name}.java"]


def ruby(client):
    client.need("ruby")
    return ["ruby", f"{CLIENTS}/crowd.rb"]


STREAMS = (PYTHON, f"{CLIENTS}/crowd_streams.py")


def gather(client, argv, **options):
    """Runs a program of the crowd and checks its bodies, the target's journal and the proxy's."""
    crowd = Crowd(client)
    client.run(*argv, *crowd.arguments, timeout=30, **options).ok()
    crowd.served()


def by_other_families(client, argv):
    """The same where the sockets that the program makes cannot reach the proxy."""
    socks5a_only()
    port = client.where().rpartition(":")[2]
    for proxy in (f"[{at.PROXY6}]:{port}", f"unix:{client.lab.proxies.unix_path()}"):
        gather(client, argv, through=proxy)


def refused(client, argv, host=at.TARGET4, **options):
    """What it says where none of its connects succeeds; by default the target refuses them."""
    arguments = [host, str(at.PORT_CLOSED), str(COUNT), str(FIRST)]
    return client.run(*argv, *arguments, timeout=30, **options).failed(1)


@test(proxies=CORE)
def node_http(client):
    gather(client, node(client, "crowd_http"))


@test
def node_fetch(client):
    gather(client, node(client, "crowd_fetch"))


@test(proxies=SEALED_TOO)
def node_http_refused(client):
    done = refused(client, node(client, "crowd_http"))
    assert done.text.count(" ECONNREFUSED") == COUNT, done.text


@test
def node_http_while_the_proxy_is_down(client):
    not_direct()
    where = f"{at.PROXY4}:{at.PORT_DOWN}"
    done = refused(client, node(client, "crowd_http"), through=where)
    assert done.text.count(" ECONNREFUSED") == COUNT, done.text


@test
def node_http_to_an_unknown_name(client):
    socks5a_only()
    done = refused(client, node(client, "crowd_http"), host=at.UNKNOWN)
    assert done.text.count(" EHOSTUNREACH") == COUNT, done.text


@test(proxies=CORE)
def asyncio_streams(client):
    gather(client, STREAMS)


@test
def asyncio_streams_refused(client):
    refused(client, STREAMS).says("ConnectionRefusedError")


@test
def aiohttp_session(client):
    gather(client, aiohttp(client))


@test(proxies=CORE)
def java_http_client(client):
    gather(client, java(client))


@test
def java_http_client_on_ipv4_sockets(client):
    gather(client, java(client, "-Djava.net.preferIPv4Stack=true"))


@test(proxies=SEALED_TOO)
def java_selector(client):
    gather(client, java(client, name="CrowdNio"))


@test
def java_selector_on_ipv4_sockets(client):
    gather(client, java(client, "-Djava.net.preferIPv4Stack=true", name="CrowdNio"))


@test
def java_http_client_refused(client):
    refused(client, java(client)).says("java.net.ConnectException")


@test
def ruby_threads(client):
    gather(client, ruby(client))


@test
def ruby_threads_refused(client):
    refused(client, ruby(client)).says("ECONNREFUSED")


@test(proxies=CORE)
def rust_threads(client):
    gather(client, [client.lab.compile("crowd.rs")])


@test
def rust_threads_refused(client):
    done = refused(client, [client.lab.compile("crowd.rs")])
    assert done.text.count("ConnectionRefused") == COUNT, done.text


@test(proxies=("socks5ad",))
def node_http_by_other_families(client):
    by_other_families(client, node(client, "crowd_http"))


@test(proxies=("socks5ad",))
def asyncio_streams_by_other_families(client):
    by_other_families(client, STREAMS)


@test(proxies=("socks5ad",))
def java_selector_by_other_families(client):
    need_asynchronous()
    by_other_families(client, java(client, "-Djava.net.preferIPv4Stack=true", name="CrowdNio"))


@test(proxies=("socks5ad",))
def rust_threads_by_other_families(client):
    by_other_families(client, [client.lab.compile("crowd.rs")])
