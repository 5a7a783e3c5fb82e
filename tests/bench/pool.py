"""connect() by a session that waits logged in (pool = N), beside connects without one, over a link on
which packets take their time."""

import time

from common import link, proxies, report, ways
from common.connects import Connects, interleave
from common.credentials import Credentials
from common.link import PROXY, TARGET
from common.setting import environment, few_or_many

ONE_WAY = 25  # ms
EAF_PORT, RECORDS_PORT = 1081, 1082
DEMAND = 3  # connects before there is a pool
POOL = "method = eaf\ntol = off\npool = 4\n"
RECORDS = "tol = bare\npool = 4\n"


class Paused(Connects):
    """Between two batches the pool is filled again, as in a program that does not connect all the
    time."""

    def begin(self, count):
        time.sleep(8 * 2 * ONE_WAY / 1000)
        super().begin(count)


def clients(here, credentials, inside):
    eaf = credentials.serve("public key", f"{link.FAR}:{EAF_PORT}", inside)
    records = credentials.serve(
        "public key", f"{link.FAR}:{RECORDS_PORT}", inside, ["--methods", "tol, eaf"]
    )
    return {
        "no proxy": environment(),
        "no log-in": ways.shim(here, PROXY, "auto"),
        "log-in by key": credentials.client("public key", eaf),
        "a session that waits": credentials.client("public key", eaf, "-pool", POOL),
        "one in records": credentials.client("public key", records, "-records", RECORDS),
    } | dict(ways.installed_peers(here, PROXY))


def measure(here):
    """{name: [time]}"""
    credentials = Credentials(here)
    with link.delayed(here, ONE_WAY) as far:
        here.target("end", TARGET.split(":")[1], far, link.BEHIND)
        proxies.socks5ad(here, PROXY, far)
        program = here.program("connects")
        running = {}
        for name, variables in clients(here, credentials, far).items():
            running[name] = Paused([program, TARGET], variables)
            for _ in range(DEMAND):
                running[name].batch(1)
        took = interleave(running, rounds=few_or_many(3, 20), count=1)
    return {name: times for name, (times, *_) in took.items()}


def run(here):
    took = measure(here)
    trips = {name: report.ratios(times, took["no proxy"]) for name, times in took.items()}
    report.table(
        f"Sessions that wait, over a link of 2 × {ONE_WAY} ms",
        ("", "ms", "round trips"),
        [(name, report.spread(took[name], 1e6, 1), report.spread(trips[name])) for name in took],
    )
    report.aim("round trips of a connect by a session that waits", trips["a session that waits"], 1.1)
    report.aim("the same in records", trips["one in records"], 1.1)
