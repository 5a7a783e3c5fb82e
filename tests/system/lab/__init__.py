"""The laboratory of the system tests: three network namespaces in a row,

    client ---- proxy ---- target

where the client reaches the proxy host alone, nothing is forwarded, names resolve only behind the
client, and every packet of the client that is not TCP to a proxy's port is counted as a leak."""
