#!/usr/bin/env python3
"""EAF log-ins at socks5ad over loopback: python3 tests/system/socks5ad_eaf.py BUILD-DIR [CHECK...]

Keys and users come from socks5a-keygen, the client is tests/system/eaf_client. Prints as socks5ad.py.
"""
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import socks5ad as lab
from socks5ad import expect, expect_equal, read_exactly

BUILD = None
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


# ---- keys, users, server ----------------------------------------------------------------------


def keygen(*arguments, stdin=b""):
    """Its lines "name = value" as a dictionary."""
    ended = subprocess.run(
        [f"{BUILD}/socks5a-keygen", *arguments], input=stdin, capture_output=True, timeout=lab.LIMIT
    )
    expect_equal(ended.returncode, 0, f"exit status of {arguments}: {ended.stderr}")
    lines = [line for line in ended.stdout.decode().splitlines() if not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines if " = " in line), lines


class House:
    """A folder with a server's key and one user, alice, who has everything."""

    def __init__(self, folder):
        self.folder = folder
        self.server_key = keygen("server", self.path("server"))[0]["server_key"]
        self.public_key = keygen("client", self.path("alice"))[0]["public_key"]
        self.scram = keygen("password", stdin=b"wonderland\n")[0]["scram"]
        self.totp = keygen("totp", "alice", "--no-qr")[0]["totp"]
        found, lines = keygen("token")
        self.token_hash, self.token = found["token"], lines[0]
        self.write_users()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_users(self, require="any", more="", scram=None):
        with open(self.path("users"), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(
                f"[user alice]\npublic_key = {self.public_key}\nscram = {scram or self.scram}\n"
                f"totp = {self.totp}\ntoken = {self.token_hash}\nrequire = {require}\n{more}\n"
            )

    def serve(self, *options, **settings):
        return lab.Server(
            "--users", self.path("users"), "--server-key", self.path("server"), *options, **settings
        )

    def ask(self, server, methods, method="80", target=None, **more):
        """What eaf_client says: its first word, and the rest as a dictionary."""
        settings = {
            "method": method, "server_key": self.server_key, "methods": methods, "user": "alice",
            "password": "wonderland", "token": self.token, "key": self.path("alice"),
            "totp": self.totp, "target": target.port if target else None, **more,
        }
        command = [f"{BUILD}/tests/system/eaf_client", server.at.rsplit(":", 1)[1]]
        command += [f"{name}={value}" for name, value in settings.items() if value is not None]
        said = subprocess.run(command, capture_output=True, timeout=60).stdout.decode().split()
        return said[0], dict(word.split("=", 1) for word in said[1:] if "=" in word)


@contextlib.contextmanager
def house():
    with tempfile.TemporaryDirectory() as folder:
        yield House(folder)


def expect_relay(answer):
    word, found = answer
    expect_equal((word, found.get("reply"), found.get("echo")), ("accepted", "00", "yes"), "log-in")
    return found


def expect_refusal(answer, rep):
    expect_equal((answer[0], answer[1].get("rep")), ("refused", rep), "log-in")


# ---- log-ins ----------------------------------------------------------------------------------


@check
def each_method_serves():
    with house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        for method in ("80", "82"):
            for mid in ("publickey", "password", "token"):
                expect_relay(h.ask(server, mid, method, target))
        expect_relay(h.ask(server, "totp", "80", target))
        server.wait_for_log("relayed", "user=alice", "rep=00")
        for secret in ("wonderland", h.token, h.totp):
            expect(secret not in server.text(), "the log holds a secret")


@check
def factors_and_chain_serve():
    with house() as h, lab.Target(lab.echo) as target:
        h.write_users("password+totp")
        with h.serve() as server:
            expect_relay(h.ask(server, "multi", "80", target, factors="password,totp"))
            expect_refusal(h.ask(server, "password", "80", target), "0d")
        h.write_users("chain publickey, totp")
        with h.serve() as server:
            expect_relay(h.ask(server, "publickey,totp", "82", target))
            expect_refusal(h.ask(server, "publickey", "80", target), "0d")
            expect_refusal(h.ask(server, "token", "82", target), "0d")


@check
def wrong_credentials_look_alike():
    with house() as h, h.serve() as server:
        times = []
        wrong = (
            ("password", {"password": "x"}),
            ("password", {"user": "mallory"}),
            ("token", {"token": "x"}),
            ("totp", {"user": "mallory"}),
        )
        for mid, settings in wrong[:3]:  # the third is the last that is not slowed
            begin = time.monotonic()
            expect_refusal(h.ask(server, mid, **settings), "0f")
            times.append(time.monotonic() - begin)
        expect(min(times) >= 0.199, f"answered after {times}")
        begin = time.monotonic()
        expect_refusal(h.ask(server, wrong[3][0], **wrong[3][1]), "0f")
        expect(time.monotonic() - begin >= 0.449, "the fourth is not slowed")
        expect(h.ask(server, "publickey")[0] == "accepted", "a key is locked out")
        server.wait_for_log("refused", "user=alice", "wrong password")
        server.wait_for_log("refused", "user=mallory", "unknown user")
        server.wait_for_log("refused", "user=-", "unknown token")


@check
def key_fetch_gets_the_key():
    with house() as h, h.serve() as server:
        word, found = h.ask(server, "publickey", server_key=None)
        expect_equal((word, found.get("key")), ("fetched", h.server_key), "fetch")
        server.wait_for_log("ended", "key fetch")


@check
def network_key_shuts_out():
    with house() as h, lab.Target(lab.echo) as target:
        keygen("network", h.path("network"))
        with h.serve("--network-key", h.path("network")) as server:
            expect_relay(h.ask(server, "publickey", target=target, network=h.path("network")))
            expect_equal(h.ask(server, "publickey", target=target)[0], "failed", "without it")
            server.wait_for_log("refused", "wrong HMAC")


@check
def methods_are_those_of_the_setting():
    with house() as h:
        with h.serve("--methods", "eaf") as server:
            expect_equal(h.ask(server, "publickey", "82")[0], "failed", "82")
            with server.connect() as s:
                s.sendall(b"\x05\x02\x00\x02")
                expect_equal(read_exactly(s, 2), b"\x05\xff", "selection")
            expect_equal(h.ask(server, "publickey")[0], "accepted", "80")


@check
def rules_of_a_user_hold_beside_the_servers():
    with house() as h, lab.Target(lab.echo) as target:
        h.write_users(more="deny = 127.0.0.0/8")
        with h.serve() as server:
            found = h.ask(server, "publickey", target=target)[1]
            expect_equal(found.get("reply"), "02", "denied to the user")
            server.wait_for_log("refused", "user=alice", "denied to this user")
        h.write_users(more="allow = 127.0.0.1\ndeny = 0.0.0.0/0")
        with h.serve() as server:
            expect_relay(h.ask(server, "publickey", target=target))


@check
def request_behind_the_lifetime_is_09():
    with house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        expect_relay(h.ask(server, "password", target=target, lifetime="30"))
        found = h.ask(server, "password", target=target, lifetime="1", wait="1500")[1]
        expect_equal(found.get("reply"), "09", "reply")
        server.wait_for_log("refused", "user=alice", "rep=09", "lifetime")


# ---- tickets ----------------------------------------------------------------------------------


def kept(found):
    return {"ticket": found["ticket"], "resumption": found["resumption"]}


@check
def ticket_serves_and_is_refreshed():
    with house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        found = expect_relay(h.ask(server, "totp", target=target))
        for _ in range(3):  # no code is asked for again
            found = expect_relay(h.ask(server, "", target=target, code="000000", **kept(found)))
            expect("ticket_refused" not in found, "refused")


@check
def ticket_serves_at_another_server_with_the_key():
    with house() as h, lab.Target(lab.echo) as target:
        keygen("ticket", h.path("tickets"))
        shared = ("--ticket-key", h.path("tickets"))
        with h.serve(*shared) as one, h.serve(*shared) as two, h.serve() as stranger:
            found = expect_relay(h.ask(one, "publickey", target=target))
            again = expect_relay(h.ask(two, "publickey", target=target, **kept(found)))
            expect("ticket_refused" not in again, "refused")
            again = expect_relay(h.ask(stranger, "publickey", target=target, **kept(found)))
            expect_equal(again.get("ticket_refused"), "yes", "at a stranger")
            keygen("ticket", h.path("tickets"))  # a new key before the old one
            two.process.send_signal(signal.SIGHUP)
            two.wait_for_log("read anew")
            again = expect_relay(h.ask(two, "publickey", target=target, **kept(found)))
            expect("ticket_refused" not in again, "refused after a new key")


@check
def ticket_ends_with_the_password():
    with house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        found = expect_relay(h.ask(server, "password", target=target))
        h.write_users(scram=keygen("password", stdin=b"another\n")[0]["scram"])
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("read anew")
        expect_refusal(h.ask(server, "password", target=target, **kept(found)), "0f")
        h.write_users(more="disabled = yes")
        server.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: server.text().count("read anew") == 2, "the second reload")
        expect_refusal(h.ask(server, "publickey", target=target), "0f")


