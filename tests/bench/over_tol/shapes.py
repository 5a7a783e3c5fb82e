"""What each type of TOL adds, in bytes and in time, to page loads and to a bulk transfer over a link
on which packets take their time."""

import json
import random
import subprocess
import sys

from common import link, report
from common.setting import HERE, Broken, few_or_many

from . import ways

ONE_WAY = 15  # ms
DEVICE = "delay0"


def _link_bytes():
    """Those that the near end of the link has sent and received, headers included."""
    argv = ["ip", "-s", "-j", "link", "show", "dev", DEVICE]
    counts = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)[0]["stats64"]
    return counts["tx"]["bytes"], counts["rx"]["bytes"]


def _load(variables, what, count):
    """(time in ns, bytes up, bytes down)"""
    before = _link_bytes()
    argv = [sys.executable, f"{HERE}/pages.py", what, str(count), link.BEHIND, "8001"]
    done = subprocess.run(argv, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"pages.py: {done.stderr[-500:]}")
    return int(done.stdout), *(new - old for new, old in zip(_link_bytes(), before))


def in_rounds(clients, what, count):
    """{name: ([time], [up], [down])}"""
    took = {name: ([], [], []) for name in clients}
    order = list(clients)
    for _ in range(few_or_many(2, 10)):
        random.shuffle(order)
        for name in order:
            for values, value in zip(took[name], _load(clients[name], what, count)):
                values.append(value)
    return took


def show(title, took):
    base = took[ways.CLEAR]
    rows = []
    for name, (times, up, down) in took.items():
        row = [name, report.spread(times, 1e6, 0), report.spread(report.ratios(times, base[0]))]
        for values, other in ((up, base[1]), (down, base[2])):
            row.append(report.spread(values, 1024, 0))
            row.append(report.spread(report.ratios(values, other)))
        rows.append(tuple(row))
    header = ("", "ms", "× clear", "KiB up", "× clear", "KiB down", "× clear")
    report.table(title, header, rows)


def run(here, found):
    with link.delayed(here, ONE_WAY) as far:
        here.target("pages", link.TARGET.split(":")[1], far, link.BEHIND)
        clients = {}
        for name, keys in [("clear", "tol = off\n")] + [(t, f"tol = {t}\n") for t in ways.TYPES]:
            proxy, _ = found.serve("bare" if name == "clear" else name, far, link.FAR)
            clients[ways.OF_TYPE.get(name, ways.CLEAR)] = found.client(proxy, keys)
        pages, size = few_or_many(2, 8), few_or_many(4, 32)
        show(f"{pages} page loads over a link of 2 × {ONE_WAY} ms",
             in_rounds(clients, "pages", pages))  # fmt: skip
        show(f"{size} MiB down over that link", in_rounds(clients, "bulk", size))
