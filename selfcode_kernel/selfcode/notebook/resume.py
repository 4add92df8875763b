"""Runs what is left of a failed cell in the live namespace, after its repair was approved."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from selfcode.decisions import Pending
from selfcode.errors import RepeatsEffects
from selfcode.notebook.shell import plain_code, running_as_cell
from selfcode.records import Cell
from selfcode.resumption import resumption
from selfcode.source import first_line, lines_of


@dataclass(frozen=True)
class Resumed:
    """What became of the rest of a cell: what it raised, or the text that is still to be run.

    `left` is empty but where the rest awaits something and only a cell of its own can wait.
    """

    error: BaseException | None = None
    left: str = ""


def resume(
    shell: InteractiveShell, pending: Pending, cell: Cell, text: str, repeat: bool = False
) -> Resumed:
    """Run what is left of `cell`, whose text is now `text`, as a cell would run it.

    Output and traceback show as usual, with the line numbers of `text`. Raises `RepeatsEffects`
    when running on would change live values a second time, unless `repeat`.
    """
    code = plain_code(shell, text)
    plan = resumption(cell.code, code, pending.failed, pending.begun)
    if plan.doubled and not repeat:
        raise RepeatsEffects(plan.doubled)
    if plan.awaits and _loop_runs():
        return Resumed(left=_text_of(plan.statements, text, code))
    info = ExecutionInfo(text, False, False, True, cell.id)
    result = ExecutionResult(info)
    result.execution_count = cell.number
    name = shell.compile.cache(code, cell.number, raw_code=text)
    statements: list[Any] = list(plan.statements)
    with running_as_cell(shell):
        run = shell.run_ast_nodes(statements, name, compiler=shell.compile, result=result)
        if plan.awaits:
            runner: Any = shell.loop_runner
            runner(run)
        else:
            _finish(run)
    return Resumed(result.error_in_exec or result.error_before_exec)


def _finish(run: Coroutine[Any, Any, Any]) -> None:
    """Drive a coroutine that never waits to its end."""
    try:
        run.send(None)
    except StopIteration:
        return
    raise RuntimeError("a statement without `await` waited")


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _text_of(statements: Sequence[ast.stmt], text: str, code: str) -> str:
    """Return the text of statements of `code`, as the person wrote them where that is known."""
    lines, written = lines_of(code), lines_of(text)
    lines = written if len(lines) == len(written) else lines
    used: list[str] = []
    last = 0
    for statement in statements:
        begin, end = first_line(statement), statement.end_lineno or statement.lineno
        if begin <= last or not _stands_alone(statement, code):
            used.append(f"{ast.get_source_segment(code, statement) or ast.unparse(statement)}\n")
        else:
            used += lines[begin - 1 : end]
        last = end
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in used).rstrip("\n")


def _stands_alone(statement: ast.stmt, code: str) -> bool:
    """Return whether no other statement stands on the lines of `statement`."""
    lines = lines_of(code)
    before = lines[statement.lineno - 1].encode()[: statement.col_offset]
    after = lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset or 0 :]
    return not before.strip() and not after.split(b"#")[0].strip()
