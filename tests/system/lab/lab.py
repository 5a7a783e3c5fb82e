"""The laboratory as a whole, and the client host as a test sees it."""

import glob
import os
import shutil
import subprocess
import tempfile

from . import addresses as at
from . import capture, journal, names, network, process, proxies, services, wrappers
from .process import Skip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
CLIENTS = os.path.join(ROOT, "tests", "system", "clients")
COMPILERS = {".c": ("cc", "-O1", "-Wall"), ".rs": ("rustc", "-O", "--edition=2018")}
CALLER = dict(os.environ)  # whose compilers are used: they may be the caller's own
PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PREFIX = "socks5a-system-"
PRODUCT = ("libsocks5a-shim.so", "socks5a-exec", "socks5a-check")
GITCONFIG = "[user]\n\tname = A\n\temail = a@lab.test\n[safe]\n\tdirectory = *\n"


def sweep_folders():
    """Takes away the folders that killed runs left behind."""
    for path in glob.glob(os.path.join(tempfile.gettempdir(), PREFIX + "*-*")):
        pid = os.path.basename(path).removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(path, ignore_errors=True)


class Lab:
    """A context: made on entering, taken away on leaving, whatever happened between."""

    def __enter__(self):
        network.sweep()
        sweep_folders()
        self.directory = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        os.chmod(self.directory, 0o755)
        self.servers = process.Servers(self.directory)
        self.namespaces = []
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def build(self):
        self.namespaces = network.build()
        self.client, self.proxy, self.target = self.namespaces
        self.home = self.folder("home")
        names.configure(*self.namespaces, self.home)
        records = [f"{name}={','.join(all)}" for name, all in at.NAMES.items()]
        resolver = [services.PYTHON, f"{services.SERVERS}/names.py", at.PROXY_RESOLVER, *records]
        self.servers.start(self.proxy, resolver, at.PROXY_RESOLVER, 53)
        self.services = services.Services(self.servers, self.target, self.directory)
        self.proxies = proxies.Proxies(self.servers, self.proxy, self.directory, BUILD)
        self.leaks = capture.LeakCounter(self.client)
        with open(f"{self.home}/.gitconfig", "w") as file:
            file.write(GITCONFIG)
        self.copy_product()

    def copy_product(self):
        """Wrapper and library to where every user can read them: the tree may be in root's home."""
        self.root = self.folder("socks5a")
        self.product = self.folder("socks5a/build")
        shutil.copy(f"{ROOT}/scripts/socks5a-run", self.folder("socks5a/scripts"))
        for name in PRODUCT:
            if os.path.exists(f"{BUILD}/{name}"):
                shutil.copy(f"{BUILD}/{name}", self.product)

    def folder(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    def compile(self, name):
        """A client program of the tests, NAME.c or NAME.rs, built once; its path."""
        source = os.path.join(CLIENTS, name)
        program, kind = os.path.splitext(os.path.join(self.directory, name))
        compiler, *options = COMPILERS[kind]
        if not os.path.exists(program):
            if not shutil.which(compiler, path=CALLER.get("PATH")):
                raise Skip(f"{compiler} is not installed")
            subprocess.run([compiler, *options, "-o", program, source], check=True, env=CALLER)
        return program

    def __exit__(self, *_):
        self.servers.stop_all()
        for namespace in self.namespaces:
            namespace.delete()
        shutil.rmtree(self.directory, ignore_errors=True)


class Client:
    """The client host during one test, with the proxy that the test goes through."""

    def __init__(self, lab, proxy):
        self.lab, self.proxy = lab, proxy
        self.directory = tempfile.mkdtemp(dir=lab.folder("tests"))
        os.chmod(self.directory, 0o777)

    def need(self, *programs):
        """Skips the test where a program is not installed."""
        for program in programs:
            if not shutil.which(program, path=PROGRAMS):
                raise Skip(f"{program} is not installed")

    def services(self, *names):
        self.lab.services.need(*names)

    def requests(self, service):
        """What the service, which then runs, will be asked."""
        self.services(service)
        return journal.Requests(f"{self.lab.directory}/{service}.journal")

    def sessions(self):
        """What the proxy of this test, which then runs, will relay."""
        if wrappers.CHOSEN == "direct":
            return journal.NoSessions()
        self.where()
        return self.lab.proxies.sessions(self.proxy)

    def file(self, name, content=b""):
        """A file of this test; its path."""
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def path(self, name):
        return os.path.join(self.directory, name)

    def environment(self):
        return {
            "PATH": PROGRAMS,
            "HOME": self.lab.home,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "USER": "root",
            "CURL_CA_BUNDLE": f"{self.lab.directory}/ca.pem",
            "SSL_CERT_FILE": f"{self.lab.directory}/ca.pem",
            "GIT_SSH_COMMAND": f"ssh -F {self.lab.directory}/ssh_config",
        }

    def where(self):
        """The HOST:PORT of the proxy of this test, which then runs."""
        return self.lab.proxies.need(self.proxy)

    def command(self, *argv, through=None, wrapper=None, options=(), env=None, become=()):
        """How a program is run behind the proxy: where, what words, what of them to show, and the
        environment. `through`: another proxy's HOST:PORT, "" where none is named; `wrapper`: another
        wrapper; `options`: the wrapper's; `become`: words in front of all, which change the user for
        example."""
        environment = self.environment()
        wrap = wrappers.WRAPPERS[wrapper or wrappers.CHOSEN]
        if wrap not in (wrappers.none, wrappers.direct):
            where = self.where() if through is None else through
            configuration = self.lab.proxies.configuration(self.proxy) if through is None else None
            if configuration:  # the proxy's address is not all that it takes
                environment["SOCKS5A_CONF"], where = configuration, ""
            prefix = wrap(self.lab.root, self.lab.product, self.lab.directory, where, environment)
        else:
            prefix = []
        environment.update(env or {})
        for name in [name for name, value in environment.items() if value is None]:
            del environment[name]
        shown = [*prefix, *options, *argv]
        host = self.lab.proxy if wrap is wrappers.direct else self.lab.client
        return host.argv([*become, *shown]), shown, environment

    def run(self, *argv, timeout=20, input=None, stdin=None, **how):
        """Runs a program behind the proxy, to its end; `how`: as in `command`."""
        words, shown, environment = self.command(*argv, **how)
        more = {} if stdin is None else {"stdin": stdin}
        return process.run(
            words, timeout, shown, input=input, cwd=self.directory, env=environment, **more
        )

    def python(self, code, *arguments, **options):
        """Runs Debian's Python, the one that the test packages belong to."""
        return self.run(services.PYTHON, "-c", code, *arguments, **options)

    def leaks(self):
        """Takes the packets leaked so far, for tests that leak on purpose."""
        return self.lab.leaks.take()
