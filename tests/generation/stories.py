"""Small broken notebooks: each is run in a real IPython shell, repaired, and judged by values."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from selfcode.generation.rules import Rules
from selfcode.perception import diagnose
from selfcode.perception.frames import live_frames
from selfcode.protocols import Scene
from selfcode.records import Candidate, Cell, Diagnosis, Failure


@dataclass(frozen=True)
class Story:
    """Cells that ran, the cell that fails, and what holds once it is repaired as it was meant.

    Cells of `setup` are separated by `# ---`. Without `holds` there is no honest repair.
    """

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
    """What came of a story: `fixed`, `wrong` (it ran, with other values) or `none`."""

    outcome: str
    diagnosis: Diagnosis
    candidates: tuple[Candidate, ...]
    seconds: float

    @property
    def tried(self) -> str:
        return "".join(f"{c.cost:.2f} {c.explanation}\n{c.diff()}" for c in self.candidates)


class Notebook:
    """One IPython shell, emptied for each story, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = Config()
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell(config=config)
        self.shell.InteractiveTB.set_mode("Minimal")

    def fresh(self, story: Story) -> None:
        """Begin anew: files, names and the cells before the failing one."""
        for name, module in list(sys.modules.items()):
            if str(self.folder) in str(getattr(module, "__file__", None)):
                del sys.modules[name]
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        self.shell.reset(new_session=True)
        for name, text in story.files:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        sys.path_importer_cache.pop(".", None)
        importlib.invalidate_caches()
        for cell in story.cells:
            result = self.run(cell)
            assert result.success, f"{story.name}: the setup fails: {result.error_in_exec!r}"

    def run(self, text: str):
        """Run a cell, silently."""
        nowhere = io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            stack.enter_context(contextlib.redirect_stderr(nowhere))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            return self.shell.run_cell(text, store_history=True)

    def failure(self, text: str) -> Failure | None:
        """Run the failing cell; return its failure as the notebook layer builds it."""
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

    def propose(self, failure: Failure) -> tuple[Diagnosis, tuple[Candidate, ...]]:
        """Return the diagnosis of a failure and what the rules propose."""
        diagnosis = diagnose(failure)
        scene = Scene(diagnosis, failure, live_frames(failure))
        return diagnosis, tuple(Rules().propose(scene))

    def apply(self, candidate: Candidate, cell: str) -> bool:
        """Put a candidate in place, run the cell, and return whether it runs to its end."""
        if candidate.target.is_cell:
            return self.run(candidate.after).success
        if candidate.target.module == "__main__":
            old = self.shell.user_ns.get(candidate.target.name)
            done = self.run(candidate.after).success
            self._carry_over(old, self.shell.user_ns.get(candidate.target.name))
            return done and self.run(cell).success
        module = sys.modules[candidate.target.module]
        exec(compile(candidate.after, "<repaired>", "exec"), vars(module))
        return self.run(cell).success

    @staticmethod
    def _carry_over(old: object, new: object) -> None:
        """Give the living objects of a class the methods of its repaired definition."""
        if isinstance(old, type) and isinstance(new, type):
            for name, value in vars(new).items():
                if callable(value):
                    setattr(old, name, value)

    def tell(self, story: Story) -> Told:
        """Play a story: fail, propose, take the first candidate that runs, judge its values."""
        self.fresh(story)
        failure = self.failure(story.cell)
        assert failure is not None, f"{story.name}: the cell does not fail"
        began = time.perf_counter()
        diagnosis, candidates = self.propose(failure)
        seconds = time.perf_counter() - began
        for candidate in candidates:
            self.fresh(story)
            if self.apply(candidate, story.cell):
                held = bool(story.holds) and bool(eval(story.holds, self.shell.user_ns))
                return Told("fixed" if held else "wrong", diagnosis, candidates, seconds)
        return Told("none", diagnosis, candidates, seconds)


@contextlib.contextmanager
def open_notebook(folder: Path) -> Iterator[Notebook]:
    """Give a notebook in `folder`; leave the process as it was."""
    old, path, main = os.getcwd(), list(sys.path), sys.modules["__main__"]
    hook, backend = sys.excepthook, os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "agg"
    os.chdir(folder)
    notebook = Notebook(folder)
    # Emptying the shell collects garbage each time: leave the libraries out of it.
    importlib.import_module("matplotlib.pyplot")
    importlib.import_module("pandas")
    gc.freeze()
    try:
        yield notebook
    finally:
        gc.unfreeze()
        os.chdir(old)
        sys.path[:], sys.modules["__main__"], sys.excepthook = path, main, hook
        os.environ.pop("MPLBACKEND")
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
