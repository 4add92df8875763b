"""Runs what is left of a failed cell in the live namespace, after its repair was approved."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from selfcode.errors import UsageError
from selfcode.notebook.shell import plain_code, running_as_cell
from selfcode.records import Cell
from selfcode.resumption import resumption
from selfcode.source import Spot


def resume(
    shell: InteractiveShell, cell: Cell, text: str, failed: Spot, repeat: bool = False
) -> BaseException | None:
    """Run what is left of `cell`, whose text is now `text`, as a cell would run it.

    Output and traceback show as usual, with the line numbers of `text`. Returns what the rest
    raised. Raises `UsageError` when running on would repeat effects on live values, unless
    `repeat`, or when the rest awaits something: then the whole cell is to be run.
    """
    code = plain_code(shell, text)
    plan = resumption(cell.code, code, failed)
    if plan.doubled and not repeat:
        names = ", ".join(f"`{name}`" for name in plan.doubled)
        raise UsageError(
            f"the failing statement had begun and changed {names}; running on would repeat that. "
            "Reset it and run the cell, or resume all the same with `--repeat`."
        )
    info = ExecutionInfo(text, False, False, True, cell.id)
    result = ExecutionResult(info)
    result.execution_count = cell.number
    name = shell.compile.cache(code, cell.number, raw_code=text)
    with running_as_cell(shell):
        _finish(
            shell.run_ast_nodes(list(plan.statements), name, compiler=shell.compile, result=result)
        )
    return result.error_in_exec or result.error_before_exec


def _finish(run: Coroutine[Any, Any, Any]) -> None:
    """Drive a coroutine that never waits to its end."""
    try:
        run.send(None)
    except StopIteration:
        return
    run.close()
    raise UsageError("the rest of the cell awaits something: run the whole cell instead.")
