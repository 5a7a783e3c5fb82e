"""What proxies say of a refusal, where people see it.

A server that says anything (tests/system/rude_server) and old proxies; what the shim, socks5a-check and
--login make of it is printable ASCII, and the errno is that of the profile."""
import contextlib
import re
import subprocess
import sys

import socks5ad as lab
from socks5ad import expect, expect_equal, read_exactly

from .scene import build, check, home

ERRNO = {1: "ECONNABORTED", 2: "EACCES", 3: "ENETUNREACH", 4: "EHOSTUNREACH", 5: "ECONNREFUSED", 6: "ETIMEDOUT",
         7: "ENOTSUP", 8: "EAFNOSUPPORT", 9: "EACCES", 10: "ETIMEDOUT", 11: "ECONNABORTED", 12: "ECONNRESET",
         13: "EACCES", 14: "ENETUNREACH", 15: "EACCES", 16: "ECONNREFUSED"}  # profile, section 8
TERMINAL = "\x1b[2J\x07\x9b31m\r\n\t\x7f\b"  # C0, C1, DEL
INVISIBLE = "\u200b\u200d\ufeff\u2028\u2029\u202a\u202e\u2066\u2069\u00ad\U000e0041"  # widths, lines, directions
CONNECT = """
import errno, socket, sys
s = socket.socket()
print(errno.errorcode[s.connect_ex(("192.0.2.1", 80))])
"""


def escaped(text):
    """As people are shown it."""
    return "".join(c if " " <= c <= "~" and c != "\\" else "".join(f"\\x{b:02x}" for b in c.encode())
                   for c in text)


# ---- places -----------------------------------------------------------------------------------


@contextlib.contextmanager
def rude(stage, rep, message):
    """The environment of programs whose proxy is a rude server."""
    if isinstance(message, str):
        message = message.encode()
    command = [build("tests/system/rude_server"), stage, f"{rep:02x}", message.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            port, key = server.stdout.readline().decode().split()
            with home(f"address = 127.0.0.1:{port}", "method = eaf", "tol = off", f"server_key = {key}") as env:
                yield env
        finally:
            server.kill()


# ---- programs ---------------------------------------------------------------------------------


def say(env, *command, **more):
    """Its output and standard error, in which nothing may move a terminal's cursor."""
    done = subprocess.run(command, env={**env, **more}, capture_output=True, timeout=lab.LIMIT, check=False)
    found = done.stdout + done.stderr
    expect(re.fullmatch(rb"[ -~\n]*", found), f"not printable: {found}")
    return found.decode()


def connect(env, **more):
    """The errno's name of a connect() with the shim, and what it logged."""
    found = say(env, sys.executable, "-S", "-c", CONNECT, LD_PRELOAD=build("libsocks5a-shim.so"), **more)
    return next(line for line in found.split() if line.startswith("E")), found


def expect_shown(found, text):
    expect(text in found, f"{text} is not in {found}")


# ---- checks -----------------------------------------------------------------------------------


@check
def hostile_words_are_escaped_wherever_they_are_shown():
    words = TERMINAL + INVISIBLE[:2] + "\\x41"
    shown = escaped(words)
    for stage in ("login", "request"):
        with rude(stage, 13, words) as env:
            name, logged = connect(env)
            expect_equal(name, "EACCES", "errno")
            expect_shown(logged, shown)
            expect_shown(say(env, build("socks5a-check"), "--target", "192.0.2.1:80"), shown)
            file = f"{env['FOLDER']}/log"
            expect("REP" not in connect(env, SOCKS5A_LOG_FILE=file)[1], "the log went elsewhere")
            with open(file, "rb") as log:
                lines = log.read()
            expect(re.fullmatch(rb"[ -~\n]*", lines), f"not printable: {lines}")
            expect_shown(lines.decode(), shown)


@check
def hostile_words_of_a_refused_log_in():
    with rude("login", 13, INVISIBLE) as env:
        expect_shown(say(env, build("socks5a-check"), "--login"), escaped(INVISIBLE[:8]))


@check
def longest_words_are_cut():
    for stage in ("login", "request"):
        with rude(stage, 16, "\u202e" * 170 + "ab") as env:  # 512 bytes
            name, logged = connect(env)
            expect_equal(name, "ECONNREFUSED", "errno")
            expect_shown(logged, r"\xe2\x80\xae\xe2\x80\xae")
            expect_shown(logged, "...")


@check
def words_that_are_no_text_are_not_shown():
    for message in (b"\xff\xfe", b"\xc0\x9b", b"\xed\xa0\x80", b"x" * 513):
        with rude("request", 13, message) as env:
            expect_equal(connect(env)[0], "EACCES", "errno")
            found = say(env, build("socks5a-check"), "--target", "192.0.2.1:80")
            expect("policy" not in found and "\\x" not in found, found)


@check
def every_rep_has_its_errno():
    for stage, rep in [("login", rep) for rep in range(9, 17)] + [("request", rep) for rep in (10, 14, 15)]:
        with rude(stage, rep, "because") as env:
            name, logged = connect(env)
            expect_equal(name, ERRNO[rep], f"errno of REP {rep:02x} at the {stage}")
            has_details = (stage, rep) != ("login", 15)  # whose credentials are wrong learns no more
            expect_shown(logged, f"(REP {rep:02x})" + has_details * ": against the proxy's policy: because")


@check
def check_shows_why_a_request_was_refused_that_need_not_work():
    with rude("request", 10, "later \x1b") as env:
        found = say(env, build("socks5a-check"))
        expect_shown(found, r"REP 0a, rate limit exceeded: against the proxy's policy: later \x1b")


@check
def old_proxies_have_no_details():
    for rep in (2, 7, 9, 10, 16, 0xff):
        def refuse(s, rep=rep):
            read_exactly(s, 3)
            s.sendall(b"\x05\x00")
            read_exactly(s, 10)
            s.sendall(bytes([5, rep, 0, 1, 0, 6, 0, 4, 0x1b, 0x5b, 0, 0]))
            s.recv(1)
        with lab.Target(refuse) as proxy, home(f"address = 127.0.0.1:{proxy.port}", "pipeline = off") as env:
            name, logged = connect(env)
            expect_equal(name, ERRNO.get(rep, "ECONNABORTED"), f"errno of REP {rep:02x}")
            expect("\\x" not in logged, logged)


@check
def names_that_old_proxies_answer_with_are_not_shown_raw():
    def refuse(s):
        read_exactly(s, 3)
        s.sendall(b"\x05\x00")
        read_exactly(s, 10)
        name = TERMINAL.encode()
        s.sendall(b"\x05\x05\x00\x03" + bytes([len(name)]) + name + b"\0\0")
        s.recv(1)
    with lab.Target(refuse) as proxy, home(f"address = 127.0.0.1:{proxy.port}", "pipeline = off") as env:
        expect_equal(connect(env)[0], "ECONNREFUSED", "errno")
        say(env, build("socks5a-check"), "--target", "192.0.2.1:80")
