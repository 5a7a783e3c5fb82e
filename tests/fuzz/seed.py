#!/usr/bin/env python3
"""Writes the vectors as seeds of the fuzzers: seed.py FOLDER [FOLDER-OF-VECTORS]

FOLDER/NAME gets one file an input, in the form that tests/fuzz/NAME.c reads."""

import hashlib
import json
import pathlib
import sys


def flags(*bits):
    return bytes([sum(1 << n for n, bit in enumerate(bits) if bit)])


def allowed(entry):
    return bytes([sum(1 << atyp for atyp in entry["allowed"])])


def greeting_of(entry):
    offered = bytes(entry["offered"])
    return bytes([5, len(offered)]) + offered


def reply_rules(entry):
    return bytes([entry["cmd"] | (0x80 if entry["eaf"] else 0)])


def metadata_place(entry):
    return bytes([entry["message"] | (0x80 if entry["sealed"] else 0)])


# decoder: fuzzers, and what stands before the bytes of the entry
SEEDS = {
    "greeting": [("fuzz_greeting", lambda entry: b"")],
    "selection": [("fuzz_greeting", greeting_of)],
    "userpass": [("fuzz_userpass", lambda entry: b"")],
    "address": [("fuzz_address", allowed)],
    "request": [("fuzz_request", lambda entry: flags(entry["bit9"], entry["bit10"]))],
    "reply": [("fuzz_reply", reply_rules)],
    "udp datagram": [("fuzz_udp", lambda entry: b"")],
    "udp in stream": [("fuzz_udp", lambda entry: b""), ("fuzz_server_udp", lambda entry: b"\0")],
    "tlv list": [("fuzz_tlv", lambda entry: b"")],
    "metadata": [("fuzz_metadata", metadata_place)],
    "eaf message": [("fuzz_eaf_message", lambda entry: bytes([entry["message"]]))],
    "AUTH from the client": [("fuzz_auth", lambda entry: b"\0")],
    "AUTH from the server": [("fuzz_auth", lambda entry: b"\1")],
}

# what no vector has: a status behind a password, texts of addresses and URLs, options by themselves
EXTRA = [
    # a log-in by token: message 1 without AUTH, then "token" as MID 05, and a request
    (
        "fuzz_server_login",
        b"\0\xff" + b"\0\0\0\0\0\0\0" + b"\0\0\x08\5\0\5token\0\0\0\0"
        + b"\5\1\0\1\x7f\0\0\1\0\x50",
    ),
    # KEEP_ALIVE, DNS_RESOLVE, POOL_NEW, UDP_ASSOCIATE_EXT
    (
        "fuzz_server_requests",
        b"\x08" + bytes.fromhex("050400000000" "05050003017800220506000301780019" "050600050278790000")
        + bytes.fromhex("05080001000000000000000e01000101020002001e0300020578"),
    ),
    ("fuzz_userpass", bytes.fromhex("010161016201000501")),
    ("fuzz_userpass", bytes.fromhex("01000001ff")),
    ("fuzz_address", b"\0" + b"192.0.2.1"),
    ("fuzz_address", b"\0" + b"[2001:db8::1]"),
    ("fuzz_address", b"\0" + b"unix:/run/x.sock"),
    ("fuzz_address", b"\0" + b"unix:@x"),
    ("fuzz_tlv", bytes.fromhex("000e01000101020002001e03000205dc")),
]


def write(folder, fuzzer, content):
    place = folder / fuzzer
    place.mkdir(parents=True, exist_ok=True)
    (place / hashlib.sha1(content).hexdigest()).write_bytes(content)


def vec16(content):
    return len(content).to_bytes(2, "big") + content


def clear(metadata):
    """The TLVs that the forger of the fuzzers does not make itself."""
    kept, at = b"", 0
    while at < len(metadata):
        end = at + 3 + int.from_bytes(metadata[at + 1:at + 3], "big")
        if metadata[at] not in (0x01, 0x80):
            kept += metadata[at:end]
        at = end
    return kept


def forged(message):
    """A message as tests/fuzz/forger.h reads it."""
    field = lambda name: bytes.fromhex(message.get(name, ""))
    how = 0 if field("list_before_sealing") else 2
    return (bytes([how]) + vec16(field("auth_before_sealing")) +
            vec16(field("list_before_sealing")) + vec16(clear(field("metadata"))))


