"""Datagrams that a target echoes: their time with one on its way, and with many; iperf3's. Through
socks5ad and danted, with the shim, with dante's socksify and by hand, and without a proxy."""

import json
import subprocess

from common import proxies, report, ways
from common.connects import Connects, interleave
from common.setting import TARGET, Broken, Skip, environment, few_or_many, need_tool

SERVERS = (proxies.socks5ad, proxies.danted)
# One setting a line, or it is a syntax error, which ends the program.
SOCKSIFY = """
resolveprotocol: fake
route {{
    from: 0.0.0.0/0 to: 0.0.0.0/0 via: {host} port = {port}
    proxyprotocol: socks_v5
    protocol: tcp udp
    method: none
}}
"""
SHAPES = (("one of 64 bytes on its way", 1, 64), ("16 of 1,000 bytes on their way", 16, 1000))
RATES = ("100M", "200M", "0")  # bits a second of iperf3; 0: as fast as it can


def socksify(here, proxy):
    """What is on the interfaces' own networks, here everything, it would reach directly by default."""
    host, port = proxy.split(":")
    need_tool("socksify")
    config = here.write(f"socks-{port}.conf", SOCKSIFY.format(host=host, port=port))
    return environment(LD_PRELOAD="libdsocksd.so.0", SOCKS_CONF=config, SOCKS_AUTOADD_LANROUTES="no")


class Way:
    """How a program goes: its environment, and a word for what speaks to the proxy itself."""

    def __init__(self, variables, *words):
        self.variables, self.words = variables, words


def ways_through(here, proxy):
    """(name, Way) of each; says which are not there."""
    yield "by hand", Way(environment(), proxy)
    yield "socks5a", Way(ways.shim(here, proxy, "auto"))
    try:
        yield "socksify", Way(socksify(here, proxy))
    except Skip as reason:
        print(f"socksify: skipped: {reason}", flush=True)


def start_ways(here):
    """{name: Way}"""
    all_ways = {"no proxy": Way(environment())}
    for port, start in enumerate(SERVERS, 1090):
        try:
            proxy = start(here, f"127.0.0.1:{port}")
        except Skip as reason:
            print(f"{start.__name__}: skipped: {reason}", flush=True)
            continue
        for name, way in ways_through(here, proxy):
            all_ways[f"{name}, {start.__name__}"] = way
    return all_ways


def works(argv, variables):
    """Whether datagrams come back at all."""
    program = Connects(argv, variables)
    try:
        return program.batch(10)[2] == 0
    except Broken as why:
        print(why, flush=True)
        return False
    finally:
        program.end()


def start_programs(here, target, all_ways, shape):
    """{name: Connects} of those through which datagrams come back."""
    _, window, size = shape
    running = {}
    for name, way in all_ways.items():
        argv = [here.program("pings"), target, str(window), str(size), *way.words]
        if works(argv, way.variables):
            running[name] = Connects(argv, way.variables)
        else:
            print(f"{name}: left out: datagrams do not come back", flush=True)
    return running


def compare(took, title):
    """The shim beside the others that go through the same proxy."""
    rows = []
    for server in (start.__name__ for start in SERVERS):
        ours = took.get(f"socks5a, {server}")
        for other in ("by hand", "socksify"):
            theirs = took.get(f"{other}, {server}")
            if ours and theirs:
                time, cpu = (report.ratios(mine, its) for mine, its in zip(ours[:2], theirs[:2]))
                rows.append((f"{server}, × {other}", report.spread(time), report.spread(cpu)))
                if other == "socksify":
                    report.aim(f"{title}: socks5a, × socksify, both through {server}", time, 1.0)
    report.table(f"The shim, {title}", ("", "time", "CPU"), rows)


def echo(here, target, all_ways, shape):
    title = shape[0]
    count, rounds = few_or_many(500, 2000), few_or_many(20, 60)
    took = interleave(start_programs(here, target, all_ways, shape), rounds, count)
    rows = []
    for name, (times, cpu, lost) in took.items():
        share = sum(lost) / (count * rounds)
        rows.append((name, report.spread(times, 1000, 1), report.spread(cpu, 1000, 1),
                     f"{1e9 / report.quartiles(times)[1]:,.0f}", f"{share:.2%}"))  # fmt: skip
    report.table(f"Datagrams that come back, {title}: µs each", ("", "time", "CPU", "a second", "lost"), rows)
    compare(took, title)


def blow(here, way, rate):
    """A run of iperf3: datagrams sent and received a second, and the share of them lost. Its buffers are
    as large as any kernel allows, or all that is measured is what its own server drops."""
    argv = [need_tool("iperf3"), "-c", TARGET, "-p", "5201", "-u", "-b", rate, "-l", "1000",
            "-w", "200K", "-t", str(few_or_many(1, 5)), "-J"]  # fmt: skip
    done = subprocess.run(argv, env=way.variables, capture_output=True, text=True, timeout=60)
    try:
        end = json.loads(done.stdout)["end"]["sum"]
        sent, share = end["packets"] / end["seconds"], end["lost_percent"] / 100
    except (KeyError, ValueError):
        raise Broken(f"{done.stdout[-200:]}{done.stderr[-200:]}") from None
    return sent, sent * (1 - share), share


def iperf3(here, all_ways, rate):
    took = {name: [] for name, way in all_ways.items() if not way.words}
    for _ in range(few_or_many(3, 5)):
        for name in list(took):
            try:
                took[name].append(blow(here, all_ways[name], rate))
            except Broken as why:
                print(f"{name}: left out: {why}", flush=True)
                del took[name]
    rows = []
    for name, runs in took.items():
        sent, received, share = zip(*runs)
        rows.append((name, report.spread(sent, digits=0), report.spread(received, digits=0),
                     report.spread(share, 0.01, 1) + " %"))  # fmt: skip
    report.table(f"iperf3 -u -b {rate} -l 1000 -w 200K, towards the target: datagrams a second",
                 ("", "sent", "received", "lost"), rows)  # fmt: skip


def run(here):
    here.need_namespace()
    target = f"{TARGET}:8090"
    here.serve(target, [here.program("pings"), "serve", target])
    all_ways = start_ways(here)
    for shape in SHAPES:
        echo(here, target, all_ways, shape)
    # Bound, or its answers come from the address nearest to the proxy, which lets in only whom was written to.
    here.serve(f"{TARGET}:5201", [need_tool("iperf3"), "--server", "--bind", TARGET, "-p", "5201"])
    for rate in RATES:
        iperf3(here, all_ways, rate)
