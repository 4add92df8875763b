"""Trials of plain source text, each in a fork of a warm worker."""

from __future__ import annotations

import atexit
import contextlib
import io
from collections.abc import Mapping
from typing import Any

from selfcode.records import Trial
from selfcode.sandbox.spawn import Profile
from selfcode.sandbox.worker import Worker

_JOB = "selfcode.sandbox.script:run_source"
_workers: dict[Profile, Worker] = {}


def trial(source: str, *, profile: Profile = "std", timeout: float = 5.0) -> Trial:
    """Run `source` behind the wall; the value is its global `result`, an error unless that is JSON.

    The worker that serves this stays warm until `close_workers` or the end of the process. Raises
    `WallError` and `PlaceLost`.
    """
    worker = _workers.get(profile) or _workers.setdefault(profile, Worker(_JOB, profile=profile))
    return worker.run({"source": source}, timeout)


@atexit.register
def close_workers() -> None:
    """End the workers that `trial` keeps warm."""
    while _workers:
        _workers.popitem()[1].close()


def run_source(request: Mapping[str, Any]) -> Any:
    """Run the text `request["source"]` and return its global `result`, None when it has none."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(request["source"], "<trial>", "exec"), namespace)
    return namespace.get("result")
