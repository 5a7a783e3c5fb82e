"""Log-ins by EAF through socks5ad, beside connections without one: their round trips, their CPU
time at no distance, and how many one core of the server takes."""

import os

from common import link, proxies, report, ways
from common.connects import Connects, interleave
from common.credentials import Credentials
from common.link import PROXY, TARGET
from common.load import Load
from common.setting import Skip, environment, few_or_many

ONE_WAY = 25  # ms
PLAIN = "no log-in"
PLAIN_OFF = "no log-in, pipeline = off"
FAR_PORT, NEAR_PORT, PINNED_PORT = 1081, 1110, 1120  # the first of each
PROCESSES = 4


# ---- round trips -----------------------------------------------------------------------------


def far_clients(here, credentials, inside):
    """{name: environment}; those who log in have a server for each way beside PROXY."""
    clients = {PLAIN: ways.shim(here, PROXY, "auto"), PLAIN_OFF: ways.shim(here, PROXY, "off")}
    for port, way in enumerate(("public key", "ticket"), FAR_PORT):
        proxy = credentials.serve(way, f"{link.FAR}:{port}", inside)
        clients[way] = credentials.client(way, proxy)
    return clients | dict(ways.installed_peers(here, PROXY))


def measure_far(here, credentials):
    """{name: [time]}"""
    with link.delayed(here, ONE_WAY) as far:
        here.target("end", TARGET.split(":")[1], far, link.BEHIND)
        proxies.socks5ad(here, PROXY, far)
        clients = {"no proxy": environment()} | far_clients(here, credentials, far)
        program = here.program("connects")
        running = {name: Connects([program, TARGET], clients[name]) for name in clients}
        took = interleave(running, rounds=few_or_many(3, 20), count=few_or_many(1, 5))
    return {name: times for name, (times, _) in took.items()}


def round_trips(here, credentials):
    took = measure_far(here, credentials)
    trips = {name: report.ratios(times, took["no proxy"]) for name, times in took.items()}
    report.table(
        f"Log-ins over a link of 2 × {ONE_WAY} ms",
        ("", "ms", "round trips"),
        [(name, report.spread(took[name], 1e6, 1), report.spread(trips[name])) for name in took],
    )
    peers = [times for name, times in took.items() if name in ways.PEERS]
    for way in ("public key", "ticket"):
        report.aim(f"round trips with a log-in by {way}", trips[way], 3.1)
        if peers:
            best = [min(times) for times in zip(*peers)]
            report.aim(f"log-in by {way}, × the best peer", report.ratios(took[way], best), 1.01)


# ---- CPU time --------------------------------------------------------------------------------


def serve(here, credentials, way, port, inside=()):
    """(where, process) of a server for this way alone, so that its CPU time is known."""
    where = f"127.0.0.1:{port}"
    if way in (PLAIN, PLAIN_OFF):
        proxies.socks5ad(here, where, inside)
    else:
        credentials.serve(way, where, inside)
    return where, here.processes[-1]


def client(here, credentials, way, proxy, name=""):
    if way in (PLAIN, PLAIN_OFF):
        return ways.shim_with(
            here, proxy, f"plain{name}", f"pipeline = {'off' if way == PLAIN_OFF else 'auto'}"
        )
    return credentials.client(way, proxy, name)


def loaded(server, way, argv, environments):
    """By ticket, each program finds one that another process has brought home: the derivation for
    a password is not in it, nor what that leaves behind in a process."""
    for variables in environments if way == "ticket" else ():
        first = Connects(argv, variables)
        first.batch(1)
        first.end()
    return Load(server, [(argv, variables) for variables in environments])


def near_load(here, credentials, way, port, target):
    where, server = serve(here, credentials, way, port)
    argv = [here.program("connects"), target]
    return loaded(server, way, argv, [client(here, credentials, way, where)])


def cpu_rows(took):
    """Of {name: (times, CPU times of the client, of the server, ...)}"""
    rows = []
    for name, (times, clients, servers, _) in took.items():
        row = [name, report.spread(times, 1000, 0)]
        for side, values in ((1, clients), (2, servers)):
            row.append(report.spread(values, 1000, 1))
            row.append(report.spread(report.ratios(values, took[PLAIN][side])))
        rows.append(tuple(row))
    return rows


def password_apart(here, credentials, target):
    load = near_load(here, credentials, "password", NEAR_PORT + 9, target)
    took = interleave({"password": load}, rounds=few_or_many(3, 15), count=3)["password"]
    report.table(
        f"Log-in by password (SCRAM), Argon2id of {credentials.argon2id}, in the client",
        ("", "time, ms", "CPU of the client, ms", "of the server, µs"),
        [
            (
                "password",
                report.spread(took[0], 1e6, 0),
                report.spread(took[1], 1e6, 0),
                report.spread(took[2], 1000, 0),
            )
        ],
    )


def cpu_time(here, credentials, target):
    names = (PLAIN, PLAIN_OFF, "public key", "ticket", "token")
    loads = {
        way: near_load(here, credentials, way, port, target)
        for port, way in enumerate(names, NEAR_PORT)
    }
    took = interleave(loads, rounds=few_or_many(10, 60), count=100)
    report.table(
        "A connection with a log-in at no distance, µs each",
        ("", "time", "CPU of the client", f"× {PLAIN}", "of the server", f"× {PLAIN}"),
        cpu_rows(took),
    )
    password_apart(here, credentials, target)


# ---- log-ins a second ------------------------------------------------------------------------


def pinned_load(here, credentials, way, port, target, cores):
    """A server on a core without its clients, and they on another."""
    where, server = serve(here, credentials, way, port, on(cores[0]))
    argv = [*on(cores[1]), here.program("connects"), target]
    clients = [client(here, credentials, way, where, f"-{i}") for i in range(PROCESSES)]
    return loaded(server, way, argv, clients)


def on(core):
    return ["taskset", "--cpu-list", str(core)]


def rate_rows(took, count):
    """The last column is what the server would take if the core did nothing else and the clients
    were fast enough."""
    rows = []
    for name, (_, clients, servers, walls) in took.items():
        rates = [count * 1e9 / wall for wall in walls]
        rows.append(
            (
                name,
                report.spread(rates, digits=0),
                report.spread([rate * cpu / 1e7 for rate, cpu in zip(rates, servers)], digits=0),
                report.spread([rate * cpu / 1e7 for rate, cpu in zip(rates, clients)], digits=0),
                report.spread(servers, 1000, 1),
                report.spread([1e9 / cpu for cpu in servers], digits=0),
            )
        )
    return rows


def rates(here, credentials):
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Skip("log-ins a second need two cores")
    target = here.target("end", 8006, on(cores[1]))
    loads = {
        way: pinned_load(here, credentials, way, port, target, cores)
        for port, way in enumerate((PLAIN, "public key", "ticket"), PINNED_PORT)
    }
    each = few_or_many(100, 250)
    took = interleave(loads, rounds=few_or_many(3, 20), count=each)
    report.table(
        f"Connections through a socks5ad pinned to a core, {PROCESSES} clients and the target on"
        " another",
        ("", "a second", "server, % of its core", "clients, % of theirs", "server's CPU, µs",
         "a second of its CPU"),
        rate_rows(took, each * PROCESSES),
    )  # fmt: skip


def run(here):
    here.reuse_ports()
    credentials = Credentials(here)
    round_trips(here, credentials)
    cpu_time(here, credentials, here.target("end", 8005))
    rates(here, credentials)
