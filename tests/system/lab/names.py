"""Names: the proxy and the target know those of the lab, the client asks a resolver that is not."""

from . import addresses as at

NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n"
LOCALHOST = "127.0.0.1 localhost\n::1 localhost\n"


def configure(client, proxy, target):
    known = "".join(f"{address} {name}\n" for name, all in at.NAMES.items() for address in all)
    for namespace in (client, proxy, target):
        namespace.write_etc("nsswitch.conf", NSSWITCH)
    client.write_etc("hosts", LOCALHOST + f"127.0.0.9 own.lab.test\n{at.PROXY4} proxy.lab.test\n")
    client.write_etc("resolv.conf", f"nameserver {at.CLIENT_RESOLVER}\noptions timeout:1 attempts:1\n")
    for namespace in (proxy, target):
        namespace.write_etc("hosts", LOCALHOST + known)
        namespace.write_etc("resolv.conf", f"nameserver {at.PROXY_RESOLVER}\n")
