"""Ways past the proxy: whatever a program calls to send a packet or to look up a name, none leaves.
Each way is tried without the shim too, to see that it is one."""

from lab import addresses as at
from lab.suite import socks5a_only, test

# Ways by which nothing leaves here even without the shim: no such protocol, no such permission.
CLOSED = ("tcp_multipath", "sctp_stream", "ping_socket", "canonical_name_of_self")
DATAGRAMS = (
    "udp_sendto", "udp_sendto_v6", "udp_sendto_mapped", "udp_sendto_unspecified", "udp_send",
    "udp_write", "udp_writev", "udp_syscall", "udp_sendmsg", "udp_sendmmsg",
    "udp_of_another_process", "raw_echo", "ping_socket",
)  # fmt: skip
STREAMS = (
    "tcp_syscall", "tcp_mapped", "tcp_multipath", "sctp_stream", "fast_open", "fast_open_connect",
    "tcp_behind_dup",
)  # fmt: skip
NAMES = (
    "look_up", "look_up_with_flags", "look_up_old", "look_up_old_v6", "reverse", "reverse_old",
    "look_up_asynchronously", "query", "query_of_state", "canonical_name_of_self",
)  # fmt: skip


def attempt(client, way, **options):
    program = client.lab.compile("escape.c")
    return client.run(program, way, at.TARGET4, at.TARGET6, at.WEB, **options)


def none_leaves(client, ways):
    socks5a_only()
    client.services("http")
    for way in ways:
        done = attempt(client, way, timeout=10).ended()
        leaks = client.leaks()
        assert not leaks, f"{way}: {leaks}, {done.text}"


@test
def datagrams(client):
    none_leaves(client, DATAGRAMS)


@test
def streams(client):
    none_leaves(client, STREAMS)


@test
def names(client):
    none_leaves(client, NAMES)


@test
def each_way_leaks_without_the_shim(client):
    for way in DATAGRAMS + STREAMS + NAMES:
        attempt(client, way, wrapper="none", timeout=0.3)
        leaks = client.leaks()
        assert leaks or way in CLOSED, f"{way}: nothing leaked"