# ---- the files --------------------------------------------------------------------------------


@check
def files_that_others_can_read_are_refused():
    with house() as h:
        keygen("network", h.path("network"))
        keygen("ticket", h.path("ticket"))
        for name in ("server", "users", "network", "ticket"):
            os.chmod(h.path(name), 0o644)
            ended = subprocess.run(
                [f"{BUILD}/socks5ad", "--users", h.path("users"), "--server-key", h.path("server"),
                 "--network-key", h.path("network"), "--ticket-key", h.path("ticket")],
                capture_output=True, timeout=lab.LIMIT,
            )
            os.chmod(h.path(name), 0o600)
            expect_equal(ended.returncode, 2, f"exit status with {name}")
            expect(b"expected 0600" in ended.stderr and h.path(name).encode() in ended.stderr,
                   ended.stderr)


@check
def keygen_overwrites_nothing():
    with house() as h:
        with open(h.path("alice"), "rb") as file:
            before = file.read()
        for command in ("client", "server", "network"):
            ended = subprocess.run(
                [f"{BUILD}/socks5a-keygen", command, h.path("alice")], capture_output=True
            )
            expect_equal(ended.returncode, 1, f"exit status of {command}")
            expect(b"exists" in ended.stderr and not ended.stdout, ended.stderr)
        with open(h.path("alice"), "rb") as file:
            expect_equal(file.read(), before, "the file")
        expect_equal(os.stat(h.path("alice")).st_mode & 0o777, 0o600, "mode")
        found = keygen("fingerprint", h.path("alice"))[0]
        expect_equal(found["public_key"], h.public_key, "public key")
        for _ in range(5):
            keygen("ticket", h.path("ticket"))
        with open(h.path("ticket")) as file:
            expect_equal(len(file.readlines()), 3, "ticket keys that are kept")


