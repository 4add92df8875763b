"""The anchor: the newest seal, noted in a file of its own beside the ledger.

It tells when entries are gone from the end of the ledger, which the chain alone cannot.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from selfcode.errors import BrokenSeal

_LINE = re.compile(r"(\d{12}) ([0-9a-f]{64})\n")


def write_anchor(path: Path, number: int, seal: str) -> None:
    """Note entry `number` with its seal; one write, so that no reader sees half of it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, f"{number:012} {seal}\n".encode())
    finally:
        os.close(descriptor)


def read_anchor(path: Path) -> tuple[int, str] | None:
    """Return number and seal of the noted entry, or None when nothing is noted.

    Raises `BrokenSeal` when the file holds anything else.
    """
    try:
        text = path.read_text("ascii", "replace")
    except FileNotFoundError:
        return None
    if not text:
        return None
    match = _LINE.fullmatch(text)
    if match is None:
        raise BrokenSeal(0, f"{path} was changed: it does not hold one number and one seal")
    return int(match[1]), match[2]
