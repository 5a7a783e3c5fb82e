"""Thousands of connections that are held open: what each costs the program."""

import collections
import os
import random
import resource
import time

from common import proxies, report, ways
from common.connects import Connects
from common.setting import TARGET, Skip, environment, few_or_many

COUNT, STEP = 5000, 250
HELD = COUNT + STEP
PROXY_PORT, TARGET_PORT = 1100, 8100  # the first of each
OF_SESSION, SPARE = 6, 64  # descriptors of socks5ad, which counts with the most it may need
REST = 1  # s, until what is done behind the program's back is done


Grown = collections.namedtuple("Grown", "pss rss tables descriptors memory threads awaited")


def allow_descriptors():
    """How many socks5ad it takes, for which the limit is raised where that is allowed."""
    wished = HELD * OF_SESSION + 2 * SPARE
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit < wished:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wished, wished))
            limit = wished
        except (ValueError, OSError):
            pass
    if limit < HELD + 4 * STEP:
        raise Skip(f"needs a limit of {HELD + 4 * STEP} descriptors, not {limit}")
    return -(-HELD // ((limit - SPARE) // OF_SESSION - 1))


def serve(here):
    """As many proxies as it takes, and a target for each: {port of the target: proxy}"""
    parts = range(allow_descriptors())
    for part in parts:
        here.crowd(f"{TARGET}:{TARGET_PORT + part}", "echo")
        proxies.socks5ad(here, f"127.0.0.1:{PROXY_PORT + part}")
    return {TARGET_PORT + part: f"127.0.0.1:{PROXY_PORT + part}" for part in parts}


def value_of(path, key):
    """A number of a file of lines such as "Pss: 12 kB"."""
    with open(path, encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key + ":"))


def state_of(pid):
    """What a process holds: KiB of memory, of page tables; descriptors, threads."""
    return (
        value_of(f"/proc/{pid}/smaps_rollup", "Pss"),
        value_of(f"/proc/{pid}/smaps_rollup", "Rss"),
        value_of(f"/proc/{pid}/status", "VmPTE"),
        len(os.listdir(f"/proc/{pid}/fd")),
        value_of(f"/proc/{pid}/status", "Threads"),
    )


def hold(argv, variables):
    """What one program grows by from its first STEP connections to COUNT more; then its memory, its
    threads, and how many connections it was left to await."""
    program = Connects(argv, variables)
    awaited = program.batch(STEP)[-1]
    time.sleep(REST)
    before = state_of(program.process.pid)
    for _ in range(COUNT // STEP):
        awaited += program.batch(STEP)[-1]
    time.sleep(REST)
    after = state_of(program.process.pid)
    program.end()
    pss, rss, tables, descriptors, _ = (new - old for new, old in zip(after, before))
    return Grown(pss, rss, tables, descriptors, after[0], after[-1], awaited)


def clients(here, served):
    """{name: (how, words, environment)}"""
    shim = ways.shim_by_port(here, served)
    return {
        "no proxy, non-blocking": ("together", [], environment()),
        "hand-written, blocking": ("blocking", [served[TARGET_PORT]], environment()),
        "socks5a, blocking": ("blocking", [], shim),
        "socks5a, non-blocking": ("together", [], shim),
    }


def measure(here, served):
    """{name: [what it grew by, in each round]}"""
    program = here.program("parallel")
    target = f"{TARGET}:{TARGET_PORT}+{len(served) - 1}"
    all_clients = clients(here, served)
    grown = {name: [] for name in all_clients}
    order = list(all_clients)
    for _ in range(few_or_many(1, 7)):
        random.shuffle(order)
        for name in order:
            how, words, variables = all_clients[name]
            grown[name].append(hold([program, how, "keep", target, *words], variables))
    return grown


def each(rounds, what):
    """Bytes for each connection."""
    return [getattr(grown, what) * 1024 / COUNT for grown in rounds]


def beyond(grown, name):
    pairs = zip(each(grown[name], "pss"), each(grown["hand-written, blocking"], "pss"))
    return [mine - other for mine, other in pairs]


def row(grown, name):
    rounds = grown[name]
    return (
        name,
        report.spread(each(rounds, "pss"), digits=0),
        report.spread(each(rounds, "rss"), digits=0),
        report.spread(beyond(grown, name), digits=0),
        report.spread(each(rounds, "tables"), digits=1),
        report.spread([one.descriptors / COUNT for one in rounds]),
        f"{max(one.threads for one in rounds)}",
        report.spread([one.memory for one in rounds], digits=0),
        f"{min(one.awaited for one in rounds)} of {HELD}" if "non-blocking" in name else "",
    )


def show(grown, served):
    title = f"{COUNT} connections held open through {len(served)} socks5ad, bytes each"
    report.table(
        title,
        ("", "PSS", "RSS", "PSS, beyond hand-written", "page tables", "descriptors", "threads",
         "whole program, KiB", "EINPROGRESS"),
        [row(grown, name) for name in grown],
    )  # fmt: skip


def aim(grown):
    for name in ("socks5a, blocking", "socks5a, non-blocking"):
        if "non-blocking" in name and min(one.awaited for one in grown[name]) < HELD:
            print(f"\n{name}: not every connect() gave EINPROGRESS: no memory to compare")
        else:
            what = f"idle connection: {name}, bytes beyond hand-written"
            report.aim(what, beyond(grown, name), 1024)


def run(here):
    here.reuse_ports()
    served = serve(here)
    grown = measure(here, served)
    show(grown, served)
    aim(grown)
