"""The world outside, as values that a test can replace: names, roads, chance and clocks."""

import random
import socket
import time
from collections.abc import Callable

from yearbook.value import dataclass


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as the system knows them; IPv4 first, since not every network has the other.

    Raises:
        OSError: if it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in ordered))


def direct(address: str, port: int) -> tuple[str, int]:
    """The way to an address: the address."""
    return address, port


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The world outside."""

    resolve: Callable[[str, int], tuple[str, ...]] = system_resolve
    """Host and port -> IP addresses; raises `OSError`."""
    route: Callable[[str, int], tuple[str, int]] = direct
    """Vetted address and port -> where the connection really goes."""
    random: Callable[[], float] = random.random
    """Number from 0 to 1 for the waits."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back."""
    now: Callable[[], float] = time.time
    """Seconds since 1970."""
