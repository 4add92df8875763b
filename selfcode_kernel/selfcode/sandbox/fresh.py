"""The fresh process: an interpreter of its own for every run, where nothing may be kept warm."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from selfcode.errors import PlaceLost
from selfcode.records import Isolation, Trial
from selfcode.sandbox.place import Connection
from selfcode.sandbox.spawn import new_order, spawn


class FreshProcess:
    """Runs one job, named `package.module:function`, each time in a new `python -I`, same wall.

    For where the kernel cannot be forked, or is not to be. Trials may read `readable`; there is no
    working directory. Runs from several threads do not wait for each other.
    """

    name = "fresh process"

    def __init__(
        self, job: str, *, readable: Sequence[str] = (), minimum: Isolation = Isolation.B
    ) -> None:
        self._order = new_order(job, profile=None, readable=readable, minimum=minimum)
        self._lock = threading.Lock()
        self._running: set[Connection] = set()
        self._closed = False

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the job on `request` in a walled process of its own, at most `timeout` seconds.

        Raises `WallError`, `PlaceLost`, and `UsageError` when the request is not JSON.
        """
        with self._lock:
            if self._closed:
                raise PlaceLost("the fresh process was closed. Make a new one.")
            connection = spawn(self.name, self._order)
            self._running.add(connection)
        try:
            return connection.run(request, timeout)
        finally:
            connection.close()
            with self._lock:
                self._running.discard(connection)

    def close(self) -> None:
        """End every run; calling it twice is fine."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for connection in running:
            connection.close()
