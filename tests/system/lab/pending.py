"""What the shim cannot do yet: tests that need it are skipped, with the count."""

from .process import Skip

# A non-blocking connect() returns before it is connected, and an epoll registration made before it
# holds whatever socket takes the number.
ASYNCHRONOUS = True
# Questions to port 53 are answered by the shim.
PORT_53 = True


def need_asynchronous():
    if not ASYNCHRONOUS:
        raise Skip("a non-blocking connect() still waits")
