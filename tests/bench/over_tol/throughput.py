"""Many bytes over one connection and over eight: their rate, and the CPU time of both sides."""

import random
import subprocess

from common import processes, report
from common.setting import TARGET, Broken, few_or_many

from . import ways

MIB, GIB = 1 << 20, 1 << 30
TARGETS = {"down": ("source", 8012), "up": ("sink", 8013)}


def transfer(here, way, size, many, direction, before=()):
    """(time, CPU time of the client's side, of the server's) in ns."""
    clients, servers = way.clients(), way.servers()
    used = processes.cpu_ns(clients), processes.cpu_ns(servers)
    target = f"{TARGET}:{TARGETS[direction][1]}"
    program = [here.program("transfer"), f"{size}/{many}", direction, target, *way.words]
    done = subprocess.run(
        [*before, *program], env=way.variables, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"transfer: {done.stderr[-300:]}")
    time, own = (int(word) for word in done.stdout.split()[-2:])
    client = own + processes.cpu_ns(clients) - used[0]
    return time, client, processes.cpu_ns(servers) - used[1]


def in_rounds(here, found, size, many, direction):
    """{name: ([time], [client], [server])}"""
    took = {name: ([], [], []) for name in found}
    order = list(found)
    for name in order:  # what happens once
        transfer(here, found[name], MIB, 1, direction)
    for _ in range(few_or_many(3, 12)):
        random.shuffle(order)
        for name in order:
            measured = transfer(here, found[name], size, many, direction)
            for values, value in zip(took[name], measured):
                values.append(value)
    return took


def row(name, measured, took, size):
    times, clients, servers = measured
    rates = [size / MIB / (time / 1e9) for time in times]
    return (
        name,
        report.spread(rates, digits=0),
        report.spread(report.ratios(took[ways.CLEAR][0], times)),
        report.spread([cpu / size * GIB / 1e9 for cpu in clients]),
        report.spread([cpu / size * GIB / 1e9 for cpu in servers]),
    )


def best_peer(took):
    """The rates of shadowsocks-libev's faster cipher, round by round; None without it."""
    peers = [[1 / time for time in took[name][0]] for name in ways.SHADOWSOCKS if name in took]
    return [max(rates) for rates in zip(*peers)] if peers else None


def aim(took, what):
    """Times in place of rates, so that less is better."""
    best = best_peer(took)
    for name in (ways.BARE, ways.PADDING):
        times = took[name][0]
        if best:
            peer = [1 / rate for rate in best]
            report.aim(f"{what}: {name}, time × shadowsocks-libev's best",
                       report.ratios(times, peer), 1 / 1.5)  # fmt: skip
        clear = report.ratios(times, took[ways.CLEAR][0])
        report.aim(f"{what}: {name}, time × the clear relay's", clear, 2)


def run(here, found):
    size = few_or_many(GIB // 8, GIB)
    for direction, (how, port) in TARGETS.items():
        here.target(how, port)
        for many in (1, 8):
            took = in_rounds(here, found, size, many, direction)
            what = f"{direction}, {many} connection{'s' if many > 1 else ''}"
            report.table(
                f"{size // MIB} MiB {what}",
                ("", "MiB/s", "× the clear relay", "client, CPU s/GiB", "server, CPU s/GiB"),
                [row(name, measured, took, size) for name, measured in took.items()],
            )
            aim(took, what)
