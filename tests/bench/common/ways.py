"""The ways for a program to a target: ours, the peers', by hand. Each gives the environment that
has a dynamically linked program go that way, or raises Skip."""

import glob
import os

from .setting import LIBRARY, Skip, environment

PEERS = {
    "torsocks": "torsocks/libtorsocks.so",
    "tsocks": "libtsocks.so",
    "proxychains4": "libproxychains.so.4",
}


def peer_library(name):
    found = glob.glob(f"/usr/lib/*/{PEERS[name]}") + glob.glob(f"/usr/lib/{PEERS[name]}")
    if not found:
        raise Skip(f"{name} is not installed: scripts/install-deps bench")
    return os.path.realpath(found[0])


def _shim(here, name, text):
    state = f"[state]\ndir = {here.directory}/{name}.state\n"
    config = here.write(f"{name}.conf", text + state)
    return environment(LD_PRELOAD=LIBRARY, SOCKS5A_CONF=config)


def shim_with(here, proxy, name, keys):
    """With these lines for the proxy, and a state directory for each name."""
    host, port = proxy.split(":")
    return _shim(
        here,
        f"shim-{name}-{host}-{port}",
        f"[proxy bench]\naddress = {proxy}\n{keys}\n[rules]\nproxy bench = *\n",
    )


def shim(here, proxy, pipeline):
    return shim_with(here, proxy, pipeline, f"pipeline = {pipeline}")


def shim_by_port(here, proxies):
    """Through the proxies of {port of the target: proxy}."""
    sections = [f"[proxy bench{port}]\naddress = {proxy}\n" for port, proxy in proxies.items()]
    rules = [f"proxy bench{port} = *:{port}\n" for port in proxies]
    return _shim(here, "shim-by-port", "".join([*sections, "[rules]\n", *rules]))


def torsocks(here, proxy):
    host, port = proxy.split(":")
    config = here.write(f"torsocks-{port}.conf", f"TorAddress {host}\nTorPort {port}\n")
    return environment(
        LD_PRELOAD=peer_library("torsocks"), TORSOCKS_CONF_FILE=config, TORSOCKS_LOG_LEVEL="1"
    )


def tsocks(here, proxy):
    host, port = proxy.split(":")
    config = here.write(
        f"tsocks-{port}.conf",
        f"local = {host}/255.255.255.255\n"
        f"server = {host}\nserver_type = 5\nserver_port = {port}\n",
    )
    return environment(LD_PRELOAD=peer_library("tsocks"), TSOCKS_CONF_FILE=config)


def proxychains4(here, proxy):
    host, port = proxy.split(":")
    config = here.write(
        f"proxychains-{port}.conf",
        f"strict_chain\nquiet_mode\n[ProxyList]\nsocks5 {host} {port}\n",
    )
    return environment(
        LD_PRELOAD=peer_library("proxychains4"),
        PROXYCHAINS_CONF_FILE=config,
        PROXYCHAINS_QUIET_MODE="1",
    )


def installed_peers(here, proxy, peers=(torsocks, tsocks, proxychains4)):
    """(name, environment) of each; says which are not there."""
    for peer in peers:
        try:
            yield peer.__name__, peer(here, proxy)
        except Skip as reason:
            print(f"{peer.__name__}: skipped: {reason}", flush=True)
