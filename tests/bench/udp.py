"""Datagrams that a target echoes: their time with one on its way, and with many; iperf3's. Through
socks5ad and danted, with the shim and with dante's socksify, and without a proxy."""

import json
import subprocess

from common import proxies, report, ways
from common.connects import Connects, interleave
from common.setting import Broken, Skip, environment, few_or_many, need_tool

SERVERS = (proxies.socks5ad, proxies.danted)
SOCKSIFY = """
resolveprotocol: fake
route {{
    from: 0.0.0.0/0 to: 0.0.0.0/0 via: {host} port = {port}
    proxyprotocol: socks_v5 protocol: tcp udp method: none
}}
"""
SHAPES = (("one of 64 bytes on its way", 1, 64), ("16 of 1,000 bytes on their way", 16, 1000))
OURS, PEER = "socks5a through danted", "socksify through danted"


def socksify(here, proxy):
    host, port = proxy.split(":")
    need_tool("socksify")
    config = here.write(f"socks-{port}.conf", SOCKSIFY.format(host=host, port=port))
    return environment(LD_PRELOAD="libdsocksd.so.0", SOCKS_CONF=config)


def start_ways(here):
    """{name: environment}"""
    all_ways = {"no proxy": environment()}
    for port, start in enumerate(SERVERS, 1090):
        try:
            proxy = start(here, f"127.0.0.1:{port}")
            all_ways[f"socks5a through {start.__name__}"] = ways.shim(here, proxy, "auto")
            all_ways[f"socksify through {start.__name__}"] = socksify(here, proxy)
        except Skip as reason:
            print(f"{start.__name__}: skipped: {reason}", flush=True)
    return all_ways


def works(argv, variables):
    """Whether datagrams come back at all."""
    try:
        return Connects(argv, variables).batch(10)[2] == 0
    except Broken as why:
        print(why, flush=True)
        return False


def echo(here, target, all_ways, shape):
    title, window, size = shape
    argv = [here.program("pings"), target, str(window), str(size)]
    running = {}
    for name, variables in all_ways.items():
        if works(argv, variables):
            running[name] = Connects(argv, variables)
        else:
            print(f"{name}: left out: datagrams do not come back", flush=True)
    count = few_or_many(500, 2000)
    rounds = few_or_many(10, 60)
    took = interleave(running, rounds, count)
    rows = []
    for name, (times, cpu, lost) in took.items():
        share = sum(lost) / (count * rounds)
        rows.append((name, report.spread(times, 1000, 1), report.spread(cpu, 1000, 1),
                     f"{1e9 / report.quartiles(times)[1]:,.0f}", f"{share:.2%}"))  # fmt: skip
    report.table(f"Datagrams that come back, {title}: µs each", ("", "time", "CPU", "a second", "lost"), rows)
    if OURS in took and PEER in took:
        values = report.ratios(took[OURS][0], took[PEER][0])
        report.aim(f"datagrams, {title}: socks5a, × socksify, both through danted", values, 1.0)


def iperf3(here, address, all_ways):
    program = need_tool("iperf3")
    argv = [program, "-c", address, "-p", "PORT", "-u", "-b", "0", "-l", "1000", "-t", str(few_or_many(1, 5)), "-J"]
    rows = []
    for port, (name, variables) in enumerate(all_ways.items(), 5201):
        here.serve(f"{address}:{port}", [program, "--server", "-p", str(port)])
        argv[4] = str(port)
        done = subprocess.run(argv, env=variables, capture_output=True, text=True, timeout=60)
        try:
            end = json.loads(done.stdout)["end"]["sum"]
            rows.append((name, f"{end['packets'] / end['seconds']:,.0f}",
                         f"{end['bits_per_second'] / 1e6:,.0f}", f"{end['lost_percent']:.1f} %"))  # fmt: skip
        except (KeyError, ValueError):
            print(f"{name}: {done.stdout[-200:]}{done.stderr[-200:]}", flush=True)
            rows.append((name, "fails", "", ""))
    report.table("iperf3 -u -b 0 -l 1000, towards the target", ("", "datagrams a second", "Mbit/s", "lost"), rows)


def run(here):
    here.need_namespace()
    address = "192.0.2.1"
    target = f"{address}:8090"
    here.serve(target, [here.program("pings"), "serve", target])
    all_ways = start_ways(here)
    for shape in SHAPES:
        echo(here, target, all_ways, shape)
    iperf3(here, address, all_ways)
