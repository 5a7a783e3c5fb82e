"""The server's figures."""
import os
import socket
import tempfile

import socks5ad as lab
from socks5ad import expect, expect_equal

from . import udp
from .scene import CONNECT, anonymous, ask, ask_figures, check, expect_refusal, house, keep_alive, session


@check
def figures_are_told():
    target = udp.Echo()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/metrics"
        with house("--metrics", path) as (h, server), lab.Target(lab.echo) as echo:
            expect_equal(set(ask_figures(path).values()), {0}, "figures at the start")
            with anonymous(server) as s:
                ask(s, CONNECT, lab.address("127.0.0.1"), echo.port)
                lab.expect_echo(s, b"seven b")
            with anonymous(server) as s:
                expect_refusal(s, CONNECT, lab.address("127.0.0.1"), lab.closed_port(), 5)
            with anonymous(server) as s:
                expect_refusal(s, CONNECT, lab.address("224.0.0.1"), 9, 2)
            with anonymous(server) as s, udp.associate(s) as client:
                udp.expect_echo(client, target, b"datagram")
                expect_equal(ask_figures(path)["associations"], 1, "associations")
            with session(h, server) as s:
                keep_alive(s)
                expect_equal(ask_figures(path)["waiting"], 1, "waiting")
            lab.wait_until(lambda: ask_figures(path)["sessions"] == 0, "their ends")
            found = ask_figures(path)
            wanted = {"accepted_total": 5, "relayed_total": 1, "failed_total": 1, "refused_total": 1,
                      "associated_total": 1, "ended_total": 1, "bytes_up_total": 15, "bytes_down_total": 15,
                      "datagrams_up_total": 1, "datagrams_down_total": 1, "waiting": 0, "associations": 0}
            expect_equal({name: found[name] for name in wanted}, wanted, "figures")
        expect(not os.path.exists(path), "the socket is left")


@check
def visitors_that_ask_nothing_are_bounded():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/metrics"
        with house("--metrics", path) as (h, server):
            before = server.descriptors()
            idle = []
            for _ in range(20):
                idle.append(socket.socket(socket.AF_UNIX))
                idle[-1].connect(path)
            lab.wait_until(lambda: server.descriptors() == before + 8, "eight of them")
            for s in idle:
                s.close()
            lab.wait_until(lambda: server.descriptors() == before, "their ends")
            ask_figures(path)
