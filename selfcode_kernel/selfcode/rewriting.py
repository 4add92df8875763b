"""Where a changed text is written back: the cells that define it, and the files of modules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from selfcode.errors import SwapError
from selfcode.integration.cells import Cells, RanCell
from selfcode.integration.files import file_of, rewrite_file
from selfcode.records import Change, Patch
from selfcode.settings import Selfcode

_WITHOUT_FILE = ("__main__", "cell")


@dataclass(frozen=True)
class Rewrite:
    """A cell that defines what was changed, and the text that it is to have now."""

    cell: RanCell
    text: str


class Texts:
    """The texts of one session that hold its definitions; the settings may keep files out of it."""

    def __init__(self, settings: Selfcode, cells: Cells) -> None:
        self._settings, self._cells = settings, cells

    def rewrite_cells(self, changes: Iterable[Change]) -> tuple[Rewrite, ...]:
        """Put the new texts into the cells that hold the old ones, and return those cells."""
        found: dict[str, Rewrite] = {}
        for change in changes:
            before, after = change.before.rstrip("\n"), change.after.rstrip("\n")
            if change.target.is_cell:
                cell, text = self._cells.latest(change.target), change.after
            else:
                cell = self._cells.holding(before) if change.target.module == "__main__" else None
                text = cell.source.replace(before, after, 1) if cell else ""
            if cell is not None:
                found[cell.id] = Rewrite(cell, text)
                self._cells.rewrite(cell.id, text)
        return tuple(found.values())

    def files_of(self, patch: Patch) -> tuple[Path, ...]:
        """Return the files that an approval of `patch` rewrites."""
        if not self._settings.rewrite_files:
            return ()
        modules = dict.fromkeys(target.module for target in patch.targets)
        found = [file_of(name) for name in modules if name not in _WITHOUT_FILE]
        return tuple(path for path in found if path)

    def rewrite_files(self, changes: Iterable[Change]) -> tuple[str, ...]:
        """Put the new texts of module definitions into their files; return a line for each."""
        lines = []
        for change in changes:
            module = change.target.module
            if module in _WITHOUT_FILE:
                continue
            path = file_of(module) if self._settings.rewrite_files else None
            try:
                if path is None:
                    lines.append(f"The file of `{module}` still holds the old text.")
                    continue
                rewrite_file(path, change)
                lines.append(f"`{path.name}` now holds the new text of `{change.target.name}`.")
            except (SwapError, OSError) as error:
                lines.append(f"The file of `{module}` still holds the old text: {error}.")
        return tuple(lines)
