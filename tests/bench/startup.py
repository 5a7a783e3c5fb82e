"""Start-up of /bin/true: a library preloaded into it, and through the wrappers."""

import os
import shutil
import subprocess

from common import counters, report, ways
from common.setting import BUILD, LIBRARY, ROOT, Broken, Skip, few_or_many

BLOCKS = 8  # of rounds: a ratio of small differences is taken in each


def measure(here, programs):
    """{name: [ns of each round]} and {name: page faults} of {name: words for spawn}."""
    words = [word for program in programs.values() for word in ("::", *program)]
    rounds = few_or_many(40, 800)
    done = subprocess.run(
        [here.program("spawn"), str(rounds), *words], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"spawn: {done.stdout[-300:]}")
    lines = [
        [[int(part) for part in word.split(":")] for word in line.split()]
        for line in done.stdout.splitlines()
    ]
    took, faults = {}, {}
    for name, column in zip(programs, zip(*lines)):
        took[name] = [time for time, _ in column]
        faults[name] = report.quartiles([count for _, count in column])[1]
    return took, faults


def cost_ratios(took, unit):
    """For each name its cost over "nothing" as a multiple of that of `unit`, block by block."""
    size = max(len(took["nothing"]) // BLOCKS, 1)

    def costs(name):
        starts = range(0, len(took[name]) - size + 1, size)
        medians = [
            [report.quartiles(took[each][at : at + size])[1] for each in (name, "nothing")]
            for at in starts
        ]
        return [with_it - without for with_it, without in medians]

    return {name: report.ratios(costs(name), costs(unit)) for name in took}


def libraries(here):
    found = {"nothing": None, "empty library": here.program("empty.so"), "socks5a": LIBRARY}
    for name in ways.PEERS:
        try:
            found[name] = ways.peer_library(name)
        except Skip as reason:
            print(f"{name}: skipped: {reason}", flush=True)
    return found


def rows_of(took, costs, extra):
    middle = report.quartiles(took["nothing"])[1]
    for name, values in took.items():
        over = (report.quartiles(values)[1] - middle) / 1000
        ratio = report.spread(costs[name]) if name != "nothing" else ""
        yield (name, report.spread(values, 1000, 0), f"{over:.0f}", ratio, *extra(name))


def count_instructions(found):
    try:
        return {name: counters.instructions(library) for name, library in found.items()}
    except Skip as reason:
        print(f"instructions: skipped: {reason}", flush=True)
        return {}


def run_preload(here):
    found = libraries(here)
    programs = {
        name: ([f"LD_PRELOAD={library}"] if library else [])
        + ["PROXYCHAINS_QUIET_MODE=1", "/bin/true"]
        for name, library in found.items()
    }
    took, faults = measure(here, programs)
    costs = cost_ratios(took, "empty library")
    counted = count_instructions(found)
    report.table(
        "Start-up of /bin/true with a library preloaded, µs",
        ("", "time", "cost", "× empty library", "page faults", "instructions"),
        list(
            rows_of(
                took, costs, lambda name: [f"{faults[name]:.0f}", f"{counted.get(name, 0):,}"]
            )
        ),
    )
    report.aim("start-up: preload, × empty library", costs["socks5a"], 1.6)


def run_wrappers(here):
    script = f"{ROOT}/scripts/socks5a-run"
    ours = [f"SOCKS5A_BUILD={BUILD}", f"SOCKS5A_STATE_DIR={here.directory}"]
    proxy = "127.0.0.1:1080"
    programs = {
        "nothing": ["/bin/true"],
        "socks5a-run": [*ours, f"SOCKS5A_PROXY={proxy}", f"{BUILD}/socks5a-run", "/bin/true"],
        "socks5a-run -s": [*ours, f"{BUILD}/socks5a-run", "-s", proxy, "/bin/true"],
        "socks5a-run, not installed": [*ours, f"SOCKS5A_PROXY={proxy}", script, "/bin/true"],
    }
    for peer in ("tsocks", "torsocks", "proxychains4"):
        path = shutil.which(peer)
        if path:
            programs[peer] = ["PROXYCHAINS_QUIET_MODE=1", path, "/bin/true"]
    took, _ = measure(here, programs)
    unit = "tsocks" if "tsocks" in took else "socks5a-run"
    costs = cost_ratios(took, unit)
    report.table(
        "Start-up of /bin/true through wrappers, µs",
        ("", "time", "cost", f"× {unit}"),
        list(rows_of(took, costs, lambda name: [])),
    )
    if unit == "tsocks":
        report.aim("start-up: wrapper, × tsocks", costs["socks5a-run"], 1.0)
        report.aim("start-up: wrapper with -s, × tsocks", costs["socks5a-run -s"], 1.0)


def run(here):
    if not os.path.exists(f"{BUILD}/socks5a-run"):
        raise Broken(f"{BUILD}/socks5a-run is not there: build first")
    run_preload(here)
    run_wrappers(here)
