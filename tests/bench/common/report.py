"""Figures for people: medians, quartiles, tables, and at the end what was aimed at."""

import os
import statistics
import subprocess

_targets = []


def quartiles(values):
    """(lower quartile, median, upper quartile)"""
    if len(values) < 2:
        return (values[0],) * 3
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def spread(values, scale=1.0, digits=2):
    """ "median (lower quartile–upper quartile)" """
    low, middle, high = (f"{value / scale:.{digits}f}" for value in quartiles(values))
    return f"{middle} ({low}–{high})"


def ratios(values, base):
    """Pair by pair."""
    return [value / other for value, other in zip(values, base)]


def table(title, header, rows):
    """Rows of texts; the first column to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    print(f"\n{title}\n")
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(line[1:], widths[1:])]
        print("    " + "  ".join(cells).rstrip())
    print(end="", flush=True)


def aim(what, values, at_most):
    """Takes down a target for the summary: it is met where the median of `values` is at most that,
    missed where even the lower quartile is more."""
    _targets.append((what, values, at_most))


def head(here):
    cpu = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    print(f"{os.cpu_count()} × {cpu}, Linux {os.uname().release.split('-')[0]}, ", end="")
    print(f"load {os.getloadavg()[0]:.1f}, version {version or 'unknown'}")
    print("Times are medians (lower–upper quartile); ratios are taken round by round.", flush=True)


def verdict(values, at_most):
    low, middle, _ = quartiles(values)
    if middle <= at_most:
        return "met"
    return "missed" if low > at_most else "not certain"


def summary():
    if not _targets:
        return
    rows = []
    for what, values, at_most in _targets:
        rows.append((what, spread(values, digits=3), f"≤ {at_most:g}", verdict(values, at_most)))
    table("Targets", ("", "measured", "target", ""), rows)
    print(f"\nload at the end: {os.getloadavg()[0]:.1f}")
