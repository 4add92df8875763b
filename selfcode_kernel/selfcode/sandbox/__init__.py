"""The wall and the places to run behind it: the twin, workers, and how strong the wall is here."""

from __future__ import annotations

from selfcode.sandbox.script import close_workers, trial

__all__ = ["close_workers", "trial"]
