"""How a program is put behind a proxy: our own wrapper, and those of the peers, with which the
laboratory itself can be tried (WRAPPER=proxychains4 tests/system/run), or WRAPPER=direct."""

import os


def socks5a(root, build, directory, proxy, environment):
    """Our wrapper; without `proxy` its environment and configuration name one."""
    environment["SOCKS5A_BUILD"] = build
    environment.setdefault("SOCKS5A_STATE_DIR", f"{directory}/state")
    return [f"{root}/scripts/socks5a-run", *(["-s", proxy] if proxy else [])]


def preload(root, build, directory, proxy, environment):
    """Our library without its wrapper, as in a shell profile."""
    environment["LD_PRELOAD"] = f"{build}/libsocks5a-shim.so"
    environment.setdefault("SOCKS5A_STATE_DIR", f"{directory}/state")
    if proxy:
        environment["SOCKS5A_PROXY"] = proxy
    return []


def torsocks(root, build, directory, proxy, environment):
    host, port = proxy.rsplit(":", 1)
    environment["TORSOCKS_TOR_ADDRESS"] = host
    environment["TORSOCKS_TOR_PORT"] = port
    return ["torsocks", "-q", "-a", host, "-P", port]


def proxychains4(root, build, directory, proxy, environment):
    host, port = proxy.rsplit(":", 1)
    path = f"{directory}/proxychains-{port}.conf"
    with open(path, "w") as file:
        file.write(f"strict_chain\nproxy_dns\nquiet_mode\n[ProxyList]\nsocks5 {host} {port}\n")
    return ["proxychains4", "-q", "-f", path]


def none(root, build, directory, proxy, environment):
    """The program as it is, on the client."""
    return []


def direct(root, build, directory, proxy, environment):
    """The program as it is, on the proxy host, from where the target can be reached."""
    return []


WRAPPERS = {f.__name__: f for f in (socks5a, preload, torsocks, proxychains4, none, direct)}
OURS = ("socks5a", "preload")
CHOSEN = os.environ.get("WRAPPER", "socks5a")
