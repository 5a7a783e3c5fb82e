"""ncat and socat: plain streams, there and back."""

from lab import addresses as at
from lab.suite import socks5a_only, test

BODY = bytes(range(256)) * 4000


@test
def ncat_there_and_back(client):
    client.need("ncat")
    client.services("streams")
    sessions = client.sessions()
    for host in (at.WEB, at.TARGET4, at.TARGET6):
        done = client.run("ncat", "-w", "10", host, str(at.PORT_ECHO), input=BODY).ok()
        assert done.out == BODY, len(done.out)
        sessions.relayed(host, at.PORT_ECHO, 1)


@test
def ncat_tls(client):
    client.need("ncat")
    requests = client.requests("https")
    authority = ["--ssl-verify", "--ssl-trustfile", f"{client.lab.directory}/ca.pem"]
    question = f"GET /ncat HTTP/1.1\r\nHost: {at.WEB}\r\nConnection: close\r\n\r\n".encode()
    done = client.run("ncat", *authority, at.WEB, "443", input=question).ended()
    done.prints("hello from the target")  # nginx ends without a TLS farewell, hence no ok()
    requests.expect(" GET /ncat HTTP/1.1", 1, 1)


@test
def ncat_refused(client):
    client.need("ncat")
    client.run("ncat", "-w", "5", at.TARGET4, str(at.PORT_CLOSED)).failed(1).says("refused")


@test
def socat_there_and_back(client):
    client.need("socat")
    client.services("streams")
    sessions = client.sessions()
    for host, words in ((at.WEB, ""), (at.TARGET4, ",connect-timeout=5"), (at.TARGET6, ",nodelay")):
        target = f"TCP:{at.url_host(host)}:{at.PORT_ECHO}{words}"
        done = client.run("socat", "-t", "10", "-", target, input=BODY).ok()
        assert done.out == BODY, len(done.out)
        sessions.relayed(host, at.PORT_ECHO, 1)


@test
def socat_refused(client):
    client.need("socat")
    for words in ("", ",connect-timeout=5"):
        target = f"TCP:{at.TARGET4}:{at.PORT_CLOSED}{words}"
        client.run("socat", "-", target).failed(1).says("refused")


@test
def socat_forwards_from_a_local_port(client):
    """A server that forks for each caller, and twenty callers at once, on loopback."""
    socks5a_only()
    client.need("socat")
    client.services("streams")
    sessions = client.sessions()
    script = """
socat TCP-LISTEN:7008,bind=127.0.0.1,reuseaddr,fork "TCP:$1:$2" & server=$!
for k in $(seq 20); do
    echo "caller $k" | socat -t 10 - TCP:127.0.0.1:7008,retry=100,interval=0.05 &
    callers="$callers $!"
done
wait $callers; kill $server
"""
    done = client.run("bash", "-c", script, "bash", at.WEB, str(at.PORT_ECHO)).ended()
    expected = sorted(f"caller {k}" for k in range(1, 21))
    assert sorted(done.text.splitlines()) == expected, done.text + done.errors
    sessions.relayed(at.WEB, at.PORT_ECHO, 20)
