"""What does not depend on how busy the machine is: instructions and system calls."""

import os
import re
import subprocess

from .setting import Broken, need_tool


def instructions(library):
    """Of /bin/true from its first to its last, the dynamic linker's work included."""
    loader = next(path for path in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
                  if os.path.exists(path))  # fmt: skip
    preload = ["--preload", library] if library else []
    argv = [need_tool("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        [*argv, loader, *preload, "/bin/true"], capture_output=True, text=True, check=False
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found:
        raise Broken(f"callgrind counted nothing: {done.stderr[-300:]}")
    return int(found[1])


def calls_of(argv, environment, text, log):
    """How many system calls a program with that standard input makes, by name."""
    variables = [word for item in environment.items() for word in ("-E", "=".join(item))]
    subprocess.run(
        [need_tool("strace"), "-f", "-qq", "-o", log, *variables, *argv],
        input=text.encode(), stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    counts = {}
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            call = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if call:
                counts[call[1]] = counts.get(call[1], 0) + 1
    return counts
