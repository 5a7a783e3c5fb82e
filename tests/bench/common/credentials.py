"""A server's key, and users with one credential each, so that a client is let in by that or not at
all."""

import os
import re
import subprocess

from . import proxies, ways
from .setting import BUILD, Broken

PASSWORD = "correct horse battery staple"
USERS = """
[user key]
public_key = {public_key}
[user token]
token = {token}
[user password]
scram = {scram}
"""

# What a client's proxy has for each way to log in. A ticket follows a first log-in by password:
# without one, every connection would cost a derivation, which nobody could overlook.
CLIENTS = {
    "public key": "key = {0}/key",
    "token": "token = {0}/token",
    "password": "user = password\npassword_file = {0}/password",
    "ticket": "user = password\npassword_file = {0}/password",
}


def keygen(*words):
    """The values of its lines "name = value"."""
    done = subprocess.run(
        [f"{BUILD}/socks5a-keygen", *words], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"socks5a-keygen: {done.stderr[-300:]}")
    return dict(re.findall(r"^(\w+) = (.*)$", done.stdout, re.MULTILINE))


class Credentials:
    def __init__(self, here):
        self.here = here
        self.directory = f"{here.directory}/credentials"
        os.mkdir(self.directory, 0o700)
        password = here.write("credentials/password", PASSWORD + "\n")
        made = keygen("client", f"{self.directory}/key")
        made |= keygen("token", f"{self.directory}/token")
        made |= keygen("password", "--password-file", password)
        self.server_key = keygen("server", f"{self.directory}/server")["server_key"]
        self.users = here.write("credentials/users", USERS.format(**made))
        self.argon2id = "{} passes over {} KiB".format(*made["scram"].split(":"))

    def serve(self, way, where, inside=(), settings=()):
        """A socks5ad that wants a log-in; it gives no tickets where each is to be by credential."""
        settings = [*settings, "--users", self.users, "--server-key", f"{self.directory}/server"]
        if way in ("token", "password"):
            settings += ["--ticket-lifetime", "0"]
        return proxies.socks5ad(self.here, where, inside, settings)

    def client(self, way, proxy, name="", keys="method = eaf\ntol = off\n"):
        """The environment of a program that logs in so, with these lines more for the proxy. Those
        of one name have their tickets together."""
        keys += f"server_key = {self.server_key}\n" + CLIENTS[way].format(self.directory)
        return ways.shim_with(self.here, proxy, way.replace(" ", "-") + name, keys)
