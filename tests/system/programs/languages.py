"""Other languages' own network code: Perl, PHP, Java, Node."""

from lab import addresses as at
from lab.lab import CLIENTS
from lab.process import Skip
from lab.suite import SEALED_TOO, test

HELLO = "hello from the target"


@test
def perl_socket(client):
    code = """
use IO::Socket::IP;
my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 80, Timeout => 10) or die "no: $@";
print $s "GET /hello HTTP/1.0\\r\\n\\r\\n";
print while <$s>;
"""
    client.services("http")
    client.run("perl", "-e", code, at.WEB).ok().prints(HELLO)


@test
def perl_socket_inet(client):
    code = """
use IO::Socket::INET;
my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 80) or die "no: $@";
print $s "GET /hello HTTP/1.0\\r\\n\\r\\n";
print while <$s>;
"""
    client.services("http")
    client.run("perl", "-e", code, at.WEB).ok().prints(HELLO)


@test
def perl_lwp(client):
    if client.run("perl", "-MLWP", "-e", "1", wrapper="none").code:
        raise Skip("libwww-perl is not installed")
    code = "use LWP::UserAgent; print LWP::UserAgent->new->get($ARGV[0])->content"
    client.services("http")
    client.run("perl", "-e", code, f"http://{at.WEB}/redirect").ok().prints(HELLO)


@test
def php_curl_extension(client):
    client.need("php")
    code = """
if (!function_exists("curl_init")) { echo "absent"; exit; }
$c = curl_init($argv[1]);
curl_setopt($c, CURLOPT_RETURNTRANSFER, true);
$body = curl_exec($c);
echo $body === false ? curl_error($c) : $body;
"""
    client.services("http")
    done = client.run("php", "-r", code, f"http://{at.WEB}/hello").ok()
    if done.text == "absent":
        raise Skip("php-curl is not installed")
    done.prints(HELLO)


@test
def php_streams(client):
    client.need("php")
    client.services("http")
    code = "echo file_get_contents($argv[1]);"
    client.run("php", "-r", code, f"http://{at.WEB}/hello").ok().prints(HELLO)


def java(client, mode, *words):
    """A single source file is run by the compiler in memory; needs a JDK."""
    client.need("java", "javac")
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return client.run("java", *options, f"{CLIENTS}/Fetch.java", mode, *words, timeout=40)


@test
def java_url_connection(client):
    client.services("http")
    java(client, "url", f"http://{at.WEB}/hello").ok().prints(HELLO)


@test(proxies=SEALED_TOO)
def java_socket(client):
    client.services("streams")
    java(client, "socket", at.WEB, str(at.PORT_ECHO)).ok().prints("echoed")


@test(proxies=SEALED_TOO)
def java_socket_that_is_refused(client):
    done = java(client, "socket", at.TARGET4, str(at.PORT_CLOSED))
    done.failed().says("Connection refused")


@test
def java_http_client(client):
    client.services("http")
    java(client, "client", f"http://{at.WEB}/hello").ok().prints(HELLO)


NODE = """
const http = require('http');
for (const url of process.argv.slice(1)) {
  http.get(url, (r) => {
    let n = 0;
    r.on('data', (d) => { n += d.length; });
    r.on('end', () => { console.log('length', n); });
  }).on('error', (e) => { console.log('error', e.code); });
}
"""


@test(proxies=SEALED_TOO)
def node_http_get(client):
    client.need("node")
    client.services("http")
    urls = [f"http://{at.WEB}/bytes/{n}" for n in (1, 200000)]
    done = client.run("node", "-e", NODE, *urls).ok()
    done.prints("length 1\n").prints("length 200000\n")


@test
def node_refused(client):
    client.need("node")
    url = f"http://{at.TARGET4}:{at.PORT_CLOSED}/"
    client.run("node", "-e", NODE, url).ok().prints("error ECONNREFUSED")


@test
def node_fetch(client):
    client.need("node")
    client.services("http")
    code = "fetch(process.argv[1]).then(r => r.text()).then(t => console.log(t))"
    client.run("node", "-e", code, f"http://{at.WEB}/hello").ok().prints(HELLO)
