"""The ground of a trial where there is no private root: a scratch folder of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress

from selfcode.sandbox.view import without

_MOST, _BLOCK = 256 << 20, 512


class Folder:
    """Folders for scratch files, one for each trial; the rest is as the machine has it."""

    def __init__(self, readable: list[str], directory: str, hidden: list[str]) -> None:
        self._base = tempfile.mkdtemp(prefix="selfcode-")
        self.readable = [*readable, *(without(directory, hidden) if directory else ())]
        self.start = directory

    def new_home(self) -> str:
        """Make and return the home of the next trial."""
        return tempfile.mkdtemp(dir=self._base)

    def writable(self, home: str) -> list[str]:
        """Return where the trial with that `home` may write."""
        return [home]

    def lay_out(self) -> int:
        """Do nothing: the home is there, and there is no layer to read changes from."""
        return -1

    def changes(self, _layer: int) -> tuple[str, ...]:
        """Return nothing: a trial cannot write in the working directory here."""
        return ()

    def overflows(self, home: str) -> bool:
        """Return whether the trial with that `home` has written more than it may."""
        size = 0
        for folder, _, names in os.walk(home):
            for name in names:
                with suppress(OSError):
                    size += os.lstat(os.path.join(folder, name)).st_blocks * _BLOCK
        return size > _MOST

    def discard(self, home: str) -> None:
        """Throw away what the trial with that `home` wrote."""
        shutil.rmtree(home, ignore_errors=True)

    def remove(self) -> None:
        """Throw away everything."""
        shutil.rmtree(self._base, ignore_errors=True)