@check
def keygen_shows_a_qr_code():
    ended = subprocess.run([f"{BUILD}/socks5a-keygen", "totp", "al ice", "--issuer", "a&b"],
                           capture_output=True, check=True)
    text = ended.stdout.decode()
    expect(re.search(r"otpauth://totp/a%26b:al%20ice\?secret=[A-Z2-7]{32}&issuer=a%26b\n", text), text)
    expect(text.count("\u2580") > 400, "no code")


# ---- memory -----------------------------------------------------------------------------------


def memory_of(server):
    """What the process can write to."""
    pid = server.process.pid
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            places, rights = line.split()[:2]
            begin, end = (int(place, 16) for place in places.split("-"))
            sanitizers = end - begin > 1 << 30  # their shadow of all memory
            if "rw" in rights and "[v" not in line and not sanitizers:
                memory.seek(begin)
                with contextlib.suppress(OSError):
                    yield memory.read(end - begin)


@check
def secrets_are_not_in_memory_after_a_log_in():
    with house() as h, lab.Target(lab.echo) as target:
        with open(h.path("users"), "a") as file:
            file.write("[user carol]\n" + lab.hash_line(b"zanzibar-4711"))
        with h.serve() as server:
            expect_relay(h.ask(server, "token", target=target))
            expect_refusal(h.ask(server, "token", token="another-secret-token"), "0f")
            lab.log_in(server, b"carol", b"zanzibar-4711")[0].close()
            server.wait_for_log("ended", "user=carol")
            expect(any(b"socks5ad" in part for part in memory_of(server)), "nothing was read")
            for secret in (h.token, "another-secret-token", "zanzibar-4711"):
                found = sum(part.count(secret.encode()) for part in memory_of(server))
                expect_equal(found, 0, f"times that {secret} is there")


# ---- hostile clients --------------------------------------------------------------------------


@check
def trickling_client_is_cut():
    with house() as h, h.serve("--handshake-timeout", "500ms") as server:
        with server.connect() as s:
            begin = time.monotonic()
            s.sendall(b"\x05\x01\x80\x01\x01\x00\x11")
            with contextlib.suppress(OSError):
                while time.monotonic() < begin + lab.LIMIT:
                    s.sendall(b"\x00")
                    s.settimeout(0.05)
                    with contextlib.suppress(socket.timeout):
                        if s.recv(16) == b"":
                            break
            expect(time.monotonic() - begin < 5, "served for too long")
        server.wait_for_log("ended", "too long")


@check
def oversized_and_garbage_are_closed():
    with house() as h, h.serve() as server:
        for bad in (b"\x01\x40\x01\x00\x00", b"\x01\x00\x00\x40\x01", b"\x01\x00\x05\x00\x00",
                    b"\x02", os.urandom(64), b"\x01\x00\x20\x00\x20" + os.urandom(96)):
            with server.connect() as s:
                s.sendall(b"\x05\x01\x80\x01" + bad)
                expect_equal(read_exactly(s, 3), b"\x05\x80\x01", "selection and version")
                with contextlib.suppress(ConnectionResetError):
                    s.shutdown(socket.SHUT_WR)
                    expect_equal(s.recv(1), b"", "what follows")
        with server.connect() as s:
            s.sendall(b"\x05\x01\x80\x02")
            expect_equal(read_exactly(s, 3), b"\x05\x80\xff", "rejected version")
        expect_equal(h.ask(server, "publickey")[0], "accepted", "afterwards")


def main():
    global BUILD
    if len(sys.argv) < 2:
        print("usage: socks5ad_eaf.py BUILD-DIR [CHECK...]", file=sys.stderr)
        return 2
    BUILD = os.path.abspath(sys.argv[1])
    lab.SOCKS5AD = f"{BUILD}/socks5ad"
    return lab.run_checks(CHECKS, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
