"""Connections over a link on which every packet takes its time: how many round trips each needs."""

import os
import subprocess

from common import proxies, report, ways
from common.connects import Connects, interleave
from common.setting import Broken, Skip, environment, few_or_many

ONE_WAY = 25  # ms
NEAR, FAR = "198.51.100.1", "198.51.100.2"
BEHIND = "203.0.113.1"  # another address of the far host: the peers leave the proxy's own alone
PROXY, TARGET = f"{FAR}:1080", f"{BEHIND}:8001"


def build(here):
    """The link; the words that start a program at its far end."""
    here.need_namespace()
    if not os.path.exists("/dev/net/tun"):
        raise Skip("needs /dev/net/tun")
    argv = [here.program("delay"), str(ONE_WAY), NEAR, FAR]
    delay = here.start(argv, stdout=subprocess.PIPE, text=True)
    pid = delay.stdout.readline().strip()
    if not pid:
        raise Broken("the delaying link could not be made")
    far = ["nsenter", "--net", f"--target={pid}"]
    subprocess.run([*far, "ip", "address", "add", f"{BEHIND}/32", "dev", "lo"], check=True)
    subprocess.run(["ip", "route", "add", f"{BEHIND}/32", "dev", "delay0"], check=True)
    return far


def clients(here):
    """{name: (words, environment)}"""
    all_clients = {
        "no proxy": ([], environment()),
        "hand-written": ([PROXY], environment()),
        "socks5a, pipeline = on": ([], ways.shim(here, PROXY, "on")),
        "socks5a, pipeline = auto": ([], ways.shim(here, PROXY, "auto")),
        "socks5a, pipeline = off": ([], ways.shim(here, PROXY, "off")),
    }
    for name, variables in ways.installed_peers(here, PROXY):
        all_clients[name] = ([], variables)
    return all_clients


def run(here):
    far = build(here)
    here.target("end", TARGET.split(":")[1], far, BEHIND)
    proxies.socks5ad(here, PROXY, far)
    program = here.program("connects")
    running = {
        name: Connects([program, TARGET, *words], variables)
        for name, (words, variables) in clients(here).items()
    }
    took = interleave(running, rounds=few_or_many(3, 20), count=few_or_many(1, 5))
    trip = took["no proxy"][0]
    trips = {name: report.ratios(times, trip) for name, (times, _) in took.items()}
    rows = [
        (name, report.spread(times, 1e6, 1), report.spread(trips[name]))
        for name, (times, _) in took.items()
    ]
    report.table(
        f"Connections over a link of 2 × {ONE_WAY} ms through socks5ad",
        ("", "ms", "round trips"),
        rows,
    )
    report.aim("round trips with pipelining", trips["socks5a, pipeline = on"], 2.1)
    report.aim("round trips without", trips["socks5a, pipeline = off"], 3.1)
