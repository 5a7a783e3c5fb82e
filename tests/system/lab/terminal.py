"""A program at a terminal of its own, as a person uses it: what it shows is waited for."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from .process import Failure, end_group

ROWS, COLUMNS = 24, 80


def own_terminal():
    """Makes standard input what /dev/tty is, where secrets are asked for."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A context: the program of client.command(*argv, **how) runs inside."""

    def __init__(self, client, *argv, **how):
        words, self.shown_argv, environment = client.command(*argv, **how)
        self.terminal, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
        ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.process = subprocess.Popen(
            words, start_new_session=True, preexec_fn=own_terminal, cwd=client.directory,
            env=environment, **ends,
        )  # fmt: skip
        os.close(theirs)
        self.all = self.shown = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_group(self.process)
        self.process.wait()
        os.close(self.terminal)

    def fail(self, why):
        command = " ".join(self.shown_argv)
        raise Failure(f"{why}\ncommand: {command}\nshown: {self.shown[-600:]!r}")

    def read(self, deadline):
        """More of what it shows; False at its end."""
        if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            self.fail("nothing more is shown")
        try:
            some = os.read(self.terminal, 65536)
        except OSError:  # all of it is closed
            some = b""
        self.all += some
        self.shown += some
        return some != b""

    def shows(self, text, seconds=20):
        """Waits until it has shown the text, which is taken with all before it."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.shown:
            if not self.read(deadline):
                self.fail(f"ended without {text!r}")
        self.shown = self.shown.partition(text.encode())[2]

    @property
    def text(self):
        """All that it has shown, what was typed and echoed included."""
        return self.all.decode(errors="replace")

    def types(self, line):
        os.write(self.terminal, line.encode() + b"\r")

    def ends(self, seconds=20):
        """Waits for its end with exit status 0."""
        deadline = time.monotonic() + seconds
        while self.read(deadline):
            pass
        if self.process.wait(seconds) != 0:
            self.fail(f"exit status {self.process.returncode}")
