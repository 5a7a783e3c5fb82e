"""A name server with a zone of its own, over TCP alone: zone.py PORT

"big" has a TXT record of 30,000 bytes, every other name one of its own; AXFR is answered in three
messages; what is no query with NOTIMP."""

import socketserver
import struct
import sys

TXT, SOA, AXFR, NOTIMP = 16, 6, 252, 4
BIG = 30000


def question_end(query):
    at = 12
    while query[at]:
        at += 1 + query[at]
    return at + 5


def strings(text):
    pieces = (text[at : at + 255] for at in range(0, len(text), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def record(kind, data):
    return struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(data)) + data


def message(query, records, code=0):
    end = question_end(query)
    flags = 0x8000 | query[2] << 8 & 0x7900 | 0x80 | code
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + query[12:end] + b"".join(records)


def answers(query):
    kind = struct.unpack(">H", query[question_end(query) - 4 : question_end(query) - 2])[0]
    if query[2] & 0x78:
        return [message(query, [], NOTIMP)]
    if kind == AXFR:
        soa = record(SOA, b"\0\0" + struct.pack(">5I", 1, 2, 3, 4, 5))
        texts = [record(TXT, strings(b"record %d" % number)) for number in range(300)]
        return [message(query, [soa]), message(query, texts), message(query, [soa])]
    label = query[13 : 13 + query[12]]
    text = b"x" * BIG if label == b"big" else b"text of " + label
    return [message(query, [record(TXT, strings(text))] if kind == TXT else [])]


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while len(length := self.rfile.read(2)) == 2:
            query = self.rfile.read(int.from_bytes(length, "big"))
            for answer in answers(query):
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


Server(("", int(sys.argv[1])), Handler).serve_forever()
