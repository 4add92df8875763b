"""Healing a notebook: a kernel with selfcode runs it cell by cell, a fresh one proves the result.

What counts is the last run, from the top, in a fresh kernel without selfcode: only a notebook that
ran to its end there is healed.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import json
import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from selfcode.errors import SandboxError, UsageError
from selfcode.freeze import Freeze
from selfcode.integration.files import replace_file

_REPAIRS_PER_CELL = 8
_PASSES = 8
_PROPOSAL_SECONDS = 60.0
_REMOTE = "__import__('selfcode.notebook.remote', fromlist=['remote'])"


@dataclass(frozen=True)
class Mend:
    """One patch for the notebook; `shown` is the patch as text.

    `cell` counts the code cells from 1, as Jupyter does; `files` are modules that it rewrites.
    """

    cell: int
    target: str
    explanation: str
    hash: str
    diff: str
    shown: str
    files: tuple[Path, ...] = ()


@dataclass
class Report:
    """What healing came to; `healed` only when a fresh kernel ran the result to its end."""

    healed: bool = False
    mends: list[Mend] = field(default_factory=list)
    reason: str = ""
    cells: int = 0
    seconds: float = 0.0
    output: Path | None = None

    def text(self) -> str:
        """Return the report as lines for a person."""
        lines = []
        for mend in self.mends:
            lines += [f"cell [{mend.cell}]: {mend.explanation} ({mend.hash[:12]})", mend.diff]
        if not self.healed:
            return "\n".join([*lines, f"Not healed: {self.reason}", ""])
        done = f"{len(self.mends)} repairs" if len(self.mends) != 1 else "1 repair"
        what = f"Healed: {done}" if self.mends else "Nothing to heal"
        end = f"{what}; all {self.cells} cells ran in a fresh kernel ({self.seconds:.1f} s)."
        files = dict.fromkeys(file for mend in self.mends for file in mend.files)
        written = ", ".join(map(str, [self.output, *files]))
        return "\n".join([*lines, end, f"Written to {written}.", ""])


class _StartAgain(Exception):
    """The rest of a repaired cell cannot be run where it failed: begin from the top."""


class _GaveUp(Exception):
    """The notebook cannot be healed; the message says why."""


def heal(
    notebook: Path,
    output: Path,
    *,
    decide: Callable[[Mend], bool],
    timeout: float = 600.0,
) -> Report:
    """Heal `notebook`, write it to `output` when it is healed, and return the report.

    `decide` approves or refuses each accepted patch. A patch of the user's own module goes into its
    file, which is as it was when the notebook is not healed. Works inside a running event loop as
    well. Raises `UsageError` for what is no notebook of Python, and `Frozen`.
    """
    Freeze.of_user().require_off()
    healer = _Healer(notebook, output, decide, timeout)
    # the client's clean-up of a kernel that dies while it is asked shows a traceback of its own
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return _run_in_thread(healer.run())


def _run_in_thread(healing: Coroutine[Any, Any, Report]) -> Report:
    """Run a healing in a loop of its own thread, and cancel it when this one is interrupted.

    There nbclient cannot take the signals over, and a loop that runs in this thread is no matter.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(healing)
    with ThreadPoolExecutor(1) as pool, closing(loop):
        done = pool.submit(loop.run_until_complete, task)
        try:
            return done.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            with suppress(CancelledError):
                done.result()
            raise
        finally:
            pool.submit(loop.run_until_complete, loop.shutdown_asyncgens()).result()


def _read(path: Path) -> NotebookNode:
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (AttributeError, KeyError) as error:
        raise UsageError(f"{path} is JSON, but no notebook.") from error
    except Exception as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"{path} is no notebook that can be read: {first}") from error
    spec = notebook.metadata.get("kernelspec", {})
    language = spec.get("language", "python")
    if language.lower() != "python":
        raise UsageError(f"{path} is a notebook of {language}; only Python is healed.")
    return notebook


