#!/usr/bin/env python3
"""Method 81 at socks5ad over loopback: python3 tests/system/socks5ad_tol.py BUILD-DIR [CHECK...]

The client is tests/system/tol_client: it logs in, connects to a target, and carries bytes between the
records and one end of a socket pair, whose other end the checks use. Prints as socks5ad.py.
"""
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import socks5ad as lab
import socks5ad_eaf as eaf
from socks5ad import digest, expect, expect_equal, read_all, read_exactly, reset, wait_until

BUILD = None
CHECKS = []
BARE, PADDING, JITTER, MASKING, FULL = range(5)
NO_TYPES, PLAIN = "183f", "087f"  # capabilities without bit 6, without bit 12


def check(function):
    CHECKS.append(function)
    return function


class Tunnel:
    """A session of tol_client; `.s` is what its program would hold, `.said` its first line."""

    def __init__(self, house, server, target=None, **settings):
        self.s, other = socket.socketpair()
        self.s.settimeout(lab.LIMIT)
        settings = {
            "server_key": house.server_key, "key": house.path("alice"),
            "target": target.port if target else None, **settings,
        }
        command = [f"{BUILD}/tests/system/tol_client", server.at.rsplit(":", 1)[1]]
        command += [f"{name}={value}" for name, value in settings.items() if value is not None]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, preexec_fn=lambda: os.dup2(other.fileno(), 3),
            close_fds=False,
        )
        other.close()
        self.said = self.process.stdout.readline().decode().split()
        self.found = dict(word.split("=", 1) for word in self.said[1:] if "=" in word)

    def ended(self):
        """Its last line."""
        return self.process.stdout.readline().decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()
        self.process.kill()
        self.process.wait(lab.LIMIT)
        self.process.stdout.close()


def open_tunnel(*arguments, **settings):
    tunnel = Tunnel(*arguments, **settings)
    expect_equal((tunnel.said[0], tunnel.found.get("reply")), ("accepted", "00"), "log-in")
    return tunnel


def send_and_end(s, data):
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)


def both_ways(h, server, up, down, **settings):
    """Sends both at once, and compares; the log says how it ended."""
    heard = []

    def serve(connection):
        sender = threading.Thread(target=send_and_end, args=(connection, down))
        sender.start()
        heard.append(read_all(connection))
        sender.join()

    with lab.Target(serve) as target, open_tunnel(h, server, target, **settings) as tunnel:
        sender = threading.Thread(target=send_and_end, args=(tunnel.s, up))
        sender.start()
        expect(read_all(tunnel.s) == down, f"{settings}: other bytes came down")
        sender.join()
        wait_until(lambda: heard, "the target")
        expect(heard[0] == up, f"{settings}: other bytes came up")
        expect_equal(tunnel.ended(), "ended", "the client's end")
        return tunnel.found


# ---- relays -----------------------------------------------------------------------------------


@check
def every_type_carries_a_mebibyte_both_ways():
    up, down = random.randbytes(1 << 20), random.randbytes(1 << 20)
    with eaf.house() as h:
        for kind, name in enumerate(("bare", "padding", "jitter", "masking", "full")):
            with h.serve("--tol-type", name, "--tol-mode", "plain") as server:
                found = both_ways(h, server, up, down, send=kind)
                expect_equal((found["sealed"], found["type"]), ("1", str(kind)), "what was agreed")
                server.wait_for_log("relayed", f"tol=sealed,{name}", f"up={len(up)}",
                                    f"down={len(down)}", "in order")
                if kind in (BARE, FULL):
                    found = both_ways(h, server, up, down, send=kind, caps=PLAIN)
                    expect_equal(found["sealed"], "0", "mode")
                    server.wait_for_log("relayed", f"tol=plain,{name}", "in order")


@check
def wish_of_the_client_holds():
    with eaf.house() as h, h.serve("--tol-dummies", "800") as server:
        found = both_ways(h, server, b"up", b"down", type=MASKING, dummy=20)
        expect_equal((found["type"], found["dummy"]), ("1", "800"), "what it is asked for")
        server.wait_for_log("relayed", "tol=sealed,masking")
        both_ways(h, server, b"up", b"down", type=MASKING, caps=NO_TYPES)
        server.wait_for_log("relayed", "tol=sealed,bare")


