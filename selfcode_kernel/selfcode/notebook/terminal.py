"""Views as text: plain always, in colour where a terminal shows it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TextIO

from selfcode.notebook.blocks import (
    Actions,
    Block,
    Diff,
    Facts,
    Fold,
    Heading,
    Line,
    Row,
    Table,
    Tone,
    code_spans,
    visible,
)

Span = tuple[str, str]
"""A text and its style, in rich's words; only what is readable on any background."""

_STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.OPEN: "magenta", Tone.BAD: "red"}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def plain(blocks: Iterable[Block]) -> str:
    """Return `blocks` as text without any colour, and without a line end at the end."""
    return "".join(text for text, _ in _spans(blocks)).rstrip("\n")


def write(blocks: Iterable[Block], file: TextIO | None = None) -> None:
    """Write `blocks` to `file` (standard output): in colour if it is a terminal that shows any."""
    file = file or sys.stdout
    if not shows_colour(file):
        file.write(plain(blocks) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    text = Text()
    for part, style in _spans(blocks):
        text.append(part, style)
    text.rstrip()
    Console(file=file, highlight=False).print(text, soft_wrap=True)


def shows_colour(file: TextIO) -> bool:
    """Return whether `file` is a terminal with colours, and NO_COLOR does not forbid them."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    return file.isatty() and not dumb and not os.environ.get("NO_COLOR")


def _spans(blocks: Iterable[Block], indent: str = "") -> Iterator[Span]:
    for block in blocks:
        for line in _lines(block):
            yield indent, ""
            yield from ((visible(text), style) for text, style in line)
            yield "\n", ""


def _lines(block: Block) -> Iterator[list[Span]]:
    """Yield the lines of `block`, each as its spans without a line end."""
    match block:
        case Heading():
            yield from _heading(block)
        case Line(text=text, tone=tone, quiet=quiet):
            mark = [(f"{tone.mark} ", _STYLES[tone])] if tone is not Tone.PLAIN else []
            yield [*mark, *_prose(text, "dim" if quiet else "")]
        case Diff(text=text):
            yield []
            yield from ([(line, _diff_style(line))] for line in text.split("\n"))
        case Table():
            yield from _table(block)
        case Facts(pairs=pairs) | Actions(commands=pairs):
            width = max((len(name) for name, _ in pairs), default=0)
            for name, value in pairs:
                yield [(f"{name:<{width}}  ", "dim"), *_prose(value)]
        case Fold(title=title, blocks=blocks, tone=tone):
            yield _prose(title, _bold(tone))
            yield from _indented(blocks)
            yield []


def _indented(blocks: Iterable[Block]) -> Iterator[list[Span]]:
    for block in blocks:
        yield from ([("  ", ""), *line] for line in _lines(block))


def _heading(heading: Heading) -> Iterator[list[Span]]:
    mark = f"{heading.tone.mark} " if heading.tone is not Tone.PLAIN else ""
    badge = f"  [{heading.badge}]" if heading.badge else ""
    style = _STYLES[heading.tone]
    yield [(mark, style), *_prose(heading.text, "bold"), (badge, style)]
    if heading.aside:
        yield [("  " + " · ".join(heading.aside), "dim")]


def _bold(tone: Tone) -> str:
    return f"bold {_STYLES[tone]}".strip()


def _prose(text: str, style: str = "") -> list[Span]:
    return [
        (f"`{part}`", f"{style} cyan".strip()) if is_code else (part, style)
        for part, is_code in code_spans(text)
    ]


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    return _DIFF_STYLES.get(line[:1], "")


def _table(table: Table) -> Iterator[list[Span]]:
    shown = table.rows[: table.brief] if table.brief else table.rows
    widths = _widths([row.cells for row in shown])
    for row in shown:
        yield [(f"{row.tone.mark} ", _STYLES[row.tone]), *_cells(row, widths)]
        for detail in row.details:
            yield from ([(f"    {line}", "dim")] for line in detail.split("\n"))
    if left := len(table.rows) - len(shown):
        yield [(f"and {left} more", "dim")]


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    columns = zip_longest(*rows, fillvalue="")
    return [max(len(visible(cell)) for cell in column) for column in columns]


def _cells(row: Row, widths: Sequence[int]) -> list[Span]:
    padded = [f"{visible(c):<{w}}" for c, w in zip(row.cells, widths, strict=False)]
    return [(("  ".join(padded)).rstrip(), "")]
