"""What a relay costs the program: one that is idle, and one whose buffers are full both ways."""

import time

from common import report
from common.connects import Connects
from common.setting import TARGET, few_or_many
from idle import state_of

from . import ways

IDLE, STEP, BUSY = 2000, 100, 64
REST = 1  # s, until what is done behind the program's back is done


def grown(argv, variables, first, more, step):
    """(PSS, RSS) in bytes for each of `more` connections that come to the `first` ones, and the
    descriptors for each."""
    program = Connects(argv, variables)
    program.batch(first)
    time.sleep(REST)
    before = state_of(program.process.pid)
    for _ in range(more // step):
        program.batch(step)
    time.sleep(REST)
    after = state_of(program.process.pid)
    program.end()
    pss, rss, _, descriptors, _ = (new - old for new, old in zip(after, before))
    return pss * 1024 / more, rss * 1024 / more, descriptors / more


def measure(argv, found, first, more, step):
    """{name: [(PSS, RSS, descriptors) of each round]}"""
    took = {name: [] for name in found}
    for _ in range(few_or_many(1, 5)):
        for name, way in found.items():
            took[name].append(grown(argv, way.variables, first, more, step))
    return took


def show(title, took, limits):
    report.table(
        title,
        ("", "PSS, KiB", "RSS, KiB", "descriptors"),
        [
            (name, *(report.spread(values, scale, 1) for values, scale in zip(zip(*rounds), (1024, 1024, 1))))
            for name, rounds in took.items()
        ],
    )  # fmt: skip
    for name, most in limits.items():
        report.aim(f"{title}: {name}", [pss / 1024 for pss, _, _ in took[name]], most)


def run(here, found):
    ours = {name: found[name] for name in (ways.CLEAR, ways.BARE, ways.PADDING)}
    echo = here.crowd(f"{TARGET}:8015", "echo")
    idle = [here.program("parallel"), "together", "keep", echo]
    took = measure(idle, ours, STEP, IDLE, STEP)
    show(f"Memory of the program for each of {IDLE} idle connections", took,
         dict.fromkeys((ways.BARE, ways.PADDING), 8))  # fmt: skip
    source = here.target("source", 8016)
    took = measure([here.program("stuffed"), source], ours, 4, BUSY, BUSY)
    show(f"Memory of the program for each of {BUSY} connections with full buffers", took,
         dict.fromkeys((ways.BARE, ways.PADDING), 600))  # fmt: skip
