"""Records of method 81 alone: how fast they are sealed and opened, and how much of that is the
cipher. CPU time of one process, nothing on a wire."""

from common import report
from common.connects import Connects
from common.setting import environment, few_or_many

MIB = 1 << 20
PIECES = ((65536, 1024), (16384, 1024), (1024, 128), (64, 16))  # bytes, and MiB of them


def measure(program, kind, sealed, piece, size):
    """(MiB/s, share) of sealing, and of opening; each in rounds."""
    size = max(1, size // few_or_many(16, 2))
    found = [program.batch(f"{kind} {sealed} {piece} {size}") for _ in range(few_or_many(3, 7))]
    rates, shares = [], []
    for ours, cipher in ((0, 1), (2, 3)):
        rates.append([size * 1e9 / times[ours] for times in found])
        shares.append([100 * times[cipher] / times[ours] for times in found])
    return rates, shares


def rows_of(program):
    for piece, size in PIECES:
        for kind in (0, 1):
            rates, shares = measure(program, kind, 1, piece, size)
            cells = [f"{piece} bytes at once, type 0{kind}"]
            for rate, share in zip(rates, shares):
                cells += [report.spread(rate, digits=0), report.spread(share, digits=0)]
            yield cells
            if piece >= 16384 and kind == 0:
                report.aim(f"records of {piece} bytes: sealing, × the cipher alone",
                           [100 / share for share in shares[0]], 1.25)  # fmt: skip


def run(here):
    program = Connects([here.program("records")], environment())
    header = ("", "sealing, MiB/s", "cipher, %", "opening, MiB/s", "cipher, %")
    report.table("Sealed records", header, list(rows_of(program)))
    plain = [measure(program, 0, 0, piece, size // 8)[0] for piece, size in PIECES[:1]]
    print(f"\n    plain mode, 65536 bytes at once: {report.spread(plain[0][0], digits=0)} MiB/s")
    program.end()
