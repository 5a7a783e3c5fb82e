"""What a proxy is sent: names and addresses as given, a password where it is asked for."""

from lab import addresses as at
from lab.outcomes import PONG
from lab.rogue import REPLY, Rogue
from lab.suite import socks5a_only, test


@test
def request_carries_name_and_addresses_as_given(client):
    """What the proxy is asked for: the very name, never an address of the shim's own."""
    asked = []

    def behave(stream, number):
        asked.append(stream.until_selected())
        stream.send(REPLY)
        stream.until_closed()

    socks5a_only()
    code = "import socket, sys\nfor h in sys.argv[1:]: socket.create_connection((h, 4321)).close()"
    hosts = ["Name.Example", at.TARGET4, at.TARGET6]
    env = {"SOCKS5A_PIPELINE": "off"}
    with Rogue(client, behave) as rogue:
        client.python(code, *hosts, through=rogue.where, env=env).ok()
    assert asked[0][0].lower() == b"name.example", asked
    assert [len(address) for address, _ in asked[1:]] == [4, 16], asked
    assert {port for _, port in asked} == {4321}, asked


@test
def password_is_sent_only_where_it_is_asked_for(client):
    """RFC 1929: offered with credentials, and its refusal is EACCES."""
    seen = []

    def behave(stream, number):
        seen.append(sorted(stream.greeting()))
        stream.send(b"\5\2")
        version, length = stream.read(2)
        user = stream.read(length)
        password = stream.read(stream.read(1)[0])
        seen.append((version, user, password))
        stream.send(bytes([1, number]))
        if number:
            return stream.until_closed()
        stream.request()
        stream.send(REPLY)
        stream.farewell()

    socks5a_only()
    env = {"SOCKS5A_USER": "user", "SOCKS5A_PASSWORD": "secret", "SOCKS5A_PIPELINE": "off"}
    with Rogue(client, behave) as rogue:
        argv = [client.lab.compile("connect.c"), "blocking", at.TARGET4, "80", "2"]
        done = client.run(*argv, through=rogue.where, env=env).ok()
    assert done.text.splitlines() == [PONG, "EACCES"], done.text
    assert seen[:2] == [[0, 2], (1, b"user", b"secret")], seen
