"""Small broken notebooks: each is run in a real IPython shell, repaired, and judged by values."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from selfcode.generation.rules import Rules
from selfcode.perception import diagnose
from selfcode.perception.frames import live_frames
from selfcode.protocols import Scene
from selfcode.records import Candidate, Cell, Diagnosis, Failure


@dataclass(frozen=True)
class Story:
    """Cells that ran, the cell that fails, and what must hold once it is repaired."""

    name: str
    setup: str
    cell: str
    holds: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def cells(self) -> list[str]:
        return [part.strip("\n") for part in self.setup.split("# ---\n") if part.strip()]


@dataclass(frozen=True)
class Told:
    """What came of a story: `fixed`, `wrong` (ran, other values) or `none`; and what was tried."""

    outcome: str
    diagnosis: Diagnosis
    candidates: tuple[Candidate, ...]
    seconds: float


class Notebook:
    """One IPython shell, emptied for each story, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shell = InteractiveShell.instance()
        self.modules = set(sys.modules)

    def fresh(self, story: Story) -> None:
        """Begin anew: files, names and the cells before the failing one."""
        for name in set(sys.modules) - self.modules:
            if str(self.folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        self.shell.reset(new_session=True)
        os.chdir(self.folder)
        for name, text in story.files:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for cell in story.cells:
            result = self.run(cell)
            assert result.success, f"{story.name}: the setup fails: {result.error_in_exec!r}"

    def run(self, text: str):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return self.shell.run_cell(text, store_history=True)

    def failure(self, text: str) -> Failure | None:
        """Run the failing cell; return its failure as the notebook layer would build it."""
        number = self.shell.execution_count
        result = self.run(text)
        error = result.error_in_exec or result.error_before_exec
        if error is None:
            return None
        first, _, body = text.partition("\n")
        timed = first.split(maxsplit=1)[:1] == ["%%time"]
        code = self.shell.transform_cell(body if timed else text)
        name = self.shell.compile.get_code_name(text, self.shell.transform_cell(text), number)
        cell = Cell("c1", text, code, "<timed exec>" if timed else name, number)
        return Failure(error, cell, self.shell.user_ns)

    def apply(self, candidate: Candidate, cell: str) -> bool:
        """Put a candidate in place, run the cell, and return whether it runs to its end."""
        if candidate.target.is_cell:
            return self.run(candidate.after).success
        if candidate.target.module == "__main__":
            return self.run(candidate.after).success and self.run(cell).success
        module = sys.modules[candidate.target.module]
        exec(compile(candidate.after, "<repaired>", "exec"), vars(module))
        return self.run(cell).success

    def tell(self, story: Story) -> Told:
        """Play a story: fail, propose, take the first candidate that runs, judge its values."""
        import time

        self.fresh(story)
        failure = self.failure(story.cell)
        assert failure is not None, f"{story.name}: the cell does not fail"
        began = time.perf_counter()
        diagnosis = diagnose(failure)
        scene = Scene(diagnosis, failure, live_frames(failure))
        candidates = tuple(Rules().propose(scene))
        seconds = time.perf_counter() - began
        for candidate in candidates:
            self.fresh(story)
            if self.apply(candidate, story.cell):
                held = bool(story.holds) and self.holds(story.holds)
                outcome = "fixed" if held else "wrong"
                return Told(outcome, diagnosis, candidates, seconds)
        return Told("none", diagnosis, candidates, seconds)

    def holds(self, expression: str) -> bool:
        """Return whether an expression is true of the live names."""
        return bool(eval(expression, self.shell.user_ns))