def exchange(folder, entry):
    messages = [forged(message) for message in entry["messages"]]
    method, fetch = entry["method"] & 3, 4 if "keyfetch" in entry["name"] else 0
    ticket = 8 if "ticket" in entry["name"] else 0
    for choice in range(8):
        head = bytes([method | fetch | ticket | choice << 4, 0xff])
        write(folder, "fuzz_eaf_server", head + b"".join(messages[0::2]))
    tol = 0x80 if entry["method"] == 0x81 else 0
    for has in range(32):
        head = bytes([method >> 1 | fetch >> 1 | ticket >> 1, has, tol])
        reply = bytes.fromhex("05000001c6336401c351")
        write(folder, "fuzz_session_login", head + b"".join(messages[1::2]) + reply)
    connect = b"\5\1\0\1\x7f\0\0\1\0\x50"
    head = bytes([(method == 2) | fetch >> 1 | ticket >> 1, 0xff])
    write(folder, "fuzz_server_login", head + b"".join(messages[0::2]) + connect)
    head = bytes([8 | fetch >> 1 | ticket >> 1, 0xff])
    record = b"\1\0\0" + b"\2\0" + bytes([len(connect)]) + connect
    confirm = b"\2" + bytes(6) if len(messages) == 2 else b""
    write(folder, "fuzz_server_login", head + b"".join(messages[0::2]) + confirm + record)
    for has in (0x02, 0x04, 0x08, 0x10, 0x20, 0x3e):
        head = bytes([method | fetch | ticket, has, 0xff])
        write(folder, "fuzz_eaf_client", head + b"".join(messages[1::2]))


def exchanges(folder, vectors):
    for entry in json.loads((vectors / "eaf.json").read_text()):
        exchange(folder, entry)
    for path in vectors.glob("session-*.json"):
        exchange(folder, json.loads(path.read_text()))


def records(folder, vectors):
    """As tests/fuzz/fuzz_tol_record.c reads them: one and its end record, whole and in pieces."""
    tol = json.loads((vectors / "tol.json").read_text())
    for mode, tag in (("plain", 0), ("sealed", 16)):
        for entry in tol[mode]:
            rand, payload = bytes.fromhex(entry["rand"]), bytes.fromhex(entry["payload"])
            record = bytes([1, entry["type"], len(rand)]) + rand
            record += (len(payload) + tag).to_bytes(2, "big") + payload
            end = bytes([1, 0, 0, 0, tag])
            for number in range(3):
                for cuts in (0, 200):
                    write(folder, "fuzz_tol_record", bytes([number, cuts]) + record + end)


def relays():
    """As tests/fuzz/fuzz_tol_pump.c reads them: both roles and modes, all types, with the default numbers; reads,
    writes, waits, an end."""
    numbers = (255, 512, 1024, 1, 18)
    more = (192, 8192 - 256, 1080, 276, 93, 100, 39)
    words = lambda values: b"".join(value.to_bytes(2, "big") for value in values)
    moves = bytes.fromhex("000258 010000 020014 010000 030000 044000 06000a 010000 050000 070010 010000")
    for role in range(4):
        for kind in range(5):
            shape = bytes([role, kind]) + words(numbers) + b"\0" + words(more)
            yield shape + b"\x14" + words((40000, 500)) + moves * 3


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: seed.py FOLDER [FOLDER-OF-VECTORS]")
    here = pathlib.Path(__file__).resolve().parent
    vectors = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else here.parent / "vectors"
    folder = pathlib.Path(sys.argv[1])
    exchanges(folder, vectors)
    records(folder, vectors)
    for content in relays():
        write(folder, "fuzz_tol_pump", content)
    for entry in json.loads((vectors / "codec.json").read_text()):
        content = bytes.fromhex(entry["in"])
        for fuzzer, before in SEEDS.get(entry["decoder"], []):
            write(folder, fuzzer, before(entry) + content)
            if fuzzer == "fuzz_address":  # its URLs, as text
                write(folder, fuzzer, before(entry) + content[4:])
    for fuzzer, content in EXTRA:
        write(folder, fuzzer, content)


main()
