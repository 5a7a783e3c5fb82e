#!/usr/bin/env python3
"""Programs with the shim over loopback, at proxies that do as they like: socks5a_loopback.py BUILD-DIR [CHECK...]

Most of the proxies are played here. Needs neither root nor a name space. Prints as socks5ad.py; the checks are
in the files of loopback/."""
import os
import sys

sys.dont_write_bytecode = True

import socks5ad as lab  # noqa: E402
import socks5ad_eaf as eaf  # noqa: E402
from loopback import scene  # noqa: E402


def main():
    if len(sys.argv) < 2:
        print("usage: socks5a_loopback.py BUILD-DIR [CHECK...]", file=sys.stderr)
        return 2
    eaf.BUILD = os.path.abspath(sys.argv[1])
    lab.SOCKS5AD = f"{eaf.BUILD}/socks5ad"
    lab.load_checks("loopback")
    return lab.run_checks(scene.CHECKS, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
