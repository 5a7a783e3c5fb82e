"""A network namespace and a process namespace of one's own, which end with the program and take with
them whatever it started."""

import os
import subprocess
import sys

INSIDE = "S5A_BENCH_INSIDE"
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def _namespaces():
    """The words that make the namespaces, or None where they cannot be had."""
    for words in (UNSHARE, [*UNSHARE, "--map-root-user"]):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return None


def enter(program, words):
    """Becomes the same program inside; without namespaces what needs none runs here. Returns at once
    where it is there already."""
    if INSIDE in os.environ:
        return
    found = _namespaces()
    os.environ[INSIDE] = "namespace" if found else "host"
    os.execvp((found or ["env"])[0], [*(found or ["env"]), sys.executable, program, *words])


def has_namespace():
    return os.environ[INSIDE] == "namespace"
