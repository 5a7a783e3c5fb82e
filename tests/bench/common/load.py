"""A server and the programs that connect through it, with the CPU time of both."""

import time

from .connects import Connects
from .processes import cpu_clock


class Load:
    """Programs that connect at once through a server of their own."""

    def __init__(self, server, programs):
        """`server`: what Setting.start() gave; `programs`: (argv, environment) of each."""
        self.clock = cpu_clock(server.pid)
        self.programs = [Connects(argv, variables) for argv, variables in programs]

    def batch(self, count):
        """So many connections of each program: the mean of their median times, the CPU time of a
        client and of the server for each connection, the time from first to last; all in ns."""
        start, cpu = time.monotonic_ns(), time.clock_gettime_ns(self.clock)
        for program in self.programs:
            program.begin(count)
        times, clients = zip(*(program.wait() for program in self.programs))
        cpu, end = time.clock_gettime_ns(self.clock) - cpu, time.monotonic_ns()
        many = len(self.programs)
        return [sum(times) / many, sum(clients) / many, cpu / (count * many), end - start]

    def end(self):
        for program in self.programs:
            program.end()
