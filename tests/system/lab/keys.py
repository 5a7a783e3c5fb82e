"""Keys, passwords and codes for socks5ad and its clients, made with libsodium alone, so that both
sides' files are written by somebody else than the programs that read them."""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import os
import struct
import time

PASSWORD, TOKEN = "correct horse", "a token that opens the door"
TOTP = base64.b32encode(b"12345678901234567890").decode()
OPS, MEMORY = 2, 19456


def sodium():
    return ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")


def b64(data):
    return base64.b64encode(data).decode()


class Secret:
    """32 random bytes, and the public keys that they have."""

    def __init__(self):
        self.seed = os.urandom(32)

    def line(self, kind):
        return f"socks5a-{kind}-key-1 {b64(self.seed)}\n"

    def x25519(self):
        out = ctypes.create_string_buffer(32)
        sodium().crypto_scalarmult_curve25519_base(out, self.seed)
        return b64(out.raw)

    def ed25519(self):
        out, pair = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        sodium().crypto_sign_ed25519_seed_keypair(out, pair, self.seed)
        return b64(out.raw)


def scram(password):
    """What a server keeps of a password."""
    salt, salted = os.urandom(16), ctypes.create_string_buffer(32)
    bound = ctypes.c_ulonglong
    failed = sodium().crypto_pwhash(
        salted, bound(32), password.encode(), bound(len(password)), salt, bound(OPS),
        ctypes.c_size_t(MEMORY * 1024), 2,
    )  # fmt: skip
    assert not failed

    def key(label):
        return hmac.digest(salted.raw, label, "sha256")

    stored = hashlib.sha256(key(b"Client Key")).digest()
    return f"{OPS}:{MEMORY}:{b64(salt)}:{b64(stored)}:{b64(key(b'Server Key'))}"


def code(at=None):
    """The one-time code of TOTP."""
    step = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.digest(base64.b32decode(TOTP), step, "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def users(client_key):
    """A users file in which each name says what it may log in with."""
    verifier, public = scram(PASSWORD), client_key.ed25519()
    token = b64(hashlib.sha256(TOKEN.encode()).digest())
    rows = {
        "key": [f"public_key = {public}"],
        "password": [f"scram = {verifier}"],
        "code": [f"totp = {TOTP}"],
        "machine": [f"totp = {TOTP}"],
        "token": [f"token = {token}"],
        "both": [f"scram = {verifier}", f"totp = {TOTP}", "require = password+totp"],
        "steps": [f"scram = {verifier}", f"totp = {TOTP}", "require = chain password, totp"],
    }
    return "".join(f"[user {name}]\n" + "\n".join(row) + "\n" for name, row in rows.items())


def private(path, text):
    """Writes a file that nobody else may read; its path."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    return path
