"""Where everything is: documentation ranges (RFC 5737, RFC 3849), names below .test (RFC 6761)."""

CLIENT4, CLIENT6 = "192.0.2.1", "2001:db8:1::1"
PROXY4, PROXY6 = "192.0.2.2", "2001:db8:1::2"
PROXY_OUT4, PROXY_OUT6 = "198.51.100.1", "2001:db8:2::1"
TARGET4, TARGET6 = "198.51.100.10", "2001:db8:2::10"
BANNED4 = "198.51.100.11"  # the target too, but the proxies with an access list refuse it

# No host has these: what a leaking client sends goes to them.
NOWHERE4, NOWHERE6 = "192.0.2.254", "fe80::dead"
CLIENT_RESOLVER = "203.0.113.53"
PROXY_RESOLVER = "127.0.0.53"

WEB, WEB4, WEB6 = "web.lab.test", "four.lab.test", "six.lab.test"
NAMES = {WEB: (TARGET4, TARGET6), WEB4: (TARGET4,), WEB6: (TARGET6,)}
UNKNOWN = "unknown.lab.test"

# Ports of the proxy host that the client may talk to; nothing listens on PORT_DOWN.
PROXY_PORTS = (1080, 1099)
PORT_ROGUE = 1090
PORT_DOWN = 1099

# Ports of the target.
PORT_ECHO = 7
PORT_DATAGRAMS = 7007  # echoes, over UDP
PORT_QUIC = 443  # over UDP
PORT_CROWD = 8080
PORT_SUM = 9000  # reads to end of file, answers SHA-256 and length
PORT_CLOSED = 9999


def url_host(host):
    """A host as URLs and host:port texts write it."""
    return f"[{host}]" if ":" in host else host
