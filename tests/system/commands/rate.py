"""REP 0A: how many requests one principal may make in a while."""
import tempfile

import socks5ad as lab
from socks5ad import expect_equal, read_exactly

from .scene import (CONNECT, KEEP_ALIVE, KEPT, NOTHING, POOL_NEW, RESOLVE, anonymous, ask, ask_figures, check, expect_end,
                    expect_refusal, house, keep_alive, obfuscated, read_reply, session)

SLOW = ("--request-rate", "1", "--request-burst")  # fills too slowly to be seen
TOO_MANY = (10, 1, "too many requests in a while")


@check
def requests_over_the_rate_are_0a_and_the_session_goes_on():
    with house(*SLOW, "3") as (h, server), session(h, server) as s:
        for _ in range(3):
            keep_alive(s)
        expect_equal(ask(s, KEEP_ALIVE, NOTHING), TOO_MANY, "the fourth")
        expect_equal(ask(s, RESOLVE, lab.name(b"192.0.2.1")), TOO_MANY, "another command")
        server.wait_for_log("refused", "user=alice", "command=keep_alive", "rep=0a", "too many requests")


@check
def bucket_fills_again():
    with house("--request-rate", "600", "--request-burst", "1") as (h, server), session(h, server) as s:
        lab.wait_until(lambda: ask(s, KEEP_ALIVE, NOTHING)[0] == 10, "the bucket to be empty")
        lab.wait_until(lambda: ask(s, KEEP_ALIVE, NOTHING)[0] == 0, "the bucket to fill")


@check
def connect_over_the_rate_ends_the_session():
    with house(*SLOW, "1") as (h, server), lab.Target(lab.echo) as target:
        with session(h, server) as s:
            keep_alive(s)
            expect_equal(ask(s, CONNECT, lab.address("127.0.0.1"), target.port), TOO_MANY, "CONNECT")
            expect_end(s)
        expect_equal(target.accepted, 0, "connections")


@check
def sessions_of_a_user_share_a_rate_and_users_do_not():
    with house(*SLOW, "2") as (h, server):
        with session(h, server) as s, session(h, server, method="82") as other, obfuscated(h, server) as third:
            keep_alive(s)
            keep_alive(other)
            expect_refusal(third, POOL_NEW, lab.address("127.0.0.1"), 9, 10)
        with session(h, server, user="bob") as bob:
            keep_alive(bob)


@check
def clients_without_a_log_in_share_their_source():
    with house(*SLOW, "1") as (h, server), lab.Target(lab.echo) as target:
        with anonymous(server) as s:
            expect_equal(ask(s, CONNECT, lab.address("127.0.0.1"), target.port)[0], 0, "REP")
            lab.expect_echo(s)
        with anonymous(server) as s:  # who does not know 0A
            expect_refusal(s, CONNECT, lab.address("127.0.0.1"), target.port, 1)
            expect_end(s)
        with session(h, server, user=None) as s:
            expect_refusal(s, KEEP_ALIVE, NOTHING, 0, 10)
        with session(h, server) as s:
            keep_alive(s)


@check
def password_of_method_02_counts_as_its_user():
    carol = "[user carol]\n" + lab.hash_line(b"wonder")
    with house(*SLOW, "1", more=carol) as (h, server):
        for rep in (2, 1):  # multicast is refused as such once
            with server.connect() as s:
                s.sendall(b"\x05\x01\x02\x01\x05carol\x06wonder")
                expect_equal(read_exactly(s, 4), b"\x05\x02\x01\x00", "log-in")
                expect_refusal(s, CONNECT, lab.address("224.0.0.1"), 9, rep)


@check
def flood_is_told_once_a_session():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/metrics"
        with house(*SLOW, "1", "--metrics", path) as (h, server), session(h, server) as s:
            keep_alive(s)
            s.sendall(lab.request(NOTHING, 0, KEEP_ALIVE) * 500)
            found = [read_reply(s)[0] for _ in range(500)]
            expect_equal(found, [10] * 500, "REPs")
            expect_equal(server.text().count("rep=0a"), 1, "lines")
            expect_equal(ask_figures(path)["rate_limited_total"], 500, "figure")


@check
def without_a_rate_there_is_none():
    with house() as (h, server), session(h, server) as s:
        s.sendall(lab.request(NOTHING, 0, KEEP_ALIVE) * 3000)
        expect_equal(read_exactly(s, 6 * 3000), KEPT * 3000, "replies")
