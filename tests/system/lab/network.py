"""Network namespaces: their making, their links and routes, and code and programs inside them."""

import ctypes
import os
import re
import subprocess
import threading
import time

from . import addresses as at

CLONE_NEWNET = 0x40000000
PREFIX = "s5a"
SYSCTLS = (
    "net.ipv4.ip_forward=0",
    "net.ipv6.conf.all.forwarding=0",
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.accept_ra=0",
    "net.ipv6.conf.default.router_solicitations=0",
)


def ip(*words, check=True):
    subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


class Namespace:
    """One network namespace of this run, with files of its own under /etc."""

    def __init__(self, role):
        self.name = f"{PREFIX}-{os.getpid()}-{role}"
        self.etc = f"/etc/netns/{self.name}"
        os.makedirs(self.etc)
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        for setting in SYSCTLS:
            path, value = setting.split("=")
            self.run(["sh", "-c", f"echo {value} >/proc/sys/{path.replace('.', '/')}"])

    def ip(self, *words):
        ip("-n", self.name, *words)

    def write_etc(self, name, text):
        """From the next program on, /etc/NAME holds `text` in here."""
        with open(f"{self.etc}/{name}", "w") as file:
            file.write(text)

    def argv(self, argv):
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, argv, **options):
        return subprocess.run(self.argv(argv), check=True, **options)

    def call(self, function, *arguments):
        """Calls `function` in a thread inside; sockets that it makes stay inside."""
        outcome = {}

        def enter():
            try:
                with open(f"/run/netns/{self.name}") as handle:
                    if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                outcome["value"] = function(*arguments)
            except OSError as error:
                outcome["error"] = error

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    def delete(self):
        delete_namespace(self.name)


def delete_namespace(name):
    """Ends the programs inside and takes it away."""
    for _ in range(50):
        pids = subprocess.run(
            ["ip", "netns", "pids", name], capture_output=True, text=True
        ).stdout.split()
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(int(pid), 9)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    ip("netns", "del", name, check=False)
    subprocess.run(["rm", "-rf", f"/etc/netns/{name}"], check=False)


def sweep():
    """Takes away what killed runs left behind."""
    listed = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    etc = os.listdir("/etc/netns") if os.path.isdir("/etc/netns") else []
    for name in set(listed + etc):
        match = re.fullmatch(rf"{PREFIX}-(\d+)-\w+", name)
        if match and not os.path.exists(f"/proc/{match[1]}"):
            delete_namespace(name)


def link(left, left_device, right, right_device):
    ip("link", "add", left_device, "netns", left.name, "type", "veth",
       "peer", "name", right_device, "netns", right.name)  # fmt: skip
    left.ip("link", "set", left_device, "up")
    right.ip("link", "set", right_device, "up")


def build():
    """The three namespaces, linked and routed."""
    client, proxy, target = (Namespace(role) for role in ("client", "proxy", "target"))
    link(client, "eth0", proxy, "eth0")
    link(proxy, "eth1", target, "eth0")
    route_client(client)
    route_proxy_and_target(proxy, target)
    return client, proxy, target


def route_client(client):
    """A route to the proxy host, and a default one by which all else leaves for nowhere — through
    the same device and without a look-up of neighbours, so that the capture sees the packets."""
    client.ip("address", "add", at.CLIENT4, "peer", at.PROXY4, "dev", "eth0")
    client.ip("address", "add", at.CLIENT6, "peer", at.PROXY6, "dev", "eth0", "nodad")
    for nowhere in (at.NOWHERE4, at.NOWHERE6):
        client.ip("neighbour", "add", nowhere, "lladdr", "02:00:00:00:de:ad", "dev", "eth0")
        client.ip("route", "add", "default", "via", nowhere, "dev", "eth0", "onlink")


def route_proxy_and_target(proxy, target):
    proxy.ip("address", "add", at.PROXY4, "peer", at.CLIENT4, "dev", "eth0")
    proxy.ip("address", "add", at.PROXY6, "peer", at.CLIENT6, "dev", "eth0", "nodad")
    proxy.ip("address", "add", at.PROXY_OUT4 + "/24", "dev", "eth1")
    proxy.ip("address", "add", at.PROXY_OUT6 + "/64", "dev", "eth1", "nodad")
    for address in (at.TARGET4, at.BANNED4):
        target.ip("address", "add", address + "/24", "dev", "eth0")
    target.ip("address", "add", at.TARGET6 + "/64", "dev", "eth0", "nodad")