@check
def half_close_from_either_side():
    data = random.randbytes(1 << 20)
    heard = []

    def answer(connection):
        connection.sendall(digest(read_all(connection)))

    def begin(connection):
        send_and_end(connection, data)
        heard.append(read_all(connection))

    with eaf.house() as h, h.serve() as server:
        with lab.Target(answer) as target, open_tunnel(h, server, target) as tunnel:
            send_and_end(tunnel.s, data)
            expect_equal(read_all(tunnel.s), digest(data), "checksum up")
            expect_equal(tunnel.ended(), "ended", "the client's end")
        with lab.Target(begin) as target, open_tunnel(h, server, target) as tunnel:
            tunnel.s.sendall(digest(read_all(tunnel.s)))
            tunnel.s.shutdown(socket.SHUT_WR)
            wait_until(lambda: heard, "the target")
            expect_equal(heard[0], digest(data), "checksum down")
            expect_equal(tunnel.ended(), "ended", "the client's end")


@check
def bytes_behind_the_request_and_before_any_arrive():
    heard = []

    def serve(connection):
        connection.sendall(b"banner")
        heard.append(read_exactly(connection, 10))

    with eaf.house() as h, h.serve() as server, lab.Target(serve) as target:
        with open_tunnel(h, server, target, early="early") as tunnel:
            expect_equal(read_exactly(tunnel.s, 6), b"banner", "what the target said first")
            tunnel.s.sendall(b"later")
            wait_until(lambda: heard, "the target")
            expect_equal(heard[0], b"earlylater", "what the target heard")


@check
def refused_target_is_told():
    with eaf.house() as h, h.serve() as server:
        closed = type("Closed", (), {"port": lab.closed_port()})
        with Tunnel(h, server, closed) as tunnel:
            expect_equal(tunnel.found.get("reply"), "05", "reply")
        server.wait_for_log("failed", "user=alice", "rep=05")


# ---- ends that are none -----------------------------------------------------------------------


@check
def reset_by_the_target_is_a_cut_connection():
    def serve(connection):
        connection.recv(1)
        connection.sendall(b"before")
        connection.recv(1)
        reset(connection)

    with eaf.house() as h, h.serve() as server, lab.Target(serve) as target:
        with open_tunnel(h, server, target) as tunnel:
            tunnel.s.sendall(b"1")
            expect_equal(read_exactly(tunnel.s, 6), b"before", "what came before")
            tunnel.s.sendall(b"2")
            expect_equal(tunnel.ended(), "cut", "the client's end")
        server.wait_for_log("relayed", "reset by peer")


@check
def cut_and_forged_ends_reset_the_target():
    for hurt, reason in (("fin", "reset by peer"), ("reset", "reset by peer"),
                         ("flip", "Bad message"), ("after", "Bad message")):
        saw = []

        def serve(connection):
            try:
                expect_equal(read_exactly(connection, 5), b"hello", "before")
                while connection.recv(65536):
                    pass
                saw.append("end of file")
                time.sleep(0.05)  # `after`: its reset comes behind the end
                connection.send(b"x")
                connection.recv(1)
            except OSError:
                saw.append("reset")

        with eaf.house() as h, h.serve() as server, lab.Target(serve) as target:
            with open_tunnel(h, server, target, hurt=hurt) as tunnel:
                send_and_end(tunnel.s, b"hello")
                wait_until(lambda: "reset" in saw, f"the reset after {hurt}")
                expect(hurt == "after" or len(saw) == 1, f"{hurt}: an end of file before it")
            server.wait_for_log("relayed", reason)


@check
def sessions_in_records_drain():
    with eaf.house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        with open_tunnel(h, server, target) as tunnel:
            lab.expect_echo(tunnel.s)
            server.process.send_signal(signal.SIGTERM)
            server.wait_for_log("draining")
            lab.expect_echo(tunnel.s)
            tunnel.s.shutdown(socket.SHUT_WR)
            expect_equal(tunnel.ended(), "ended", "the client's end")
            expect_equal(server.process.wait(lab.LIMIT), 0, "exit status")


# ---- what is wanted at least ------------------------------------------------------------------


def expect_refusal(h, server, **settings):
    with Tunnel(h, server, **settings) as tunnel:
        expect_equal((tunnel.said[0], tunnel.found.get("rep"), tunnel.found.get("code")),
                     ("refused", "0d", "0004"), f"log-in with {settings}")


@check
def least_of_server_and_user_holds():
    with eaf.house() as h, lab.Target(lab.echo) as target:
        with h.serve() as server:
            expect_refusal(h, server, caps=PLAIN)
            server.wait_for_log("refused", "user=alice", "plain mode")
        with h.serve("--tol=padding", "--tol-mode=plain") as server:
            expect_refusal(h, server, caps=NO_TYPES)
            expect_equal(h.ask(server, "publickey", "80")[0], "failed", "80")
            open_tunnel(h, server, target, caps=PLAIN).__exit__()
        h.write_users(more="tol = bare\ntol_mode = sealed")
        with h.serve("--tol-mode=plain") as server:
            expect_refusal(h, server, caps=PLAIN)
            eaf.expect_refusal(h.ask(server, "publickey", "80"), "0d")
            eaf.expect_refusal(h.ask(server, "password", "82"), "0d")
            open_tunnel(h, server, target, caps=NO_TYPES).__exit__()


@check
def network_key_is_needed_for_the_first_record():
    with eaf.house() as h, lab.Target(lab.echo) as target:
        eaf.keygen("network", h.path("network"))
        with h.serve("--network-key", h.path("network")) as server:
            with open_tunnel(h, server, target, network=h.path("network")) as tunnel:
                lab.expect_echo(tunnel.s)
            with Tunnel(h, server, target) as tunnel:
                expect_equal(tunnel.said[:2], ["failed", "closed"], "without it")
            server.wait_for_log("refused", "bad record")


# ---- hostile clients --------------------------------------------------------------------------


@check
def garbage_is_closed_without_a_byte():
    with eaf.house() as h, h.serve("--handshake-timeout", "1") as server:
        for bad in (os.urandom(600), bytes(600), b"\x00\x00\x05\x00", b"\x00\x00\x01\xff"):
            with server.connect() as s:
                s.sendall(b"\x05\x01\x81" + bad)
                expect_equal(read_exactly(s, 2), b"\x05\x81", "selection")
                with contextlib.suppress(ConnectionResetError):
                    expect_equal(s.recv(1), b"", "what follows")


@check
def trickled_record_is_cut():
    with eaf.house() as h, h.serve("--handshake-timeout", "400ms") as server:
        with server.connect() as s:
            begin = time.monotonic()
            s.sendall(b"\x05\x01\x81")
            expect_equal(read_exactly(s, 2), b"\x05\x81", "selection")
            s.settimeout(0.05)
            with contextlib.suppress(OSError):
                for byte in b"\x00\x00\x00\x00\x40\x00" + bytes(lab.LIMIT * 20):
                    s.sendall(bytes([byte]))
                    with contextlib.suppress(socket.timeout):
                        if s.recv(16) == b"":
                            break
            expect(time.monotonic() - begin < 5, "served for too long")
        server.wait_for_log("ended", "too long")


@check
def stalled_readers_hold_their_senders_back():
    """Neither they nor those that idle cost more than a bounded amount of memory."""
    sessions, total, block = 12, 64 << 20, bytes(1 << 16)
    sent = [0]

    def serve(connection):
        with contextlib.suppress(OSError):
            while sent[0] < sessions * total:
                connection.sendall(block)
                sent[0] += len(block)

    with eaf.house() as h, h.serve() as server, lab.Target(serve) as target:
        with contextlib.ExitStack() as stack:
            stack.enter_context(open_tunnel(h, server, target))
            wait_until(lambda: lab.stalled(sent), "the first sender to stall")
            before = lab.memory_of(server.process)
            for _ in range(sessions):
                stack.enter_context(open_tunnel(h, server, target))
            wait_until(lambda: lab.stalled(sent), "the senders to stall")
            grown = lab.memory_of(server.process) - before
            expect(grown < sessions * (600 if "san" in BUILD else 256), f"{grown} KiB for them")
            used = lab.cpu_of(server.process)
            time.sleep(0.3)
            expect(lab.cpu_of(server.process) - used < 0.15, "the server spins while it waits")


@check
def idle_relays_hold_no_buffers():
    sessions = 40
    with eaf.house() as h, h.serve() as server, lab.Target(lab.echo) as target:
        with contextlib.ExitStack() as stack:
            def enter():
                tunnel = stack.enter_context(open_tunnel(h, server, target))
                lab.expect_echo(tunnel.s)

            for _ in range(4):
                enter()
            before = lab.memory_of(server.process)
            for _ in range(sessions):
                enter()
            grown = lab.memory_of(server.process) - before
            expect(grown < sessions * (256 if "san" in BUILD else 16), f"{grown} KiB for them")


def main():
    global BUILD
    if len(sys.argv) < 2:
        print("usage: socks5ad_tol.py BUILD-DIR [CHECK...]", file=sys.stderr)
        return 2
    BUILD = eaf.BUILD = os.path.abspath(sys.argv[1])
    lab.SOCKS5AD = f"{BUILD}/socks5ad"
    return lab.run_checks(CHECKS, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
