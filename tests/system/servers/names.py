"""A name server for the proxy's namespace: names.py ADDRESS NAME=ADDRESS[,ADDRESS]…

Answers A and AAAA for the names given and NXDOMAIN for the rest, over UDP; accepts TCP connections
to show that it runs, and ends them."""

import ipaddress
import socket
import struct
import sys
import threading

NXDOMAIN, REFUSED = 3, 5
TYPES = {1: 4, 28: 6}


def parse_name(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]])
        at += 1 + message[at]
    return b".".join(labels).decode("latin-1").lower(), at + 1


def answer(query, names):
    name, end = parse_name(query)
    kind = struct.unpack(">H", query[end : end + 2])[0]
    addresses = [ipaddress.ip_address(text) for text in names.get(name, ())]
    records = [
        struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(address.packed)) + address.packed
        for address in addresses
        if address.version == TYPES.get(kind)
    ]
    code = 0 if name in names else NXDOMAIN
    header = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    return header + query[12 : end + 4] + b"".join(records)


def accept_for_ever(server):
    while True:
        server.accept()[0].close()


def main():
    where, *pairs = sys.argv[1:]
    names = {name: addresses.split(",") for name, addresses in (pair.split("=") for pair in pairs)}
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((where, 53))
    stream = socket.create_server((where, 53))
    threading.Thread(target=accept_for_ever, args=(stream,), daemon=True).start()
    while True:
        query, peer = datagrams.recvfrom(4096)
        try:
            datagrams.sendto(answer(query, names), peer)
        except (IndexError, struct.error):
            pass


main()
