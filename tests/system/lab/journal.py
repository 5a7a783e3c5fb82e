"""What servers wrote down about their clients during one test."""

import os
import re
import time

from . import addresses as at
from .process import Failure

FROM_PROXY = (at.PROXY_OUT4, at.PROXY_OUT6)
PATIENCE = 5  # s for a line that a server writes after its client has seen the end


class Journal:
    """A growing file of lines, from its present end on."""

    def __init__(self, path):
        self.path = path
        self.start = os.path.getsize(path) if os.path.exists(path) else 0

    def lines(self, pattern=""):
        """Those written so far in which the regular expression is found."""
        with open(self.path, "rb") as file:
            file.seek(self.start)
            whole = file.read().rpartition(b"\n")[0].decode(errors="replace")
        return [line for line in whole.splitlines() if re.search(pattern, line)]

    def expect(self, pattern, least, most=None):
        """Waits for `least` such lines; a Failure where they do not come, or more than `most`."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self.lines(pattern)) < least and time.monotonic() < deadline:
            time.sleep(0.01)
        if len(found) < least or len(found) > (most or len(found)):
            shown = "\n".join(self.lines()[-20:])
            raise Failure(
                f"{os.path.basename(self.path)}: {len(found)} lines with {pattern!r}, expected"
                f" {least} to {most or 'any'}; the last of all:\n{shown}"
            )
        return found


class Requests(Journal):
    """The journal of a service whose lines begin with the client's address."""

    def expect(self, pattern, least, most=None):
        found = super().expect(pattern, least, most)
        strangers = {line.split()[0] for line in found} - set(FROM_PROXY)
        if strangers:
            raise Failure(f"requests that did not come from the proxy: {strangers}")
        return found


class Sessions(Journal):
    """The log of the proxy: one line for each session that ended."""

    def relayed(self, host, port, least):
        """Waits for that many sessions to this target, named as the program named it, or more:
        those of an earlier test may end late."""
        target = re.escape(f"{at.url_host(host)}:{port}")
        return self.expect(rf"relayed .* target={target} ", least)


class NoSessions:
    """Where no proxy is between, or one that writes no such log."""

    def relayed(self, *_):
        return []
