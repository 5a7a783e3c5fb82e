"""Where the CPU time of a sealed transfer goes, by perf; and how fast the cipher alone is, here and
in OpenSSL."""

import collections
import os
import re
import subprocess
import time

from common import report
from common.connects import Connects
from common.setting import Broken, environment, few_or_many, need_tool

from . import throughput, ways

MIB, RECORD = 1 << 20, 16384
SAMPLES = ("-e", "cpu-clock", "-F", "997")
KINDS = (
    ("cipher", r"chacha|poly1305|salsa|libsodium"),  # of a server: its hashes too
    ("hashes", r"sha256|SHA256|hmac"),
    ("copies", r"copy_(to|from|user|page)|memcpy|memmove|_copy_|rep_movs"),
)


def _shares(path):
    """{symbol: share of the samples}. A shared libsodium has no symbols: it is one."""
    argv = [need_tool("perf"), "report", "-i", path, "--stdio", "--no-children", "-F",
            "overhead,dso,sym", "-w", "12,40,60"]  # fmt: skip
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    shares = collections.Counter()
    for share, where, symbol in re.findall(
        r"^ *(\d+\.\d+)% +(\S+) +(.*?) *$", text, re.MULTILINE
    ):
        shares[where if "libsodium" in where else symbol] += float(share)
    return shares


def _by_kind(shares):
    """{kind: share}, each symbol once."""
    left, found = dict(shares), {}
    for kind, pattern in KINDS:
        names = [name for name in left if re.search(pattern, name)]
        found[kind] = sum(left.pop(name) for name in names)
    found["kernel, the rest"] = sum(left.pop(n) for n in list(left) if n.startswith("[k]"))
    found["the rest"] = sum(left.values())
    return found


def _record(here, way, direction, size):
    """{side: shares} of one transfer. perf is not to be under the shim itself."""
    client, server = f"{here.directory}/perf.client", f"{here.directory}/perf.server"
    perf = [need_tool("perf"), "record", "-q", *SAMPLES]
    pids = ",".join(str(pid) for pid in way.servers())
    watching = subprocess.Popen([*perf, "-o", server, "-p", pids], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    assignments = [f"{name}={value}" for name, value in way.variables.items()]
    plain = ways.Way(way.words, environment(), way.clients, way.servers)
    throughput.transfer(
        here, plain, size, 1, direction, [*perf, "-o", client, "--", "env", *assignments]
    )
    watching.terminate()
    watching.wait()
    if not os.path.exists(client) or not os.path.exists(server):
        raise Broken("perf wrote nothing")
    return {"client": _shares(client), "server": _shares(server)}


def profile(here, way):
    size = few_or_many(MIB * 256, MIB * 2048)
    rows, tops = [], []
    for direction in throughput.TARGETS:
        for side, shares in _record(here, way, direction, size).items():
            kinds = _by_kind(shares)
            rows.append((f"{direction}, {side}", *(f"{share:.0f} %" for share in kinds.values())))
            first = sorted(shares, key=shares.get, reverse=True)[:4]
            tops.append(f"{direction}, {side}: " + ", ".join(f"{s} {shares[s]:.0f} %" for s in first))
    kinds = [kind for kind, _ in KINDS]
    header = ("", *kinds, "kernel, the rest", "the rest")
    report.table(f"CPU time of {ways.BARE}, one connection, by perf", header, rows)
    print("\n" + "\n".join(f"    {line}" for line in tops))


def _openssl(cipher):
    """Bytes a second."""
    argv = [need_tool("openssl"), "speed", "-seconds", str(few_or_many(1, 3)), "-bytes",
            str(RECORD), "-evp", cipher]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = re.search(r"([\d.]+)k\s*$", done.stdout)
    if not found:
        raise Broken(f"openssl speed: {done.stderr[-300:]}")
    return float(found[1]) * 1000


def _libsodium(here):
    program = Connects([here.program("seals")], environment())
    count = few_or_many(10000, 40000)
    program.batch(count)
    rates = [count * RECORD * 1e9 / program.batch(count)[0] for _ in range(5)]
    program.end()
    return rates


def alone(here):
    rates = {"libsodium, chacha20-poly1305": _libsodium(here)}
    for cipher in ("chacha20-poly1305", "aes-256-gcm"):
        rates[f"OpenSSL, {cipher}"] = [_openssl(cipher) for _ in range(few_or_many(1, 3))]
    report.table(
        f"Sealing {RECORD} bytes, one core, nothing else",
        ("", "MiB/s"),
        [(name, report.spread(values, MIB, 0)) for name, values in rates.items()],
    )


def run(here, found):
    alone(here)
    profile(here, found[ways.BARE])
