"""The SOCKS servers that the benchmarks run against."""

from .setting import BUILD, need_tool

DANTE = """
internal: {host} port = {port}
external: {external}
socksmethod: none
clientmethod: none
client pass {{ from: 0/0 to: 0/0 }}
socks pass {{ from: 0/0 to: 0/0 }}
"""


OWN = ("192.0.2.1", "203.0.113.1")  # addresses of the proxy's host, which it would refuse


def socks5ad(here, where, inside=(), settings=(), **_):
    argv = [f"{BUILD}/socks5ad", "--listen", where, *settings]
    argv += [word for address in OWN for word in ("--allow", address)]
    return here.serve(where, argv, inside)


def danted(here, where, inside=(), external="lo"):
    host, port = where.split(":")
    text = DANTE.format(host=host, port=port, external=external)
    config = here.write(f"danted-{port}.conf", text)
    argv = [need_tool("danted"), "-f", config, "-p", f"{here.directory}/danted-{port}.pid"]
    return here.serve(where, argv, inside)


def microsocks(here, where, inside=(), **_):
    host, port = where.split(":")
    return here.serve(where, [need_tool("microsocks"), "-i", host, "-p", port], inside)
