"""Non-blocking connect(), many at once: over a link on which every packet takes its time, beside a
client with a thread for each; and what it costs the program, beside the blocking one."""

import time

from common import link, proxies, report, setting, side_by_side, ways
from common.connects import Connects, interleave
from common.link import PROXY, TARGET
from common.setting import environment, few_or_many

ONE_WAY = 25  # ms
COUNT = 200
NEAR_PROXY = "127.0.0.1:1092"
AIMS = (
    ("socks5a, pipeline = auto", "hand-written, threads"),
    ("socks5a, pipeline = off", "hand-written, threads"),
    ("socks5a, pipeline = on", "hand-written, threads, early"),
)


def far_clients(here):
    """{name: (how, words, environment)}. "Early" is greeting and request in one write."""
    peers = ways.installed_peers(here, PROXY, (ways.torsocks, ways.proxychains4))
    return {
        "no proxy": ("together", [], environment()),
        "hand-written, threads": ("threads", [PROXY], environment()),
        "hand-written, threads, early": ("threads", [PROXY, "early"], environment()),
        **{
            f"socks5a, pipeline = {pipeline}": ("together", [], ways.shim(here, PROXY, pipeline))
            for pipeline in ("off", "on", "auto")
        },
        **{name: ("together", [], variables) for name, variables in peers},
    }


def start(here, target, clients):
    program = here.program("parallel")
    return {
        name: Connects([program, how, "close", target, *words], variables)
        for name, (how, words, variables) in clients.items()
    }


def after_the_last(program):
    """A batch that begins when the ends of the one before are over the link."""

    def batch(count):
        time.sleep(4 * ONE_WAY / 1000)
        return program.batch(count)

    return batch


def measure_far(here, clients):
    """({name: Plan}, {name: [numbers of each round]})"""
    with link.delayed(here, ONE_WAY) as far:
        here.crowd(TARGET, "echo", far)
        proxies.socks5ad(here, PROXY, far)
        running = start(here, TARGET, clients)
        batches = {name: after_the_last(program) for name, program in running.items()}
        trip = 2 * ONE_WAY * 1e6
        result = side_by_side.in_rounds(batches, trip, COUNT, few_or_many(3, 20), ways.PEERS)
        for program in running.values():
            program.end()
    return result


def show_far(clients, plans, took):
    base = "hand-written, threads"
    times = {name: [numbers[0] for numbers in batches] for name, batches in took.items()}
    rows = []
    for name, batches in took.items():
        bound = "> " if side_by_side.is_less(plans, name, base) else ""
        ratio = report.spread(report.ratios(times[name], times[base]))
        stay = report.spread([numbers[2] for numbers in batches], 1e6, 3)
        rows.append(
            (
                name,
                str(plans[name]),
                report.spread(times[name], 1e6, 1),
                report.spread([numbers[1] for numbers in batches], 1e6, 1),
                bound + ratio,
                stay if clients[name][0] == "together" else "",
            )
        )
    report.table(
        f"Connections over a link of 2 × {ONE_WAY} ms through socks5ad, ms",
        ("", "connections", "all connected", "a byte back", f"× {base}", "longest connect()"),
        rows,
    )


def aim_far(took):
    times = {name: [numbers[0] for numbers in batches] for name, batches in took.items()}
    for ours, hand in AIMS:
        values = report.ratios(times[ours], times[hand])
        report.aim(f"{COUNT} at once: {ours}, × {hand}", values, 1.25)
        stays = [numbers[2] / 1e6 for numbers in took[ours]]
        report.aim(f"{COUNT} at once: {ours}, longest connect(), ms", stays, 1)


def near_clients(here):
    """{name: (how, words, environment)}"""
    shim = ways.shim(here, NEAR_PROXY, "auto")
    return {
        "no proxy, blocking": ("blocking", [], environment()),
        "no proxy, at once": ("together", [], environment()),
        "no proxy, one by one": ("single", [], environment()),
        "hand-written, blocking": ("blocking", [NEAR_PROXY], environment()),
        "hand-written, threads": ("threads", [NEAR_PROXY], environment()),
        "socks5a, blocking": ("blocking", [], shim),
        "socks5a, at once": ("together", [], shim),
        "socks5a, one by one": ("single", [], shim),
    }


def measure_near(here, clients):
    """{name: ([CPU time], [connections left to be awaited])}, an item a round"""
    target = here.crowd(f"{setting.TARGET}:8004", "echo")
    proxies.socks5ad(here, NEAR_PROXY)
    running = start(here, target, clients)
    took = interleave(running, few_or_many(10, 60), COUNT)
    return {name: (cpu, awaited) for name, (_, _, _, cpu, awaited) in took.items()}


def show_near(clients, took):
    base = "socks5a, blocking"
    rows = [
        (
            name,
            report.spread(cpu, 1000, 1),
            report.spread(report.ratios(cpu, took[base][0])),
            f"{min(awaited)} of {COUNT}" if clients[name][0] in ("together", "single") else "",
        )
        for name, (cpu, awaited) in took.items()
    ]
    report.table(
        f"CPU time of the program for each of {COUNT} connections, at no distance, µs",
        ("", "CPU", f"× {base}", "EINPROGRESS"),
        rows,
    )


def aim_near(took):
    cpu, awaited = took["socks5a, at once"]
    if min(awaited) < COUNT:
        print("\nsocks5a, at once: not every connect() gave EINPROGRESS: no CPU time to compare")
        return
    values = report.ratios(cpu, took["socks5a, blocking"][0])
    report.aim("CPU of a connection: socks5a, at once, × blocking", values, 1.5)


def run(here):
    here.reuse_ports()
    clients = far_clients(here)
    plans, took = measure_far(here, clients)
    show_far(clients, plans, took)
    aim_far(took)
    clients = near_clients(here)
    took = measure_near(here, clients)
    show_near(clients, took)
    aim_near(took)
