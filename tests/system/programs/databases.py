"""Clients of data bases: redis-cli starts under jemalloc, psql connects without blocking."""

from lab import addresses as at
from lab.suite import CORE, SEALED_TOO, test


@test(proxies=CORE)
def redis_set_and_get(client):
    client.need("redis-cli", "redis-server")
    client.services("redis")
    key = f"key:{client.proxy}"
    client.run("redis-cli", "-h", at.WEB, "set", key, "value").ok().prints("OK")
    client.run("redis-cli", "-h", at.TARGET6, "get", key).ok().prints("value")


@test(proxies=SEALED_TOO)
def redis_mass_insertion(client):
    client.need("redis-cli", "redis-server")
    client.services("redis")
    lines = "".join(f"SET mass:{n} {n}\r\n" for n in range(20000)).encode()
    done = client.run("redis-cli", "-h", at.WEB, "--pipe", input=lines).ok()
    done.prints("errors: 0, replies: 20000")


@test
def redis_refused(client):
    client.need("redis-cli")
    done = client.run("redis-cli", "-h", at.TARGET4, "-p", str(at.PORT_CLOSED), "ping")
    done.failed(1).says("refused")


@test(proxies=SEALED_TOO)
def psql_query(client):
    client.need("psql")
    client.services("postgres")
    words = ["-h", at.WEB, "-U", "postgres", "-Atc", "select 6 * 7, inet_server_addr()"]
    client.run("psql", *words).ok().prints("42|")


@test(proxies=SEALED_TOO)
def psql_copy(client):
    client.need("psql")
    client.services("postgres")
    copy = "copy (select g, md5(g::text) from generate_series(1, 50000) g) to stdout"
    done = client.run("psql", "-h", at.TARGET6, "-U", "postgres", "-c", copy).ok()
    assert done.text.count("\n") == 50000
