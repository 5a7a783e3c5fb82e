"""TOL records as one without keys sees them: those of the handshake are in clear (profile, 4.4), and
in plain mode all heads are (4.1)."""

TAG = 16
HMAC = 32


def walk(data, start):
    """(end, payload) of the records from `start` on, read as plain ones, until one is not whole."""
    while start + 6 <= len(data):
        payload = start + 4 + data[start + 3]
        end = payload + 2 + int.from_bytes(data[payload : payload + 2], "big")
        if payload + 2 > len(data) or end > len(data):
            return
        yield end, bytes(data[payload + 2 : end])
        start = end


def is_plain(data, start):
    """Lengths that stand in clear lead from record to record to the end."""
    last = start
    for last, _ in walk(data, start):
        pass
    return last == len(data)


def message_length(data):
    """Of an EAF message whose head is there."""
    return 5 + int.from_bytes(data[1:3], "big") + int.from_bytes(data[3:5], "big") + HMAC


def handshake_end(data, start, messages):
    """Where the records of the session begin: behind so many EAF messages, a version byte before the
    first."""
    held, left, skip = b"", messages, 1
    for end, payload in walk(data, start):
        held += payload
        while len(held) >= skip + 5 and len(held) >= skip + message_length(held[skip:]):
            held = held[skip + message_length(held[skip:]) :]
            left, skip = left - 1, 0
        if left == 0:
            assert not held, "a record of two messages"
            return end
    raise AssertionError("the handshake is not whole")
