"""What selfcode needs of IPython's shell, whatever its front end: cells, channels, display."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import comm
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from selfcode.notebook.display import View
from selfcode.records import Cell, Failure

_TIMED = ("<timed exec>", "<timed eval>")


def plain_code(shell: InteractiveShell, source: str) -> str:
    """Return the Python of a cell's text, with the line numbers that its tracebacks show.

    The body of a `%%time` cell is a cell of its own. Any other cell magic makes one call of it.
    """
    first, _, body = source.partition("\n")
    timed = first.split(maxsplit=1)[:1] == ["%%time"]
    code: str = shell.transform_cell(body if timed else source)
    return code


def failed_cell(
    shell: InteractiveShell, source: str, number: int, cell_id: str | None, error: BaseException
) -> Cell:
    """Return the cell that raised `error`."""
    code = plain_code(shell, source)
    timed = {frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)}
    name = next((name for name in _TIMED if name in timed), None)
    filename = name or shell.compile.get_code_name(source, shell.transform_cell(source), number)
    return Cell(cell_id or f"In[{number}]", source, code, filename, number)


def failure_of(shell: InteractiveShell, result: ExecutionResult) -> Failure | None:
    """Return the failure that a cell's result holds; None when there is nothing to look at.

    A wrong use of a magic is no failure of the user's code.
    """
    error = result.error_in_exec or result.error_before_exec
    if error is None or result.info is None or isinstance(error, UsageError):
        return None
    number = result.execution_count or shell.execution_count
    cell_id = getattr(result.info, "cell_id", None)
    try:
        cell = failed_cell(shell, result.info.raw_cell, number, cell_id, error)
    except Exception:  # noqa: BLE001 - a cell that IPython cannot transform raises what it likes
        cell = Cell(cell_id or f"In[{number}]", result.info.raw_cell, "", "", number)
    return Failure(error, cell, shell.user_ns)


def last_failure(shell: InteractiveShell) -> Failure | None:
    """Return the last failure that Python remembers, also one from before the extension."""
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if error is None or isinstance(error, UsageError):
        return None
    history = shell.history_manager
    numbers = getattr(shell.compile, "_filename_map", {})
    for frame, _ in traceback.walk_tb(error.__traceback__):
        number = numbers.get(frame.f_code.co_filename)
        if number is not None and history is not None and number < len(history.input_hist_raw):
            source = history.input_hist_raw[number]
            return Failure(error, failed_cell(shell, source, number, None, error), shell.user_ns)
    return Failure(error, None, shell.user_ns)


def cut_channels(shell: InteractiveShell) -> Callable[[], None]:
    """Return what silences the shell's display and input in a forked child, for that child only."""

    def cut() -> None:
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            kernel.session.send = _nothing
        comm.create_comm = comm.DummyComm
        sys.displayhook = _nothing

    return cut


def _nothing(*_args: object, **_kwargs: object) -> None:
    """Take the place of a channel that a forked child must not use."""


@contextlib.contextmanager
def running_as_cell(shell: InteractiveShell) -> Iterator[None]:
    """Run the body as a cell is run: builtins and the display hook of IPython in place."""
    with shell.builtin_trap, shell.display_trap:
        yield


def has_kernel(shell: InteractiveShell) -> bool:
    """Return whether a Jupyter kernel, rather than a terminal, runs the shell."""
    return getattr(shell, "kernel", None) is not None


class Publisher:
    """Shows things from any thread, under the cell that they belong to."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def place(self) -> object:
        """Return the place of the cell that runs now; only its own thread knows it."""
        publisher = self._shell.display_pub
        return getattr(publisher, "parent_header", None)

    def show(self, view: View, place: object) -> None:
        """Show `view` at `place`: a display message in a notebook, coloured text in a terminal."""
        publisher: Any = self._shell.display_pub
        if not has_kernel(self._shell):
            print(view.text())  # noqa: T201 - the terminal is the display here
            return
        content = {"data": view.bundle(), "metadata": {}, "transient": {}}
        publisher.session.send(
            publisher.pub_socket, "display_data", content, parent=place, ident=publisher.topic
        )
