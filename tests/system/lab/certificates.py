"""A certificate authority for one run and the target's certificate under it."""

import base64
import hashlib
import os
import subprocess

from . import addresses as at


def make(directory):
    """Writes ca.pem, target.key and target.pem, once."""
    if os.path.exists(f"{directory}/target.pem"):
        return
    ca, key, request, certificate, extra = (
        f"{directory}/{name}"
        for name in ("ca.pem", "target.key", "target.csr", "target.pem", "target.ext")
    )
    ca_key = f"{directory}/ca.key"
    names = [f"DNS:{name}" for name in at.NAMES] + [f"IP:{at.TARGET4}", f"IP:{at.TARGET6}"]
    with open(extra, "w") as file:
        file.write(f"subjectAltName={','.join(names)}\nbasicConstraints=CA:FALSE\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", ca, "-days", "2",
            "-subj", "/CN=laboratory")  # fmt: skip
    openssl("req", *new_key, "-keyout", key, "-out", request, "-subj", f"/CN={at.WEB}")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-out", certificate,
            "-days", "2", "-extfile", extra, "-set_serial", "1")  # fmt: skip


def key_hash(directory):
    """The SHA-256 of the target's public key, in Base64."""
    words = ["x509", "-in", f"{directory}/target.pem", "-pubkey", "-noout"]
    pem = openssl(*words).decode()
    der = base64.b64decode("".join(pem.strip().splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout
