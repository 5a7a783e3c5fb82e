"""Plain UDP services of the target: datagrams.py ECHO-PORT TFTP-PORT

The first echoes datagrams; a TCP listener of the same port shows that it runs. The second answers
read requests of TFTP (RFC 1350) for any name by 3000 bytes of it, from that one port alone, as
relays want it that let in whom was written to."""

import socket
import sys
import threading

BLOCK, SIZE = 512, 3000


def bound(port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.bind(("::", port))
    return server


def echo(port):
    server = bound(port)
    while True:
        data, peer = server.recvfrom(65536)
        server.sendto(data, peer)


def content(name):
    return (name * (SIZE // len(name) + 1))[:SIZE]


def tftp(port):
    server, names = bound(port), {}
    while True:
        data, peer = server.recvfrom(65536)
        number = 0
        if data[:2] == b"\0\1":
            names[peer] = data[2:].partition(b"\0")[0]
        elif data[:2] == b"\0\4" and peer in names:
            number = int.from_bytes(data[2:4], "big")
        else:
            continue
        block = content(names[peer])[number * BLOCK : (number + 1) * BLOCK]
        if number <= SIZE // BLOCK:
            server.sendto(b"\0\3" + (number + 1).to_bytes(2, "big") + block, peer)


if __name__ == "__main__":
    ports = [int(word) for word in sys.argv[1:]]
    for service, number in zip((echo, tftp), ports):
        threading.Thread(target=service, args=(number,)).start()
    with socket.create_server(("::", ports[0]), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        while True:
            listener.accept()[0].close()
