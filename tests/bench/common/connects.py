"""Programs that connect, each in a process that lives from the first batch to the last, so that
what happens once (reading a configuration) is not counted a hundred times."""

import random
import subprocess

from .setting import Broken


class Connects:
    """A running tests/bench/connects, or parallel."""

    def __init__(self, argv, variables):
        self.process = subprocess.Popen(
            argv,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _broken(self):
        return Broken(f"{self.process.args}: {self.process.stderr.read()[-300:]}")

    def begin(self, count):
        """Has the program make so many connections."""
        try:
            self.process.stdin.write(f"{count}\n")
            self.process.stdin.flush()
        except OSError:
            raise self._broken() from None

    def wait(self):
        """What the program says about them when they are made: numbers, times in ns."""
        line = self.process.stdout.readline()
        if not line:
            raise self._broken()
        return [int(word) for word in line.split()]

    def batch(self, count):
        self.begin(count)
        return self.wait()

    def end(self):
        self.process.communicate("")


def interleave(running, rounds, count):
    """Batches of each in turn, in an order that differs from round to round.
    {name: a list for each number that batch() gives, such as ([time], [CPU time])}"""
    order = list(running)
    first = {name: running[name].batch(count) for name in order}  # what happens once
    took = {name: tuple([] for _ in first[name]) for name in order}
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            for values, value in zip(took[name], running[name].batch(count)):
                values.append(value)
    for program in running.values():
        program.end()
    return took
