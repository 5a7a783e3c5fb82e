"""The shell's habits: /dev/tcp, pipelines, a changed environment, changed users; and programs that
bring a resolver of their own."""

import os
import shutil

from lab import addresses as at
from lab.suite import CORE, socks5a_only, test

HELLO = "hello from the target"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
HOME = {"HOME": "/nonexistent", "SOCKS5A_STATE_DIR": None}


@test(proxies=CORE)
def bash_dev_tcp(client):
    client.services("streams")
    script = 'exec 3<>/dev/tcp/$1/$2; echo "to and fro" >&3; head -n1 <&3'
    done = client.run("bash", "-c", script, "bash", at.WEB, str(at.PORT_ECHO)).ok()
    done.prints("to and fro")


@test
def pipeline_of_programs(client):
    client.services("http")
    client.need("curl")
    script = "curl -sS $1/bytes/3000000 | gzip -1 | gzip -d | curl -sS -T - $1/sum; true"
    whole = client.run("bash", "-c", script, "bash", f"http://{at.WEB}").ok()
    script = "curl -sS $1/bytes/3000000 | sha256sum | cut -d' ' -f1"
    once = client.run("sh", "-c", script, "sh", f"http://{at.WEB}").ok()
    assert whole.text.strip() == once.text.strip() and len(once.text) == 65, whole.text


@test
def environment_that_is_cleared(client):
    socks5a_only()
    client.services("http")
    client.run("env", "-i", "/usr/bin/curl", "-sS", f"http://{at.WEB}/hello").ok().prints(HELLO)


@test
def preload_that_is_unset_by_a_shell(client):
    socks5a_only()
    client.services("http")
    script = "unset LD_PRELOAD SOCKS5A_PROXY; curl -sS -m 10 $1"
    client.run("sh", "-c", script, "sh", f"http://{at.WEB}/hello").ok().prints(HELLO)


@test
def ordinary_user(client):
    client.services("http")
    client.need("curl", "setpriv")
    url = f"http://{at.WEB}/hello"
    client.run("curl", "-sS", url, become=NOBODY, env=HOME).ok().prints(HELLO)


@test
def setuid_program_is_refused(client):
    socks5a_only()
    client.need("setpriv")
    client.services("http")
    path = client.path("curl")
    shutil.copy("/usr/bin/curl", path)
    os.chmod(path, 0o4755)
    url = f"http://{at.TARGET4}/hello"
    for argv in ([path, "-m", "2", url], ["sh", "-c", f"{path} -m 2 {url}; exit $?"]):
        done = client.run(*argv, become=NOBODY, env=HOME).failed()
        assert HELLO not in done.text
        done.says("setuid", "set-user-id", "preload")


@test
def sudo_is_refused_or_socksified(client):
    socks5a_only()
    client.need("sudo", "setpriv")
    url = f"http://{at.TARGET4}/hello"
    script = f"sudo -n curl -sS -m 2 {url}"
    done = client.run("sh", "-c", script, become=NOBODY, env=HOME).failed()
    assert HELLO not in done.text


@test
def static_program_is_refused(client):
    socks5a_only()
    source = client.file("static.c", "int main(void) { return 0; }\n")
    made = client.run("cc", "-static", "-o", "static", source, wrapper="none").ok()
    assert made.code == 0
    for argv in (["./static"], ["sh", "-c", "./static"]):
        client.run(*argv).failed().says("static")
    client.run("./static", env={"SOCKS5A_EXEC_UNSHIMMED": "allow"}).ok()


@test
def program_with_capabilities_is_refused(client):
    socks5a_only()
    client.need("setcap", "setpriv")
    path = client.path("curl")
    shutil.copy("/usr/bin/curl", path)
    client.run("setcap", "cap_net_bind_service=ep", path, wrapper="none").ok()
    done = client.run("sh", "-c", f"{path} -m 2 http://{at.TARGET4}/", become=NOBODY, env=HOME)
    done.failed(126).says("capabilit", "setcap", "privilege")


@test
def go_program_is_refused(client):
    socks5a_only()
    client.need("age")
    for argv in (["age", "--version"], ["sh", "-c", "age --version"]):
        client.run(*argv).failed().says("Go program")


@test
def dig_ends(client):
    client.need("dig")
    client.run("dig", "+tries=1", "+time=1", at.WEB).ended()


@test
def host_ends(client):
    client.need("host")
    client.run("host", "-W", "1", at.WEB).ended()


@test
def nghttp_fetches_http2(client):
    client.need("nghttp")
    client.services("https")
    client.run("nghttp", "-t", "10", f"https://{at.WEB}/").ok().prints(HELLO)


@test
def getent_answers_without_a_packet(client):
    socks5a_only()
    client.run("getent", "ahosts", at.WEB).ended()
    client.run("getent", "hosts", "own.lab.test").ok().prints("127.0.0.9")


@test
def exit_status_is_passed_on(client):
    client.run("sh", "-c", "exit 77").failed(77)
