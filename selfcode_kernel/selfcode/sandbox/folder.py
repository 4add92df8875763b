"""The ground of a trial where there is no private root: a scratch folder of its own."""

from __future__ import annotations

import shutil
import tempfile


class Folder:
    """A folder for scratch files, emptied between trials; the rest is as the machine has it."""

    def __init__(self, readable: list[str], directory: str) -> None:
        self._base = tempfile.mkdtemp(prefix="selfcode-")
        self.home = ""
        self.readable = [*readable, directory] if directory else readable
        self.start = directory

    @property
    def writable(self) -> list[str]:
        """Where a trial may write."""
        return [self.home]

    def refresh(self) -> None:
        """Put an empty folder in the place of what the last trial wrote."""
        self.discard()
        self.home = tempfile.mkdtemp(dir=self._base)

    def changes(self) -> tuple[str, ...]:
        """Return nothing: a trial cannot write in the working directory here."""
        return ()

    def discard(self) -> None:
        """Throw away what the last trial wrote."""
        shutil.rmtree(self.home, ignore_errors=True)

    def remove(self) -> None:
        """Throw away everything."""
        shutil.rmtree(self._base, ignore_errors=True)
