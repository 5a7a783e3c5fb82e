"""Blocking connect() with the proxy and the target on the same machine: what the shim adds to a
hand-written client, and what the peers add."""

from common import counters, proxies, report, ways
from common.connects import Connects, interleave
from common.setting import Skip, environment, few_or_many

SERVERS = (proxies.socks5ad, proxies.danted)
AIMS = (
    ("socks5a, auto", "hand-written"),
    ("socks5a, early", "hand-written, early"),
    ("socks5a, early", "hand-written, early, bounded"),
    ("socks5a, not early", "hand-written"),
    ("socks5a, not early", "hand-written, bounded"),
)


def clients(here, proxy):
    """{name: (words behind the target, environment)}. "Early" is greeting and request in one write,
    "bounded" a hand-written client that waits for at most a minute, as the shim does."""
    peers = {name: ([], variables) for name, variables in ways.installed_peers(here, proxy)}
    return {
        "hand-written": ([proxy], environment()),
                "hand-written, bounded": ([proxy, "bounded"], environment()),
        "hand-written, early": ([proxy, "early"], environment()),
        "hand-written, early, bounded": ([proxy, "early", "bounded"], environment()),
        "socks5a, not early": ([], ways.shim(here, proxy, "off")),
        "socks5a, early": ([], ways.shim(here, proxy, "on")),
        "socks5a, auto": ([], ways.shim(here, proxy, "auto")),
        **peers,
    }


def calls_per_connect(here, argv, variables):
    """System calls for one connection, socket() to close(), as "count: names"."""
    log = f"{here.directory}/calls"
    few, many = (counters.calls_of(argv, variables, text, log) for text in ("5\n", "5\n20\n"))
    names = {name: (many[name] - few.get(name, 0)) / 20 for name in many}
    return sum(round(each, 1) for name, each in names.items() if name not in ("read", "write"))


def count_calls(here, target, all_clients):
    program = here.program("connects")
    try:
        return {
            name: calls_per_connect(here, [program, target, *words], variables)
            for name, (words, variables) in all_clients.items()
        }
    except Skip as reason:
        print(f"system calls: skipped: {reason}", flush=True)
        return {}


def show(title, took, counted):
    base = took["hand-written"]
    rows = []
    for name, (times, cpu) in took.items():
        rows.append(
            (
                name,
                report.spread(times, 1000, 1),
                report.spread(report.ratios(times, base[0]), digits=3),
                report.spread(cpu, 1000, 1),
                f"{counted[name]:.0f}" if name in counted else "",
            )
        )
    header = ("", "time", "× hand-written", "CPU", "system calls")
    report.table(title, header, rows)


def aim(server, took):
    for ours, hand in AIMS:
        values = report.ratios(took[ours][0], took[hand][0])
        report.aim(f"connect through {server}: {ours}, × {hand}", values, 1.03)


def run_server(here, start, port, target):
    try:
        proxy = start(here, f"127.0.0.1:{port}")
    except Skip as reason:
        print(f"{start.__name__}: skipped: {reason}", flush=True)
        return
    all_clients = clients(here, proxy)
    program = here.program("connects")
    running = {
        name: Connects([program, target, *words], variables)
        for name, (words, variables) in all_clients.items()
    }
    took = interleave(running, rounds=few_or_many(10, 120), count=100)
    counted = count_calls(here, target, all_clients)
    show(f"Blocking connect through {start.__name__}, µs each", took, counted)
    aim(start.__name__, took)


def run(here):
    here.need_namespace()
    target = here.target("end", 8001)
    for port, start in enumerate(SERVERS, 1080):
        run_server(here, start, port, target)
