"""Many bytes over a chain of two proxies whose sessions are both in records, beside the same chain with
the last alone in records, and one proxy alone."""

import bulk
from common import report, ways
from common.credentials import CLIENTS, Credentials
from common.setting import few_or_many

FIRST, LAST = "127.0.0.1:1090", "192.0.2.1:1091"
ONE, OUTER, BOTH = "one, in records", "two, the last in records", "two, both in records"


def environment_of(here, credentials, name, first, lines=""):
    keys = f"server_key = {credentials.server_key}\n" + CLIENTS["public key"]
    keys = keys.format(credentials.directory)
    before = f"via = first\n{keys}\n[proxy first]\naddress = {FIRST}\n{lines}{keys}\n"
    return ways.shim_with(here, LAST, name, before if first else keys)


def run(here):
    here.need_namespace()
    credentials = Credentials(here)
    for where in (FIRST, LAST):
        credentials.serve("public key", where)
    clients = {
        ONE: ([], environment_of(here, credentials, "one", False)),
        OUTER: ([], environment_of(here, credentials, "outer", True, "tol = off\n")),
        BOTH: ([], environment_of(here, credentials, "both", True)),
    }
    size = few_or_many(bulk.GIB // 4, bulk.GIB)
    for way, how, port in (("down", "source", 8002), ("up", "sink", 8003)):
        took = bulk.in_pairs(here, way, here.target(how, port), clients, size)
        rows = [
            (
                name,
                report.spread(report.ratios(times, took[ONE][0])),
                report.spread(report.ratios(times, took[OUTER][0])),
                report.spread(report.ratios(cpu, took[ONE][1])),
            )
            for name, (times, cpu) in took.items()
        ]
        header = ("proxies", "time, × one", "time, × two, the last", "CPU, × one")
        report.table(f"{size >> 20} MiB {way}", header, rows)
