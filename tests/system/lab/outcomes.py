"""How connects through a rogue proxy end, told by the small client program clients/connect.c."""

from . import addresses as at
from .rogue import Rogue
from .suite import socks5a_only

MODES = ("blocking", "nonblocking")
DEADLINE = 2  # s, of each connect
PONG = "connected " + b"pong".hex()
CUT = {"ECONNRESET", "ECONNABORTED"}


def outcomes(
    client, behave, count=1, mode="blocking", pipeline="off", host=at.TARGET4, deadline=DEADLINE
):
    """One line for each of `count` connects of the small client through a rogue proxy."""
    socks5a_only()
    program = client.lab.compile("connect.c")
    env = {"SOCKS5A_TIMEOUT": str(deadline), "SOCKS5A_PIPELINE": pipeline}
    with Rogue(client, behave) as rogue:
        argv = [program, mode, host, "80", str(count)]
        done = client.run(*argv, through=rogue.where, env=env, timeout=15 + count * deadline).ok()
    lines = done.text.splitlines()
    if len(lines) != count:
        done.fail(f"expected {count} lines")
    return [line.strip() for line in lines]


def every_mode(client, behave, expected, pipeline="off", **options):
    """The same in all modes; `expected` is a text, or a set of texts any of which will do."""
    allowed = expected if isinstance(expected, set) else {expected}
    for mode in MODES:
        for line in outcomes(client, behave, mode=mode, pipeline=pipeline, **options):
            assert line in allowed, f"{mode}: {line}, expected {sorted(allowed)}"
