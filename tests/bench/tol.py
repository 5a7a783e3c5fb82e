"""Sealed sessions (method 81), beside the clear relay of the same server and the peers that encrypt:
rates and CPU time, where that goes, latency, memory, and what each type adds."""

from common.setting import Skip
from over_tol import ciphers, latency, memory, shapes, throughput, ways


def part(name, run, *words):
    try:
        run(*words)
    except Skip as reason:
        print(f"\ntol, {name}: skipped: {reason}", flush=True)


def run(here):
    here.reuse_ports()
    all_ways = ways.Ways(here)
    found = all_ways.ours() | all_ways.peers()
    part("throughput", throughput.run, here, found)
    part("ciphers", ciphers.run, here, found)
    part("latency", latency.run, here, found)
    part("memory", memory.run, here, found)
    part("shapes", shapes.run, here, all_ways)
