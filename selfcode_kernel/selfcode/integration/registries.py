"""Registries that took hold of a class while it was defined anew: they get the one that stays."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Sequence
from typing import Any

from selfcode.integration.closures import WALKABLE_BLOCKS

FreshClass = tuple[type, "weakref.ref[type]"]


def release(classes: Sequence[FreshClass]) -> tuple[str, ...]:
    """Let whatever holds a fresh class hold the one that stays, so that only that one lives on.

    Returns one line for each that could not be searched for.
    """
    # A class is a cycle, which only the collector ends: first those that nothing took hold of.
    gc.collect(0)
    unreached = tuple(
        f"{old.__qualname__}: the session holds too many objects to search for registries of it"
        for old, fresh in classes
        if fresh() is not None and not replace_held(fresh(), old)
    )
    gc.collect(1)
    return unreached


def replace_held(fresh: Any, old: Any) -> bool:
    """Put `old` wherever a dict or list holds `fresh`; return False when there is no searching."""
    if sys.getallocatedblocks() > WALKABLE_BLOCKS:
        return False
    for holder in gc.get_referrers(fresh):
        if type(holder) is dict:
            items = list(holder.items())
        elif type(holder) is list:
            items = list(enumerate(holder))
        else:
            continue
        for key, value in items:
            if value is fresh:
                holder[key] = old
    return True
