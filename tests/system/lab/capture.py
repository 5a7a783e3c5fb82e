"""The counter of leaks: packet sockets in the client's namespace, filtered in the kernel so that
bulk traffic to the proxy cannot push a leaked packet out of the buffer."""

import ctypes
import re
import socket
import struct
import subprocess

from . import addresses as at

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SOL_PACKET = 263
PACKET_OUTGOING = 4

# datagrams with the header of SOCKS, to the relays of the proxies
# (IPv4, IPv6, what an ICMP error of IPv4 quotes)
WRAPPED = "udp[8:2] = 0 and udp[10] = 0 and (udp[11] = 1 or udp[11] = 3 or udp[11] = 4)"
WRAPPED6 = "ip6[6] = 17 and ip6[48:2] = 0 and ip6[50] = 0 and (ip6[51] = 1 or ip6[51] = 3 or ip6[51] = 4)"
QUOTED = "icmp[17] = 17 and icmp[36:2] = 0 and icmp[38] = 0 and (icmp[39] = 1 or icmp[39] = 3 or icmp[39] = 4)"
PORTS = "portrange {}-{}".format(*at.PROXY_PORTS)
LEAK = (
    f"not arp"
    f" and not (tcp and host {at.PROXY4} and {PORTS})"
    f" and not (ip6 and tcp and host {at.PROXY6} and {PORTS})"
    f" and not (ip and udp and host {at.PROXY4} and {WRAPPED})"
    f" and not (ip6 and host {at.PROXY6} and {WRAPPED6})"
    # of a datagram in fragments the first alone has a header; by IPv6 none leave, and those that come only
    # take room in the buffer
    f" and not (ip and udp and host {at.PROXY4} and ip[6:2] & 0x1fff != 0)"
    f" and not (ip6 and src host {at.PROXY6} and ip6[6] = 44)"
    # what the kernel says of datagrams from a relay that come late, when their socket is gone
    f" and not (icmp[icmptype] = icmp-unreach and icmp[icmpcode] = 3 and dst host {at.PROXY4} and {QUOTED})"
    # neighbour discovery, and the kernel's own multicast reports
    f" and not (icmp6 and ip6[40] >= 133 and ip6[40] <= 137)"
    f" and not (ip6 and dst host ff02::16)"
)
LOCAL_DNS = "port 53"


def compile_filter(expression):
    text = subprocess.run(
        ["tcpdump", "-y", "EN10MB", "-ddd", expression], check=True, capture_output=True, text=True
    ).stdout
    rows = [tuple(map(int, line.split())) for line in text.splitlines()[1:]]
    return b"".join(struct.pack("HBBI", *row) for row in rows), len(rows)


def open_capture(device, expression):
    code, length = compile_filter(expression)
    buffer = ctypes.create_string_buffer(code)
    capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    program = struct.pack("HL", length, ctypes.addressof(buffer))
    capture.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    capture.bind((device, ETH_P_ALL))
    capture.setblocking(False)
    return capture


def describe(packet):
    """One line about an Ethernet frame."""
    kind = int.from_bytes(packet[12:14], "big")
    body = packet[14:]
    if kind == 0x0800 and len(body) >= 24:
        family, protocol, header = socket.AF_INET, body[9], (body[0] & 15) * 4
        ends = (body[12:16], body[16:20])
    elif kind == 0x86DD and len(body) >= 44:
        family, protocol, header = socket.AF_INET6, body[6], 40
        ends = (body[8:24], body[24:40])
    else:
        return f"ethertype {kind:04x}, {len(packet)} bytes"
    source, destination = (socket.inet_ntop(family, end) for end in ends)
    ports = struct.unpack(">HH", body[header : header + 4])
    name = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp6"}.get(protocol, f"protocol {protocol}")
    text = f"{name} {source} -> {destination}"
    if protocol in (6, 17):
        text += " port %d" % ports[1]
    if 53 in ports:
        text += " " + re.sub(rb"[^a-z0-9-]+", b".", body[header + 20 :].lower()).decode()
    return text


class LeakCounter:
    def __init__(self, namespace):
        self.captures = [
            namespace.call(open_capture, "eth0", LEAK),
            namespace.call(open_capture, "lo", LOCAL_DNS),
        ]

    def take(self):
        """The packets that left since the last call, one line each."""
        leaks = []
        for capture in self.captures:
            while True:
                try:
                    packet, origin = capture.recvfrom(65535)
                except BlockingIOError:
                    break
                if origin[2] == PACKET_OUTGOING:
                    leaks.append(describe(packet))
            lost = struct.unpack("II", capture.getsockopt(SOL_PACKET, 6, 8))[1]  # PACKET_STATISTICS
            leaks.extend(["(packets more than the capture could hold)"] if lost else [])
        return leaks

    def close(self):
        for capture in self.captures:
            capture.close()
