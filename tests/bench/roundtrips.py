"""Connections over a link on which every packet takes its time: how many round trips each needs."""

from common import link, proxies, report, ways
from common.connects import Connects, interleave
from common.link import PROXY, TARGET
from common.setting import environment, few_or_many

ONE_WAY = 25  # ms


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


def measure(here, far):
    """{name: ([time], [CPU time])}"""
    here.target("end", TARGET.split(":")[1], far, link.BEHIND)
    proxies.socks5ad(here, PROXY, far)
    program = here.program("connects")
    running = {
        name: Connects([program, TARGET, *words], variables)
        for name, (words, variables) in clients(here).items()
    }
    return interleave(running, rounds=few_or_many(3, 20), count=few_or_many(1, 5))


def run(here):
    with link.delayed(here, ONE_WAY) as far:
        took = measure(here, far)
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
