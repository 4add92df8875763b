"""Views as text: plain always, in colour where a terminal shows it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
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
    visible_line,
)

Span = tuple[str, str]
"""A text and its style, in rich's words; only what is readable on any background."""

_STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.OPEN: "magenta", Tone.BAD: "red"}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def plain(blocks: Iterable[Block]) -> str:
    """Return `blocks` as text without any colour, and without a line end at the end."""
    return "".join(text for text, _ in _spans(blocks)).rstrip("\n")


def coloured(blocks: Iterable[Block]) -> str:
    """Return `blocks` as text with the escapes that colour it on a terminal, without a line end."""
    from rich.console import Console
    from rich.text import Text

    text = Text()
    for part, style in _spans(blocks):
        text.append(part, style)
    text.rstrip()
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(text, soft_wrap=True, highlight=False)
    return capture.get().rstrip("\n")


def fitting(blocks: Iterable[Block], file: TextIO) -> str:
    """Return `blocks` as text the way `file` can show it."""
    return coloured(blocks) if shows_colour(file) else plain(blocks)


def shows_colour(file: TextIO) -> bool:
    """Return whether `file` is a terminal with colours, and NO_COLOR does not forbid them."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    return file.isatty() and not dumb and not os.environ.get("NO_COLOR")


def _spans(blocks: Iterable[Block]) -> Iterator[Span]:
    for block in blocks:
        for line in _lines(block):
            yield from line
            yield "\n", ""


def _lines(block: Block) -> Iterator[list[Span]]:
    """Yield the lines of `block`, each as its spans without a line end."""
    match block:
        case Heading():
            yield from _heading(block)
        case Line(text=text, tone=tone, quiet=quiet):
            yield [*_mark(tone), *_prose(text, "dim" if quiet else "")]
        case Diff(text=text):
            yield []
            yield from _diff(visible(text))
            yield []
        case Table():
            yield from _table(block)
        case Facts(pairs=pairs) | Actions(commands=pairs):
            width = max((len(name) for name, _ in pairs), default=0)
            for name, value in pairs:
                yield [(f"{name:<{width}}  ", "dim"), *_prose(value)]
        case Fold(title=title, blocks=blocks, tone=tone):
            yield [*_mark(tone), *_prose(title, "bold")]
            for inner in blocks:
                yield from ([("  ", ""), *line] for line in _lines(inner))
            yield []


def _heading(heading: Heading) -> Iterator[list[Span]]:
    badge = f"  [{visible_line(heading.badge)}]" if heading.badge else ""
    yield [*_mark(heading.tone), *_prose(heading.text, "bold"), (badge, _STYLES[heading.tone])]
    if heading.aside:
        yield [("  " + visible_line(" · ".join(heading.aside)), "dim")]


def _mark(tone: Tone) -> list[Span]:
    return [(f"{tone.mark} ", _STYLES[tone])] if tone is not Tone.PLAIN else []


def _prose(text: str, style: str = "") -> list[Span]:
    return [
        (f"`{part}`", f"{style} cyan".strip()) if is_code else (part, style)
        for part, is_code in code_spans(text)
    ]


def _diff(text: str) -> Iterator[list[Span]]:
    in_hunk = False
    for line in text.rstrip("\n").split("\n"):
        in_hunk = in_hunk or line.startswith("@@")
        yield [(line, _DIFF_STYLES.get(line[:1], "") if in_hunk else "bold")]


def _table(table: Table) -> Iterator[list[Span]]:
    shown = table.rows[: table.brief] if table.brief else table.rows
    lines = [[visible_line(cell) for cell in row.cells] for row in shown]
    widths = [max(map(len, column)) for column in zip(table.columns, *lines, strict=True)]
    yield [("  " + _padded(table.columns, widths), "dim")]
    for row, cells in zip(shown, lines, strict=True):
        yield [(f"{row.tone.mark} ", _STYLES[row.tone]), (_padded(cells, widths), "")]
        yield from _details(row)
    if left := len(table.rows) - len(shown):
        yield [(f"  and {left} more", "dim")]
    yield [("  ", ""), *_prose(table.caption, "dim")]


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)).rstrip()


def _details(row: Row) -> Iterator[list[Span]]:
    for detail in row.details:
        yield from ([(f"      {line}", "dim")] for line in visible(detail).split("\n"))