class _Healer:
    def __init__(
        self, path: Path, output: Path, decide: Callable[[Mend], bool], timeout: float
    ) -> None:
        self._path, self._output, self._decide, self._timeout = path, output, decide, timeout
        self._notebook = _read(path)
        self._report = Report(cells=sum(c.cell_type == "code" for c in self._notebook.cells))
        self._numbers: dict[int, int] = {}
        self._originals: dict[Path, bytes] = {}

    async def run(self) -> Report:
        began = time.monotonic()
        try:
            with _progress(self._path.name) as progress:
                await self._repair(progress)
                await self._prove(progress)
            if frozen := Freeze.of_user().why():
                raise _GaveUp(frozen)
            nbformat.write(self._notebook, self._output)
            self._report.healed, self._report.output = True, self._output
        except _GaveUp as error:
            self._report.reason = str(error)
        finally:
            if not self._report.healed:
                self._restore()
        self._report.seconds = time.monotonic() - began
        return self._report

    def _restore(self) -> None:
        """Put every module file back as it was."""
        for path, data in self._originals.items():
            replace_file(path, data)

    def _number(self, index: int) -> int:
        """Return how Jupyter would number the code cell at `index`."""
        return sum(cell.cell_type == "code" for cell in self._notebook.cells[: index + 1])

    def _client(self, notebook: NotebookNode) -> NotebookClient:
        name = notebook.metadata.get("kernelspec", {}).get("name", "python3")
        known = KernelSpecManager()
        name = name if name in known.find_kernel_specs() else "python3"
        quiet = any("ipykernel" in word for word in known.get_kernel_spec(name).argv)
        return NotebookClient(
            notebook,
            timeout=self._timeout,
            kernel_name=name,
            extra_arguments=["--log-level=CRITICAL"] if quiet else [],
            resources={"metadata": {"path": str(self._path.resolve().parent)}},
        )

    async def _repair(self, progress: _Bar) -> None:
        """Repair cell by cell; from the top where a repaired cell cannot run on; or `_GaveUp`."""
        for _ in range(_PASSES):
            with suppress(_StartAgain):
                return await self._pass(progress)
        raise _GaveUp(f"it had to be run from the top {_PASSES} times.")

    async def _pass(self, progress: _Bar) -> None:
        """Run the cells in a kernel with selfcode, and put each approved patch into its cell.

        Raises `_StartAgain` when the repaired texts are to be run from the top.
        """
        self._numbers.clear()
        client = self._client(self._notebook)
        progress.stage("repairing", len(self._notebook.cells))
        async with client.async_setup_kernel():
            await _ask_kernel(client, "get_ipython().run_line_magic('load_ext', 'selfcode')")
            for index, cell in enumerate(self._notebook.cells):
                progress.cell(index)
                failed = await self._execute(client, cell, index)
                self._numbers[cell.get("execution_count") or 0] = index
                if failed:
                    await self._mend(client, index)

    async def _mend(self, client: NotebookClient, index: int) -> None:
        """Approve and resume until the cell has run to its end.

        Raises `_GaveUp`, or `_StartAgain` when running on would repeat effects.
        """
        for _ in range(_REPAIRS_PER_CELL):
            answer = await _ask_remote(client, f"proposal({_PROPOSAL_SECONDS})")
            mend = self._choose(answer, index)
            done = await _ask_remote(client, f"approve({mend.hash!r})")
            for number, text in done["cells"]:
                self._notebook.cells[self._numbers.get(number, index)].source = text
            self._report.mends.append(mend)
            if done["again"]:
                raise _StartAgain
            if not done["failed"]:
                break
        else:
            raise _GaveUp(
                f"cell [{self._number(index)}] still fails after {_REPAIRS_PER_CELL} repairs."
            )
        if done["error"]:
            raise _GaveUp(f"cell [{self._number(index)}]: {done['error']}")

    def _choose(self, answer: dict[str, Any], index: int) -> Mend:
        accepted = [patch for patch in answer["patches"] if patch["outcome"] == "accepted"]
        if not accepted and len(answer["patches"]) == 1 and answer["patches"][0]["repeats"]:
            accepted = answer["patches"]  # its trial repeated effects; the run from the top decides
        if not accepted:
            raise _GaveUp(f"cell [{self._number(index)}]: {answer['text'].strip()}")
        best = accepted[0]
        mend = Mend(
            self._number(index),
            best["target"],
            best["explanation"],
            best["hash"],
            best["diff"],
            answer["text"],
            tuple(map(Path, best["files"])),
        )
        if not self._decide(mend):
            raise _GaveUp(f"the patch for cell [{mend.cell}] was not approved.")
        for file in mend.files:
            self._originals.setdefault(file, file.read_bytes())
        return mend

    async def _prove(self, progress: _Bar) -> None:
        """Run the notebook from the top in a fresh kernel without selfcode; raises `_GaveUp`."""
        fresh = copy.deepcopy(self._notebook)
        for cell in fresh.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        client = self._client(fresh)
        progress.stage("running again", len(fresh.cells))
        async with client.async_setup_kernel():
            for index, cell in enumerate(fresh.cells):
                progress.cell(index)
                if failed := await self._execute(client, cell, index):
                    number = self._number(index)
                    raise _GaveUp(f"repaired, but from the top cell [{number}] fails with {failed}")
        self._notebook = fresh

    async def _execute(self, client: NotebookClient, cell: NotebookNode, index: int) -> str:
        """Run a cell and return its error, empty when it has none or is marked to have one.

        Magics like `%%capture` show an error as output and end as if nothing had happened.
        """
        number = self._number(index)
        try:
            await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            return f"{error.ename}: {error.evalue}"
        except DeadKernelError as error:
            raise _GaveUp(f"the kernel died in cell [{number}].") from error
        except TimeoutError as error:
            raise _GaveUp(f"cell [{number}] did not finish in time; see --timeout.") from error
        if client.allow_errors or "raises-exception" in cell.metadata.get("tags", ()):
            return ""
        shown = (out for out in cell.get("outputs", ()) if out.output_type == "error")
        return next((f"{out.ename}: {out.evalue}" for out in shown), "")


async def _ask_remote(client: NotebookClient, call: str) -> dict[str, Any]:
    text = await _ask_kernel(client, f"{_REMOTE}.{call}")
    answer: dict[str, Any] = json.loads(ast.literal_eval(text))
    return answer


async def _ask_kernel(client: NotebookClient, expression: str) -> str:
    """Return the repr of an expression in the kernel; raises `SandboxError` when it raised."""
    kc: Any = client.kc
    parent = kc.execute("", silent=True, user_expressions={"answer": expression})
    while True:
        reply = await kc.get_shell_msg(timeout=2 * _PROPOSAL_SECONDS)
        if reply["parent_header"].get("msg_id") == parent:
            break
    answer = reply["content"]["user_expressions"]["answer"]
    if answer["status"] != "ok":
        raise SandboxError(f"the kernel did not answer: {answer['ename']}: {answer['evalue']}")
    return str(answer["data"]["text/plain"])


class _Bar:
    """The progress bar of one notebook, on stderr."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name = progress, name
        self._task = progress.add_task(name, total=None)

    def stage(self, what: str, cells: int) -> None:
        """Begin anew with `what` over so many cells."""
        self._progress.reset(self._task, total=cells, description=f"{what} {self._name}")

    def cell(self, index: int) -> None:
        """Show that the cell of that index runs now."""
        self._progress.update(self._task, completed=index + 1)


@contextmanager
def _progress(name: str) -> Iterator[_Bar]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("cell"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(progress, name)
