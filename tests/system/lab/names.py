"""Names: the proxy and the target know those of the lab, the client asks a resolver that is not.
And root's home is a folder of the lab, so that nobody's shell start-up files take part."""

from . import addresses as at

NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n"
LOCALHOST = "127.0.0.1 localhost\n::1 localhost\n"


def passwd(home):
    """The host's users, root with another home and the plainest shell."""
    with open("/etc/passwd") as file:
        others = [line for line in file if not line.startswith("root:")]
    return f"root:x:0:0:root:{home}:/bin/sh\n" + "".join(others)


def configure(client, proxy, target, home):
    known = "".join(f"{address} {name}\n" for name, all in at.NAMES.items() for address in all)
    for namespace in (client, proxy, target):
        namespace.write_etc("nsswitch.conf", NSSWITCH)
        namespace.write_etc("passwd", passwd(home))
    client.write_etc("hosts", LOCALHOST + f"127.0.0.9 own.lab.test\n{at.PROXY4} proxy.lab.test\n")
    options = "options timeout:1 attempts:1"
    client.write_etc("resolv.conf", f"nameserver {at.CLIENT_RESOLVER}\n{options}\n")
    for namespace in (proxy, target):
        namespace.write_etc("hosts", LOCALHOST + known)
        namespace.write_etc("resolv.conf", f"nameserver {at.PROXY_RESOLVER}\n")
