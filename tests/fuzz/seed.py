#!/usr/bin/env python3
"""Writes the codec vectors as seeds of the fuzzers: seed.py FOLDER [CODEC.JSON]

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


# decoder: fuzzers, and what stands before the bytes of the entry
SEEDS = {
    "greeting": [("fuzz_greeting", lambda entry: b"")],
    "selection": [("fuzz_greeting", greeting_of)],
    "userpass": [("fuzz_userpass", lambda entry: b"")],
    "address": [("fuzz_address", allowed)],
    "request": [("fuzz_request", lambda entry: flags(entry["bit9"], entry["bit10"]))],
    "reply": [("fuzz_reply", reply_rules)],
    "udp datagram": [("fuzz_udp", lambda entry: b"")],
    "udp in stream": [("fuzz_udp", lambda entry: b"")],
    "tlv list": [("fuzz_tlv", lambda entry: b"")],
}

# what no vector has: a status behind a password, texts of addresses and URLs, options by themselves
EXTRA = [
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


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: seed.py FOLDER [CODEC.JSON]")
    here = pathlib.Path(__file__).resolve().parent
    vectors = sys.argv[2] if len(sys.argv) == 3 else here.parent / "vectors" / "codec.json"
    folder = pathlib.Path(sys.argv[1])
    for entry in json.loads(pathlib.Path(vectors).read_text()):
        content = bytes.fromhex(entry["in"])
        for fuzzer, before in SEEDS.get(entry["decoder"], []):
            write(folder, fuzzer, before(entry) + content)
            if fuzzer == "fuzz_address":  # its URLs, as text
                write(folder, fuzzer, before(entry) + content[4:])
    for fuzzer, content in EXTRA:
        write(folder, fuzzer, content)


main()
