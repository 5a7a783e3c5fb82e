"""Tests: their registration, selection, running and counting."""

import shutil
import time
import traceback

from . import process, wrappers
from .lab import Client
from .process import Skip

TESTS = []
CORE = ("socks5ad", "microsocks", "danted", "ssh-D", "tol")
SEALED_TOO = ("socks5ad", "tol")  # once more over method 81


def test(function=None, *, proxies=None):
    """Registers a test: a function of one Client. It passes where it returns and no packet went
    past the proxy. `proxies`: run it once through each of these instead of the default one."""
    if function is None:
        return lambda f: test(f, proxies=proxies)
    module = function.__module__.rpartition(".")[2]
    for proxy in proxies or (None,):
        name = f"{module}/{function.__name__}" + (f"[{proxy}]" if proxy else "")
        TESTS.append((name, function, proxy))
    return function


def socks5a_only():
    """Skips what the peers of our wrapper cannot do when the lab is tried with one of them."""
    if wrappers.CHOSEN not in wrappers.OURS:
        raise Skip(f"not for {wrappers.CHOSEN}")


def not_direct():
    """Skips what needs a proxy of any kind."""
    if wrappers.CHOSEN == "direct":
        raise Skip("not without a proxy")


class Suite:
    def __init__(self, lab):
        self.lab = lab
        self.counts = {"ok": 0, "not ok": 0, "skip": 0}

    def report(self, verdict, name, note=""):
        self.counts[verdict] += 1
        print(f"{verdict} {name}{note}", flush=True)

    def run_one(self, name, function, proxy):
        if proxy is None:
            proxy = "socks5ad" if self.lab.proxies.available("socks5ad") else "danted"
        start = time.monotonic()
        self.lab.leaks.take()
        client = None
        try:
            if not self.lab.proxies.available(proxy):
                raise Skip(f"{proxy} is not there")
            if proxy.startswith("tol") and wrappers.CHOSEN not in wrappers.OURS:
                raise Skip(f"not for {wrappers.CHOSEN}")
            client = Client(self.lab, proxy)
            function(client)
            failure = None
        except Skip as reason:
            return self.report("skip", name, f" # {reason}")
        except Exception as error:
            failure = describe(error)
        finally:
            leaks = self.lab.leaks.take()
            if client:
                shutil.rmtree(client.directory, ignore_errors=True)
        if leaks:
            shown = "\n".join(leaks[:10])
            found = f"{len(leaks)} leaked packets:\n{shown}"
            failure = f"{failure}\n{found}" if failure else found
        if failure:
            self.report("not ok", name, "\n" + indent(failure))
        else:
            self.report("ok", name, f" ({time.monotonic() - start:.2f} s)")

    def skip_all(self, tests, reason):
        for name, _, _ in tests:
            self.report("skip", name, f" # {reason}")

    def close(self):
        """Prints the counts; the exit status of the run."""
        print("system: {ok} passed, {not ok} failed, {skip} skipped".format(**self.counts), flush=True)
        return 1 if self.counts["not ok"] else 0


def describe(error):
    if isinstance(error, process.Failure):
        return str(error)
    return "".join(traceback.format_exception(error)).rstrip()


def indent(text):
    return "\n".join("    " + line for line in text.splitlines())


def select(words):
    """The tests whose name contains one of the words; all without words."""
    return [row for row in TESTS if not words or any(word in row[0] for word in words)]
