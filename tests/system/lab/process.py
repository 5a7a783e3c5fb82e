"""Programs: run to their end within a bound, or kept running as servers."""

import os
import shutil
import signal
import socket
import subprocess
import time


class Skip(Exception):
    """Why a test cannot be run here."""


class Failure(Exception):
    """A test's expectation that did not hold."""


class Result:
    """What a program did: exit status (None: it was ended for taking too long), output, time."""

    def __init__(self, argv, code, out, err, seconds):
        self.argv, self.code, self.out, self.err, self.seconds = argv, code, out, err, seconds

    @property
    def text(self):
        return self.out.decode(errors="replace")

    @property
    def errors(self):
        return self.err.decode(errors="replace")

    def fail(self, why):
        status = "ran out of time" if self.code is None else f"exit status {self.code}"
        command = " ".join(word if "\n" not in word else "…" for word in self.argv)
        raise Failure(
            f"{why}\ncommand: {command}\n{status} after {self.seconds:.2f} s\n"
            f"output: {self.text[-600:]!r}\nerrors: {self.errors[-600:]}"
        )

    def ok(self):
        """Expects exit status 0."""
        return self if self.code == 0 else self.fail("expected exit status 0")

    def failed(self, *codes):
        """Expects an end of its own other than 0, one of `codes` where given. A signal is none."""
        if self.code is None or self.code <= 0 or (codes and self.code not in codes):
            self.fail(f"expected exit status {codes or 'other than 0'}")
        return self

    def ended(self):
        """Expects that it came to an end by itself, whatever the status; a signal is none."""
        return self if self.code is not None and self.code >= 0 else self.fail("expected an end")

    def prints(self, expected):
        """Expects `expected` somewhere in its output."""
        return self if expected in self.text else self.fail(f"expected {expected!r} in the output")

    def says(self, *expected):
        """Expects one of the texts somewhere in its output or errors, in any case."""
        said = (self.text + self.errors).lower()
        if not any(text.lower() in said for text in expected):
            self.fail(f"expected one of {expected!r}")
        return self


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(argv, timeout, shown=None, **options):
    """Runs a program to its end, or kills it and all that it started."""
    start = time.monotonic()
    data = options.pop("input", None)
    options.setdefault("stdin", subprocess.DEVNULL if data is None else subprocess.PIPE)
    process = subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )
    try:
        out, err = process.communicate(data, timeout)
        code = process.returncode
    except subprocess.TimeoutExpired:
        end_group(process)
        out, err = process.communicate()
        code = None
    finally:
        end_group(process)
        process.wait()
    return Result(shown or argv, code, out, err, time.monotonic() - start)


def try_connect(address, port):
    with socket.create_connection((address, port), timeout=1):
        return True


def try_abstract(name, _):
    """Whether a Unix socket of that abstract name takes connections."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\0" + name)
        return True


def try_datagrams(_, port):
    """Whether UDP sockets of both families have the port."""
    for table in ("udp", "udp6"):
        with open(f"/proc/thread-self/net/{table}") as file:
            if not any(line.split()[1].endswith(f":{port:04X}") for line in file):
                raise OSError(f"no socket has port {port} in {table}")


def wait_for_port(namespace, address, port, process, log, reach=try_connect, seconds=20):
    """Until a server can be reached; a Failure with its log where it cannot."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return namespace.call(reach, address, port)
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            with open(log, errors="replace") as file:
                raise Failure(f"server on {address} port {port} did not start:\n{file.read()}")
        time.sleep(0.02)


class Servers:
    """The programs kept running; all are ended at the end."""

    def __init__(self, directory):
        self.directory = directory
        self.processes = []

    def start(self, namespace, argv, address, port, reach=try_connect, **options):
        """Starts a server in a namespace and waits until `reach` finds it on address and port."""
        if not shutil.which(argv[0]):
            raise Skip(f"{argv[0]} is not installed")
        log = os.path.join(self.directory, f"{os.path.basename(argv[0])}-{port}.log")
        with open(log, "ab") as output:
            process = subprocess.Popen(
                namespace.argv(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **options,
            )
        self.processes.append(process)
        wait_for_port(namespace, address, port, process, log, reach)
        return process

    def stop(self, process):
        """At once, with all that it started."""
        self.processes.remove(process)
        end_group(process)
        process.wait()

    def stop_all(self):
        for process in self.processes:
            process.terminate()
        deadline = time.monotonic() + 2
        for process in self.processes:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            end_group(process)
            process.wait()
