"""What the checks of programs over loopback share: their registration, and a configuration."""
import contextlib
import os
import tempfile

import socks5ad_eaf as eaf

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def build(name):
    """The path of what was built."""
    return f"{eaf.BUILD}/{name}"


@contextlib.contextmanager
def home(*lines):
    """The environment of programs whose proxy is configured by these lines."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/conf", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write("\n".join(("[proxy home]", *lines, "")))
        yield {**os.environ, "SOCKS5A_CONF": f"{folder}/conf", "SOCKS5A_STATE_DIR": f"{folder}/state",
               "SOCKS5A_LOG": "debug", "FOLDER": folder}
