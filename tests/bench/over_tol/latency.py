"""64 bytes there and back over a connection that stands."""

from common import report
from common.connects import Connects, interleave
from common.setting import TARGET, few_or_many

from . import ways


def run(here, found):
    target = here.crowd(f"{TARGET}:8014", "echo")
    program = here.program("echoes")
    running = {
        name: Connects([program, target, *way.words], way.variables) for name, way in found.items()
    }
    count = few_or_many(200, 1000)
    took = interleave(running, rounds=few_or_many(5, 40), count=count)
    base = took[ways.CLEAR]
    report.table(
        "64 bytes there and back, µs each",
        ("", "time", f"× {ways.CLEAR}", "CPU of the program"),
        [
            (
                name,
                report.spread(times, 1000, 1),
                report.spread(report.ratios(times, base[0])),
                report.spread(cpu, 1000, 1),
            )
            for name, (times, cpu) in took.items()
        ],
    )
    for name in (ways.BARE, ways.PADDING):
        report.aim(f"64 bytes there and back: {name}, × the clear session",
                   report.ratios(took[name][0], base[0]), 1.2)  # fmt: skip
