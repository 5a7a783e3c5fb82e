"""Programs that people use, with many GETs at once over a link on which every packet takes its
time: under socks5a-run, beside the same program with a SOCKS5 client of its own."""

import subprocess
import sys

from common import link, proxies, report, side_by_side, ways
from common.link import PROXY, TARGET
from common.setting import BUILD, HERE, Broken, Skip, environment, few_or_many, need_tool

ONE_WAY = 50  # ms
COUNT = 50
OWN = "native"
AIMS = (("off", OWN), ("on", f"{OWN}, early"), ("auto", OWN))


def programs():
    """{name: words}; says which are not there."""
    found = {"asyncio": [sys.executable, f"{HERE}/gets.py"]}
    try:
        found["node"] = [need_tool("node"), f"{HERE}/gets.js"]
    except Skip as reason:
        print(f"node: skipped: {reason}", flush=True)
    return found


def run_once(before, argv, words, variables):
    """A function that makes so many GETs in one process, and gives their time."""

    def once(count):
        done = subprocess.run(
            [*before, *argv, str(count), *TARGET.split(":"), *words],
            env=variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise Broken(f"{argv}: {done.stderr[-500:]}")
        return [int(done.stdout)]

    return once


def ways_of(here, argv):
    """{name: function}. "Early" is greeting and request in one write."""
    own = PROXY.split(":")
    result = {
        "no proxy": run_once([], argv, [], environment()),
        OWN: run_once([], argv, own, environment()),
        f"{OWN}, early": run_once([], argv, [*own, "early"], environment()),
    }
    for pipeline in ("off", "on", "auto"):
        variables = ways.shim(here, PROXY, pipeline)
        del variables["LD_PRELOAD"]  # that is for socks5a-run to do
        name = f"socks5a-run, pipeline = {pipeline}"
        result[name] = run_once([f"{BUILD}/socks5a-run"], argv, [], variables)
    return result


def show(program, plans, times):
    rows = []
    for name, values in times.items():
        bound = "> " if side_by_side.is_less(plans, name, OWN) else ""
        ratio = report.spread(report.ratios(values, times[OWN]))
        rows.append((name, str(plans[name]), report.spread(values, 1e6, 0), bound + ratio))
    report.table(
        f"{program}: GETs over a link of 2 × {ONE_WAY} ms through socks5ad, ms",
        ("", "GETs", "all", f"× {OWN}"),
        rows,
    )


def run_program(here, program, argv):
    trip = 2 * ONE_WAY * 1e6
    plans, took = side_by_side.in_rounds(ways_of(here, argv), trip, COUNT, few_or_many(3, 20))
    times = {name: [time for (time,) in batches] for name, batches in took.items()}
    show(program, plans, times)
    for pipeline, own in AIMS:
        values = report.ratios(times[f"socks5a-run, pipeline = {pipeline}"], times[own])
        report.aim(f"{program}, {COUNT} GETs: pipeline = {pipeline}, × {own}", values, 1.15)


def run(here):
    with link.delayed(here, ONE_WAY) as far:
        here.crowd(TARGET, "http", far)
        proxies.socks5ad(here, PROXY, far)
        for program, argv in programs().items():
            run_program(here, program, argv)
