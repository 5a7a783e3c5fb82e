"""A file over QUIC, by ngtcp2's client from ngtcp2's server at no distance: through socks5ad in plain
datagrams and in stream, through danted, and without a proxy."""

import os
import random
import subprocess
import time

from common import proxies, report, ways
from common.setting import TARGET, Broken, Skip, environment, few_or_many, need_tool
from over_tol.ways import Ways

PORT = 8443
PATIENCE = 10  # s


def make_certificate(here):
    argv = [need_tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", f"/CN={TARGET}", "-days", "2",
            "-keyout", f"{here.directory}/quic.key", "-out", f"{here.directory}/quic.pem"]  # fmt: skip
    subprocess.run(argv, check=True, capture_output=True)


def is_there(port):
    with open("/proc/net/udp", encoding="ascii") as file:
        return any(line.split()[1].endswith(f":{port:04X}") for line in file)


def serve(here, size):
    """A file of so many bytes, from TARGET."""
    make_certificate(here)
    os.mkdir(f"{here.directory}/quic")
    with open(f"{here.directory}/quic/file", "wb") as file:
        file.write(random.Random(0).randbytes(size))
    types = here.write("quic.types", "")
    here.start([need_tool("gtlsserver"), "-q", "-d", f"{here.directory}/quic", f"--mime-types-file={types}",
                TARGET, str(PORT), f"{here.directory}/quic.key", f"{here.directory}/quic.pem"])  # fmt: skip
    deadline = time.monotonic() + PATIENCE
    while not is_there(PORT):
        if time.monotonic() > deadline:
            raise Broken("gtlsserver does not start")
        time.sleep(0.02)


def all_ways(here):
    """{name: the environment of the client}. The client binds its socket to the address from which the
    target is reached; so are the proxies, which know clients by their addresses."""
    found = {"no proxy": environment()}
    for port, start in enumerate((proxies.socks5ad, proxies.danted), 1090):
        try:
            proxy = start(here, f"{TARGET}:{port}")
            found[f"shim, {start.__name__}"] = ways.shim(here, proxy, "auto")
        except Skip as reason:
            print(f"{start.__name__}: skipped: {reason}", flush=True)
    found["shim, socks5ad, in stream"] = Ways(here).one("tol = padding\n", "padding").variables
    return found


def fetch(here, variables, size):
    """(time, CPU time of the client) in s."""
    got = f"{here.directory}/got"
    os.makedirs(got, exist_ok=True)
    argv = [need_tool("gtlsclient"), "-q", "--exit-on-all-streams-close", f"--download={got}",
            TARGET, str(PORT), f"https://{TARGET}/file"]  # fmt: skip
    begun = time.monotonic()
    client = subprocess.Popen(argv, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(client.pid, 0)
    took = time.monotonic() - begun
    said = client.stderr.read()
    client.stderr.close()
    client.returncode = os.waitstatus_to_exitcode(status)
    if client.returncode != 0 or not os.path.exists(f"{got}/file"):  # its status says little
        raise Broken(f"gtlsclient: {said[-300:]}")
    if os.path.getsize(f"{got}/file") != size:
        raise Broken("gtlsclient: not all of the file has come")
    os.unlink(f"{got}/file")
    return took, used.ru_utime + used.ru_stime


def in_turn(here, found, size):
    """{name: ([time], [CPU time])}"""
    took = {name: ([], []) for name in found}
    order = list(found)
    for _ in range(few_or_many(5, 15)):
        random.shuffle(order)
        for name in order:
            for values, value in zip(took[name], fetch(here, found[name], size)):
                values.append(value)
    return took


def run(here):
    here.need_namespace()
    size = few_or_many(16, 32) << 20
    serve(here, size)
    took = in_turn(here, all_ways(here), size)
    base = took["no proxy"]
    rows = []
    for name, (times, cpu) in took.items():
        rows.append((name, report.spread([size / (1 << 20) / time for time in times], digits=0),
                     report.spread(report.ratios(times, base[0])),
                     report.spread(cpu), report.spread(report.ratios(cpu, base[1]))))  # fmt: skip
    report.table(f"{size >> 20} MiB over QUIC", ("", "MiB/s", "time, × no proxy", "CPU of the client, s",
                                                "× no proxy"), rows)  # fmt: skip
