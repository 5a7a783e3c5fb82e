"""The services of the target host, each started by the first test that needs it."""

import hashlib
import os
import pwd
import subprocess

from . import addresses as at
from . import certificates, process, sshd

SERVERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "servers")
PYTHON = "/usr/bin/python3"
QUIC_PAGE = """<!DOCTYPE html><title>QUIC</title><p id=seen></p><script>
const told = text => document.getElementById("seen").textContent = text;
fetch("/big").then(answer => answer.arrayBuffer()).then(async bytes => {{
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const all = performance.getEntries().map(entry => entry.nextHopProtocol).filter(name => name);
    told([...hash].map(byte => byte.toString(16).padStart(2, "0")).join("") + " by " + all);
}}).catch(told);
</script>
"""
QUIC_FILE = hashlib.shake_128(b"quic").digest(4 << 20)

NGINX = """
daemon off; pid {d}/nginx.pid; error_log {d}/nginx-error.log; worker_processes 1;
events {{ worker_connections 512; }}
http {{
    log_format journal "$remote_addr $request_method $request_uri $server_protocol";
    access_log {d}/https.journal journal;
    client_body_temp_path {d}/body; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f;
    uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
    server {{
        listen 443 ssl http2; listen [::]:443 ssl http2;
        ssl_certificate {d}/target.pem; ssl_certificate_key {d}/target.key;
        location / {{ return 200 "hello from the target\\n"; }}
    }}
}}
"""
RSYNCD = """
use chroot = no
[files]
    path = {d}/rsync
    read only = no
    uid = root
    gid = root
"""


class Services:
    def __init__(self, servers, namespace, directory):
        self.servers, self.namespace, self.directory = servers, namespace, directory
        self.running = set()

    def need(self, *names):
        """Has the services of these names run."""
        for name in names:
            if name not in self.running:
                getattr(self, "start_" + name)()
                self.running.add(name)

    def start(self, argv, port, **options):
        self.servers.start(self.namespace, argv, at.TARGET4, port, **options)

    def folder(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text.format(d=self.directory))
        return path

    def start_http(self):
        self.start([PYTHON, f"{SERVERS}/web.py", "80", self.folder("git")], 80)

    def start_crowd(self):
        journal = f"{self.directory}/crowd.journal"
        self.start([PYTHON, f"{SERVERS}/crowd.py", str(at.PORT_CROWD), journal], at.PORT_CROWD)

    def start_iperf3(self):
        self.start(["iperf3", "--server"], 5201)

    def start_streams(self):
        words = [f"echo:{at.PORT_ECHO}", f"sum:{at.PORT_SUM}"]
        self.start([PYTHON, f"{SERVERS}/streams.py", *words], at.PORT_SUM)

    def start_zone(self):
        """A name server over TCP."""
        self.start([PYTHON, f"{SERVERS}/zone.py", "53"], 53)

    def start_datagrams(self):
        """Echo and TFTP over UDP."""
        words = [str(at.PORT_DATAGRAMS), "69"]
        self.start([PYTHON, f"{SERVERS}/datagrams.py", *words], at.PORT_DATAGRAMS)

    def start_https(self):
        certificates.make(self.directory)
        self.start(["nginx", "-c", self.write("nginx.conf", NGINX)], 443)

    def start_quic(self):
        """HTTP/3 over UDP alone, of the folder `quic`."""
        certificates.make(self.directory)
        with open(f"{self.folder('quic')}/big", "wb") as file:
            file.write(QUIC_FILE)
        self.write("quic/page.html", QUIC_PAGE)
        secrets = [f"{self.directory}/target.key", f"{self.directory}/target.pem"]
        types = self.write("mime.types", "text/html html\n")
        words = ["-q", "-d", self.folder("quic"), f"--mime-types-file={types}", "*"]
        argv = ["gtlsserver", *words, str(at.PORT_QUIC), *secrets]
        self.start(argv, at.PORT_QUIC, reach=process.try_datagrams)

    def start_ftp(self):
        with open(f"{self.folder('ftp')}/known", "wb") as file:
            file.write(b"0123456789abcdef" * 40960)
        self.start([PYTHON, f"{SERVERS}/ftpd.py", self.folder("ftp")], 21)

    def start_ssh(self):
        sshd.make_keys(self.directory)
        self.start(sshd.argv(self.directory, "0.0.0.0,::", 22), 22)

    def start_git(self):
        """A repository with a few commits, for http and ssh."""
        self.need("http", "ssh")
        bare = self.folder("git") + "/project.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
        subprocess.run(["git", "-C", bare, "config", "http.receivepack", "true"], check=True)
        stream = b"blob\nmark :1\ndata 6\nhello\n\ncommit refs/heads/main\n"
        stream += b"committer A <a@lab.test> 0 +0000\ndata 5\nfirst\nM 100644 :1 file\n\ndone\n"
        subprocess.run(
            ["git", "-C", bare, "fast-import", "--quiet", "--done"], input=stream, check=True
        )

    def start_rsync(self):
        self.folder("rsync")
        config = self.write("rsyncd.conf", RSYNCD)
        self.start(["rsync", "--daemon", "--no-detach", "--config", config], 873)

    def start_redis(self):
        self.start(
            ["redis-server", "--bind", "0.0.0.0", "::", "--protected-mode", "no", "--save", "",
             "--dir", self.directory, "--unixsocket", f"{self.directory}/redis.socket"],  # fmt: skip
            6379,
        )

    def start_postgres(self):
        """PostgreSQL refuses to run as root, so its data belong to its own user."""
        data = self.folder("postgres")
        user = pwd.getpwnam("postgres")
        os.chown(data, user.pw_uid, user.pw_gid)
        versions = sorted(os.listdir("/usr/lib/postgresql"), key=float)
        binaries = f"/usr/lib/postgresql/{versions[-1]}/bin"
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        options = ["-A", "trust", "-N", "--no-instructions", "--locale=C"]
        subprocess.run(
            [*become, f"{binaries}/initdb", *options, "-D", data],
            check=True, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        with open(f"{data}/pg_hba.conf", "w") as file:
            file.write("host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\nlocal all all trust\n")
        self.start(
            [*become, f"{binaries}/postgres", "-D", data, "-k", data, "-h", "*", "-F"],
            5432, cwd="/",
        )  # fmt: skip
