"""The chain of seals: each entry is bound to everything written before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from selfcode.errors import BrokenSeal
from selfcode.records import Entry, as_json

GENESIS = ""


def canonical(value: Any) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal_of(previous: str, entry: Entry) -> str:
    """Return the seal of `entry`, whatever it bears, after an entry sealed with `previous`."""
    body = {name: value for name, value in as_json(entry).items() if name != "seal"}
    return hashlib.sha256((previous + canonical(body)).encode()).hexdigest()


def check_chain(entries: Iterable[Entry]) -> Entry | None:
    """Return the last of `entries`, all of them from the first on matching their seals.

    Raises `BrokenSeal` at the first that was changed, removed, inserted or moved.
    """
    last, previous = None, GENESIS
    for number, entry in enumerate(entries, 1):
        if entry.number != number:
            raise BrokenSeal(number, f"it is missing, entry {entry.number} stands in its place")
        if entry.seal != seal_of(previous, entry):
            raise BrokenSeal(number, "it, or the entry before it, was changed after it was written")
        last, previous = entry, entry.seal
    return last
