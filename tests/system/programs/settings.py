"""Where the proxy is and what goes to it: forms of its address, log-ins, chains and rules."""

import os

from lab import addresses as at
from lab import proxies
from lab.lab import BUILD, ROOT
from lab.process import Skip
from lab.suite import socks5a_only, test
from lab.wrappers import CHOSEN

HELLO = "hello from the target"
ERRNO = """
import errno, socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
    print("connected")
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""


def hello(client, host=at.WEB, **options):
    socks5a_only()
    client.need("curl")
    client.services("http")
    return client.run("curl", "-sS", "-m", "10", f"http://{host}/hello", **options)


def outcome(client, host, port=80, **options):
    """The errno of a connect under Python, or "connected"."""
    socks5a_only()
    return client.python(ERRNO, host, str(port), **options).ok().text.strip()


def config(client, text):
    """Options that name a configuration file with `text`, and no other proxy."""
    path = client.file("socks5a.conf", text)
    os.chmod(path, 0o600)
    return {"through": "", "env": {"SOCKS5A_CONF": path}}


def port_of(client):
    return client.where().rpartition(":")[2]


@test
def proxy_by_ipv6_literal(client):
    hello(client, through=f"[{at.PROXY6}]:{port_of(client)}").ok().prints(HELLO)


@test
def proxy_by_name(client):
    hello(client, through=f"proxy.lab.test:{port_of(client)}").ok().prints(HELLO)


@test
def proxy_by_url(client):
    hello(client, through=f"socks5://{client.where()}").ok().prints(HELLO)


@test
def proxy_by_the_usual_variable(client):
    client.services("http")
    env = {"ALL_PROXY": f"socks5h://{client.where()}"}
    assert outcome(client, at.TARGET4, through="", env=env) == "connected"
    hello(client, through="", env=env).ok().prints(HELLO)  # curl then asks the proxy itself


@test(proxies=("socks5ad",))
def proxy_at_a_unix_path(client):
    client.where()
    path = client.lab.proxies.unix_path()
    hello(client, through=f"unix:{path}").ok().prints(HELLO)


@test
def no_proxy_at_all_denies(client):
    socks5a_only()
    done = client.python(ERRNO, at.TARGET4, "80", through="")
    if CHOSEN == "socks5a":
        done.failed(2).says("no proxy is configured")
    else:
        done.ok().prints("EACCES")


@test(proxies=("password",))
def user_and_password_in_the_url(client):
    url = f"socks5://user:pass%20word%3a%25%40%2F@{client.where()}"
    hello(client, through=url).ok().prints(HELLO)


@test(proxies=("password",))
def user_and_password_as_variables(client):
    env = {"SOCKS5A_USER": proxies.USER, "SOCKS5A_PASSWORD": proxies.PASSWORD}
    hello(client, env=env).ok().prints(HELLO)


@test(proxies=("password",))
def user_and_password_as_options(client):
    if CHOSEN != "socks5a":
        raise Skip("options are the wrapper's")
    options = ["-u", proxies.USER, "-p", proxies.PASSWORD]
    hello(client, options=options).ok().prints(HELLO)


@test(proxies=("password",))
def password_from_a_file(client):
    path = client.file("password", proxies.PASSWORD + "\n")
    os.chmod(path, 0o600)
    env = {"SOCKS5A_USER": proxies.USER, "SOCKS5A_PASSWORD_FILE": path}
    hello(client, env=env).ok().prints(HELLO)


@test(proxies=("password",))
def wrong_password_is_eacces(client):
    client.services("http")
    env = {"SOCKS5A_USER": proxies.USER, "SOCKS5A_PASSWORD": "wrong"}
    assert outcome(client, at.TARGET4, env=env) == "EACCES"


@test(proxies=("password",))
def absent_password_is_eacces(client):
    client.services("http")
    assert outcome(client, at.TARGET4) == "EACCES"


@test(proxies=("danted",))
def chain_of_two_proxies(client):
    second = client.lab.proxies.need("microsocks")
    text = f"[proxy a]\naddress = {client.where()}\n[proxy b]\naddress = {second}\nvia = a\n"
    client.services("http")
    text += "[rules]\ndefault = proxy b\n"
    hello(client, **config(client, text)).ok().prints(HELLO)


@test
def rule_that_denies(client):
    client.services("http")
    text = f"[proxy a]\naddress = {client.where()}\n[rules]\ndeny = {at.WEB6}, *:81\n"
    options = config(client, text)
    assert outcome(client, at.WEB, **options) == "connected"
    for host, port in ((at.WEB6, 80), (at.TARGET4, 81)):
        found = outcome(client, host, port, **options)
        assert found in ("EACCES", "ECONNREFUSED"), found


@test
def direct_range_goes_past_the_proxy(client):
    env = {"SOCKS5A_DIRECT": f"{at.TARGET4}/32", "SOCKS5A_TIMEOUT": "1"}
    client.leaks()
    hello(client, at.TARGET4, env=env, timeout=2)
    leaks = client.leaks()
    assert leaks and all(f"-> {at.TARGET4} port 80" in line for line in leaks), leaks
    hello(client, at.WEB, env=env).ok().prints(HELLO)


@test
def error_in_the_configuration_denies(client):
    options = config(client, "[proxy a]\nadress = nowhere\n")
    socks5a_only()
    done = client.python(ERRNO, at.TARGET4, "80", **options)
    assert "connected" not in done.text
    done.says("socks5a.conf:2")


@test
def shell_that_turns_it_on(client):
    if CHOSEN != "socks5a":
        raise Skip("sourcing is the wrapper's")
    client.services("http")
    script = '. "$1" on && curl -sS -m 10 "$2"'
    env = {
        "SOCKS5A_PROXY": client.where(),
        "SOCKS5A_BUILD": BUILD,
        "SOCKS5A_STATE_DIR": client.path("state"),
    }
    argv = ["bash", "-c", script, "bash", f"{ROOT}/scripts/socks5a-run", f"http://{at.WEB}/hello"]
    client.run(*argv, wrapper="none", env=env).ok().prints(HELLO)


@test
def dns_mode_that_denies(client):
    found = outcome(client, at.WEB, env={"SOCKS5A_DNS": "deny"})
    assert "name" in found.lower() or "address" in found.lower(), found
    client.services("http")
    assert outcome(client, at.TARGET4, env={"SOCKS5A_DNS": "deny"}) == "connected"
