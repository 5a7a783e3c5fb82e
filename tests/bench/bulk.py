"""Many bytes over one connection through socks5ad on this machine: in the way of the bytes there is
nothing of the shim but the check in send(), so nothing may be seen."""

import random
import subprocess

from common import proxies, report, ways
from common.setting import Broken, environment, few_or_many

GIB = 1 << 30
PROXY = "127.0.0.1:1090"


def transfer(here, way, target, client, size):
    words, variables = client
    done = subprocess.run(
        [here.program("transfer"), str(size), way, target, *words],
        env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Broken(f"transfer: {done.stderr[-300:]}")
    return [int(word) for word in done.stdout.split()]


def in_pairs(here, way, target, clients, size):
    """{name: ([time], [CPU time])}"""
    took = {name: ([], []) for name in clients}
    order = list(clients)
    for _ in range(few_or_many(2, 24)):
        random.shuffle(order)
        for name in order:
            for values, value in zip(took[name], transfer(here, way, target, clients[name], size)):
                values.append(value)
    return took


def run_way(here, way, target, clients):
    size = few_or_many(GIB // 4, GIB)
    took = in_pairs(here, way, target, clients, size)
    base = took["hand-written"]
    rows = []
    for name, (times, cpu) in took.items():
        speed = [size / (1 << 20) / (time / 1e9) for time in times]
        rows.append(
            (
                name,
                report.spread(speed, digits=0),
                report.spread(report.ratios(times, base[0])),
                report.spread(cpu, 1e9),
                report.spread(report.ratios(cpu, base[1])),
            )
        )
    header = ("", "MiB/s", "time, × hand-written", "CPU, s", "CPU, × hand-written")
    report.table(f"{size >> 20} MiB {way} through socks5ad", header, rows)
    ours = took["socks5a"]
    for what, values, other in zip(("time", "CPU"), ours, base):
        report.aim(f"bulk {way}: {what}, × hand-written", report.ratios(values, other), 1.02)


def run(here):
    here.need_namespace()
    proxies.socks5ad(here, PROXY)
    clients = {
        "hand-written": ([PROXY], environment()),
        "socks5a": ([], ways.shim(here, PROXY, "off")),
    }
    for way, how, port in (("down", "source", 8002), ("up", "sink", 8003)):
        run_way(here, way, here.target(how, port), clients)
