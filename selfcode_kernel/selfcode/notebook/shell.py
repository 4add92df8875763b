"""What selfcode needs of IPython's shell, whatever its front end: cells, channels, display."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import comm
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from selfcode.notebook.display import View
from selfcode.perception import LONGEST_CELL
from selfcode.records import Cell, Failure

_TIMED = ("<timed exec>", "<timed eval>")


def plain_code(shell: InteractiveShell, source: str) -> str:
    """Return the Python of a cell's text, with the line numbers that its tracebacks show.

    The body of a `%%time` or `%%capture` cell is a cell of its own. Any other cell magic makes one
    call of it.
    """
    code: str = shell.transform_cell(_run_text(source))
    return code


def _run_text(source: str) -> str:
    """Return what runs of a cell: all of it, or the body alone."""
    first, _, body = source.partition("\n")
    return body if first.split(maxsplit=1)[:1] in (["%%time"], ["%%capture"]) else source


def failed_cell(
    shell: InteractiveShell, source: str, number: int, cell_id: str | None, error: BaseException
) -> Cell:
    """Return the cell that raised `error`."""
    code = plain_code(shell, source)
    name = _name_in_traceback(shell, source, number, error)
    return Cell(cell_id or f"In[{number}]", source, code, name, number)


def _name_in_traceback(
    shell: InteractiveShell, source: str, number: int, error: BaseException
) -> str:
    """Return the file name under which the cell ran; a magic may have added a line end to it."""
    ran = {frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)}
    name = next((name for name in _TIMED if name in ran), "")
    text = _run_text(source)
    for raw in () if name else (text, f"{text}\n"):
        name = shell.compile.get_code_name(raw, shell.transform_cell(raw), number)
        if name in ran:
            break
    return name


def failure_of(
    shell: InteractiveShell, result: ExecutionResult, outer: ExecutionInfo
) -> Failure | None:
    """Return the failure that a cell's result holds; None when there is nothing to look at.

    `outer` is the cell that the person ran, of which a magic may have run the body as this one. A
    wrong use of a magic is no failure of the user's code.
    """
    error = result.error_in_exec or result.error_before_exec
    if error is None or result.info is None or isinstance(error, UsageError):
        return None
    info, number = result.info, result.execution_count or shell.execution_count
    if outer is not info and _run_text(str(outer.raw_cell)).rstrip() == str(info.raw_cell).rstrip():
        info = outer
    source, cell_id = str(info.raw_cell), getattr(info, "cell_id", None)
    try:
        if len(source) > LONGEST_CELL:
            raise ValueError("it would take seconds to transform what is declined")
        cell = failed_cell(shell, source, number, cell_id, error)
    except Exception:  # noqa: BLE001 - a cell that IPython cannot transform raises what it likes
        cell = Cell(cell_id or f"In[{number}]", source, "", "", number)
    if info is not result.info and shell.history_manager is not None:
        number = len(shell.history_manager.input_hist_raw) - 1  # not yet counted on
        cell = replace(cell, id=cell_id or f"In[{number}]", number=number)
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
        # `%%capture` puts another one in its place, which is not for what comes from other threads
        self._publisher: Any = shell.display_pub

    def place(self) -> object:
        """Return the place of the cell that runs now; only its own thread knows it."""
        return getattr(self._publisher, "parent_header", None)

    def show(self, view: View, place: object) -> None:
        """Show `view` at `place`: a display message in a notebook, coloured text in a terminal."""
        if not has_kernel(self._shell):
            print(view.text())  # noqa: T201 - the terminal is the display here
            return
        content = {"data": view.bundle(), "metadata": {}, "transient": {}}
        socket, topic = self._publisher.pub_socket, self._publisher.topic
        self._publisher.session.send(socket, "display_data", content, parent=place, ident=topic)
