"""A link on which every packet takes its time, and what is at its far end."""

import contextlib
import os
import subprocess

from .setting import Broken, Skip

NEAR, FAR = "198.51.100.1", "198.51.100.2"
BEHIND = "203.0.113.1"  # another address of the far host: the peers leave the proxy's own alone
PROXY, TARGET = f"{FAR}:1080", f"{BEHIND}:8001"


def _build(here, one_way):
    argv = [here.program("delay"), str(one_way), NEAR, FAR]
    delay = here.start(argv, stdout=subprocess.PIPE, text=True)
    pid = delay.stdout.readline().strip()
    if not pid:
        raise Broken("the delaying link could not be made")
    far = ["nsenter", "--net", f"--target={pid}"]
    subprocess.run([*far, "ip", "address", "add", f"{BEHIND}/32", "dev", "lo"], check=True)
    subprocess.run(["ip", "route", "add", f"{BEHIND}/32", "dev", "delay0"], check=True)
    return far


@contextlib.contextmanager
def delayed(here, one_way):
    """The link, `one_way` ms each way, while the block lasts; the words that start a program at its
    far end. What the block started ends with it."""
    here.need_namespace()
    if not os.path.exists("/dev/net/tun"):
        raise Skip("needs /dev/net/tun")
    before = len(here.processes)
    try:
        yield _build(here, one_way)
    finally:
        here.end(before)
