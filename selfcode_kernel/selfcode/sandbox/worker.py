"""The worker: a warm, walled-off process that did not come from the kernel."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from selfcode.errors import PlaceLost
from selfcode.records import Isolation, Trial
from selfcode.sandbox.place import Connection
from selfcode.sandbox.spawn import Profile, new_order, spawn

_LANES = max(2, min(4, os.cpu_count() or 1))
_SPARE = 2


class Worker:
    """A warm process for one job, named `package.module:function`; each run is a fork of it.

    Some forks are always ready, and runs from several threads go on side by side. It is started by
    `start` or the first `run`, and anew after it was lost. With the profile `sci` numpy and pandas
    are loaded already. Trials may read `readable`; there is no working directory.
    """

    name = "worker child"

    def __init__(
        self,
        job: str,
        *,
        profile: Profile = "std",
        readable: Sequence[str] = (),
        minimum: Isolation = Isolation.B,
    ) -> None:
        self._order = new_order(job, profile=profile, readable=readable, minimum=minimum)
        self._order |= {"lanes": _LANES, "spare": _SPARE}
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._closed = False

    def start(self) -> None:
        """Start the process unless it runs, without waiting for it; raises `WallError`."""
        self._connected()

    def _connected(self) -> Connection:
        with self._lock:
            if self._closed:
                raise PlaceLost("the worker was closed. Make a new one.")
            if self._connection is None or not self._connection.is_open:
                self._connection = spawn(self.name, self._order)
            return self._connection

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the job on `request` in a walled process of its own, at most `timeout` seconds.

        Raises `WallError`, `PlaceLost`, and `UsageError` when the request is not JSON.
        """
        return self._connected().run(request, timeout)

    def close(self) -> None:
        """End the process and everything in it; calling it twice is fine."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
