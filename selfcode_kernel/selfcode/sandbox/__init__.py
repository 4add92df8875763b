"""The wall, the three places to run behind it, and how strong the wall is here."""

from __future__ import annotations

from selfcode.sandbox.fresh import FreshProcess
from selfcode.sandbox.script import close_workers, trial
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.worker import Worker

__all__ = ["FreshProcess", "Twin", "Worker", "close_workers", "trial"]
