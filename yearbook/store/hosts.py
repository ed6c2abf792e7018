"""What one run knows of each host: its addresses, when it may be asked again, and whether at all.

Shared by the threads of a run. Decides nothing about pictures.
"""

import threading

from yearbook.store.policy import Limits
from yearbook.store.trouble import Trouble, fail
from yearbook.store.world import Network

_PATIENCE = 3


class Hosts:
    """The hosts of one run.

    Args:
        limits: waits and spacing.
        network: the world outside.
    """

    def __init__(self, limits: Limits, network: Network) -> None:
        self._guard = threading.Lock()
        self._limits, self._network = limits, network
        self._not_before: dict[str, float] = {}
        self._closed: dict[str, tuple[str, str]] = {}
        self._silences: dict[str, int] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}

    def turn(self, host: str, *, spaced: bool) -> float:
        """Seconds to wait before this host may be asked; books the turn.

        Raises:
            FetchTrouble: if the host is left alone for the rest of the run.
        """
        now = self._network.monotonic()
        with self._guard:
            closed = self._closed.get(host)
            start = max(now, self._not_before.get(host, now))
            if spaced and not closed:
                self._not_before[host] = start + self._limits.spacing_seconds
        if closed:
            fail(*closed)
        return start - now

    def slow_down(self, host: str, seconds: float) -> None:
        """Nobody asks this host for so long."""
        until = self._network.monotonic() + seconds
        with self._guard:
            self._not_before[host] = max(until, self._not_before.get(host, until))

    def close(self, host: str, reason: str, detail: str) -> None:
        """Nobody asks this host again in this run."""
        with self._guard:
            self._closed.setdefault(host, (reason, detail))

    def heard(self, host: str) -> None:
        """The host has answered something."""
        with self._guard:
            self._silences.pop(host, None)

    def gave_up(self, host: str, trouble: Trouble) -> None:
        """One picture was given up for silence or no connection; a year of them shall not take hours."""
        with self._guard:
            count = self._silences[host] = self._silences.get(host, 0) + 1
        if trouble.unheard or count >= _PATIENCE:
            self.close(host, trouble.reason, f"{trouble.detail}; the host is left alone")

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses; looked up once, so that a second answer cannot lead elsewhere.

        Raises:
            FetchTrouble: if the name has none.
        """
        with self._guard:
            known = self._addresses.get(host)
        if known is not None:
            return known
        try:
            found = self._network.resolve(host, port)
        except (OSError, UnicodeError):
            found = ()
        if not found:
            fail("unreachable", f"the name {host} cannot be looked up", again=True, unheard=True)
        with self._guard:
            return self._addresses.setdefault(host, found)

    def prefer(self, host: str, address: str) -> None:
        """This address answers: ask it first from now on."""
        with self._guard:
            known = self._addresses.get(host, ())
            if known and known[0] != address:
                self._addresses[host] = (address, *(other for other in known if other != address))
