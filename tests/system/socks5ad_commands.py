#!/usr/bin/env python3
"""Commands of socks5ad beside CONNECT, over loopback: socks5ad_commands.py BUILD-DIR [CHECK...]

Sessions under 00 are raw sockets, those under 80 go through tests/system/eaf_client. Prints as
socks5ad.py; the checks are in the files of commands/."""
import os
import sys

sys.dont_write_bytecode = True

import socks5ad as lab  # noqa: E402
import socks5ad_eaf as eaf  # noqa: E402
from commands import scene  # noqa: E402


def main():
    if len(sys.argv) < 2:
        print("usage: socks5ad_commands.py BUILD-DIR [CHECK...]", file=sys.stderr)
        return 2
    eaf.BUILD = os.path.abspath(sys.argv[1])
    lab.SOCKS5AD = f"{eaf.BUILD}/socks5ad"
    lab.load_checks("commands")
    return lab.run_checks(scene.CHECKS, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
