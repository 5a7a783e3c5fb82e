"""Many connections at once, through ways that may turn out to make them one after the other. Such
ones are given fewer rounds, and in a short run fewer connections, for each takes its time."""

import random

from .setting import Broken, few_or_many

FEW = 10  # of a way's first batch, in which happens what happens once


class Plan:
    """How many connections a way makes in a round, and in how many rounds."""

    def __init__(self, first, trip, count, rounds):
        self.is_queue = first > FEW * trip  # a round trip for each and more
        self.count = few_or_many(2 * FEW, count) if self.is_queue else count
        self.rounds = few_or_many(1, 2) if self.is_queue else rounds

    def __str__(self):
        """For a table."""
        return f"{self.count}, one by one" if self.is_queue else f"{self.count}"


def is_less(plans, name, base):
    """Whether a ratio of the two is only a lower bound."""
    return plans[name].count < plans[base].count


def _first(ways, trip, count, rounds, may_fail):
    """{name: Plan} of those that work; says which do not, where they may."""
    plans = {}
    for name, once in ways.items():
        try:
            plans[name] = Plan(once(FEW)[0], trip, count, rounds)
        except Broken as why:
            if name not in may_fail:
                raise
            print(f"{name}: left out: {why}", flush=True)
    return plans


def in_rounds(ways, trip, count, rounds, may_fail=()):
    """Of {name: function that makes so many connections and gives numbers, the time first}, with a
    round trip in ns: ({name: Plan}, {name: [numbers of each round]})"""
    plans = _first(ways, trip, count, rounds, may_fail)
    took = {name: [] for name in plans}
    order = list(plans)
    for i in range(rounds):
        random.shuffle(order)
        for name in order:
            if i < plans[name].rounds:
                took[name].append(ways[name](plans[name].count))
    return plans, took
