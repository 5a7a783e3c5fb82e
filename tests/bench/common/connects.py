"""Programs that connect, each in a process that lives from the first batch to the last, so that
what happens once (reading a configuration) is not counted a hundred times."""

import random
import subprocess

from .setting import Broken


class Connects:
    """A running tests/bench/connects."""

    def __init__(self, argv, variables):
        self.process = subprocess.Popen(
            argv,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def batch(self, count):
        """(median time, CPU time) of one connection, in ns."""
        try:
            self.process.stdin.write(f"{count}\n")
            self.process.stdin.flush()
            time, cpu = self.process.stdout.readline().split()
        except (OSError, ValueError):
            raise Broken(f"{self.process.args}: {self.process.stderr.read()[-300:]}") from None
        return int(time), int(cpu)

    def end(self):
        self.process.communicate("")


def interleave(running, rounds, count):
    """Batches of each in turn, in an order that differs from round to round.
    {name: ([time], [CPU time])}"""
    order = list(running)
    took = {name: ([], []) for name in order}
    for name in order:
        running[name].batch(count)  # what happens once
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            for values, value in zip(took[name], running[name].batch(count)):
                values.append(value)
    for program in running.values():
        program.end()
    return took
