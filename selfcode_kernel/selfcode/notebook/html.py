"""Views as HTML: self-contained, without scripts, everything escaped, light and dark.

What a host strips for distrust (the style) costs looks, not meaning: the tags carry it.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Literal

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

_TAGS: dict[str, str] = {"+": "ins", "-": "del", " ": "span"}
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
_WORD = re.compile(r"\w+|\s+|.")
_SYNTAX = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<string>(?:\b[rbfuRBFU]{1,2})?(?:\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<number>\b\d[\w.]*)"
    rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)"
)
_ALIKE, _COMPARABLE = 0.4, 400


def page(blocks: Sequence[Block], label: str) -> str:
    """Return `blocks` as one section with its style; `label` names it for a screen reader."""
    tone = next((b.tone for b in blocks if isinstance(b, (Heading, Line))), Tone.PLAIN)
    body = "".join(map(_block, blocks))
    named = _attribute(label)
    return f'<section class="selfcode {tone}" aria-label="{named}">{_style()}{body}</section>'


@cache
def _style() -> str:
    text = files("selfcode.notebook").joinpath("style.css").read_text("utf-8")
    rules = re.sub(r"/[*].*?[*]/", "", text, flags=re.DOTALL)
    return f"<style>{' '.join(rules.split())}</style>"


def _attribute(text: str) -> str:
    return escape(visible_line(text))


def _block(block: Block) -> str:
    match block:
        case Heading():
            return _heading(block)
        case Line(text=text, tone=tone, quiet=quiet):
            return f'<p class="{"quiet" if quiet else "line"}">{_mark(tone)}{_prose(text)}</p>'
        case Diff(text=text):
            return _diff(text)
        case Table():
            return _table(block)
        case Facts(pairs=pairs):
            rows = (
                f'<tr><th scope="row">{_prose(n)}</th><td>{_prose(v)}</td></tr>' for n, v in pairs
            )
            return f'<table class="facts"><tbody>{"".join(rows)}</tbody></table>'
        case Actions(commands=commands):
            return f'<p class="actions">{"".join(_action(*command) for command in commands)}</p>'
        case Fold(title=title, blocks=blocks, opened=opened, tone=tone):
            inner = "".join(map(_block, blocks))
            head = f"<summary>{_mark(tone)}{_prose(title)}</summary>"
            return f"<details{' open' if opened else ''}>{head}{inner}</details>"


def _heading(heading: Heading) -> str:
    badge = f' <span class="badge">{_attribute(heading.badge)}</span>' if heading.badge else ""
    aside = "".join(f" <code>{_attribute(text)}</code>" for text in heading.aside)
    aside = f' <span class="aside">{aside}</span>' if aside else ""
    words = f"{_mark(heading.tone)}<strong>{_prose(heading.text)}</strong>{badge}"
    return f'<p class="heading {heading.tone}">{words}{aside}</p>'


def _mark(tone: Tone) -> str:
    if tone is Tone.PLAIN:
        return ""
    return f'<span class="mark {tone}" aria-hidden="true">{tone.mark}</span> '


def _prose(text: str) -> str:
    return "".join(
        f"<code>{escape(part)}</code>" if is_code else escape(part)
        for part, is_code in code_spans(text)
    )


def _action(label: str, command: str) -> str:
    return f"<span><b>{_attribute(label)}</b> {_prose(command)}</span> "


# -- tables ---------------------------------------------------------------------------------------


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_prose(column)}</th>' for column in table.columns)
    body = "".join(_row(row, len(table.columns)) for row in table.rows)
    caption = f"<caption>{_prose(table.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: Row, width: int) -> str:
    name, *rest = map(_prose, row.cells)
    cells = "".join(f"<td>{cell}</td>" for cell in rest)
    line = f'<tr><th scope="row">{_mark(row.tone)}{name}</th>{cells}</tr>'
    if not row.details:
        return line
    details = escape(visible("\n".join(row.details)))
    scrolls = 'tabindex="0" role="region" aria-label="details"'
    return (
        f'{line}<tr class="details"><td colspan="{width}"><pre {scrolls}>{details}</pre></td></tr>'
    )


# -- diffs ----------------------------------------------------------------------------------------

Sign = Literal["+", "-", " "]


@dataclass(frozen=True)
class _DiffLine:
    """A line of a hunk: its sign, its number in the old or new text, and what changed in it."""

    sign: str
    number: int
    text: str
    changed: tuple[bool, ...] = ()


def _diff(text: str) -> str:
    lines = visible(text).rstrip("\n").split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith("@@")), len(lines))
    body = "".join(map(_hunk, _hunks(lines[start:])))
    scrolls = 'tabindex="0" role="region" aria-label="unified diff"'
    return f'<pre class="diff" {scrolls}>{body}</pre>'


def _hunks(lines: Iterable[str]) -> Iterator[list[str]]:
    hunk: list[str] = []
    for line in lines:
        if line.startswith("@@") and hunk:
            yield hunk
            hunk = []
        hunk.append(line)
    yield hunk


def _hunk(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    body = "".join(map(_drawn, _marked(list(_numbered(lines)))))
    return f'<span class="hunk">{escape(lines[0])}\n</span>{body}'


def _numbered(lines: Sequence[str]) -> Iterator[_DiffLine]:
    found = _HUNK.match(lines[0])
    old, new = map(int, found.groups()) if found else (1, 1)
    for line in lines[1:]:
        sign = line[:1] if line[:1] in _TAGS else " "
        yield _DiffLine(sign, old if sign == "-" else new, line[1:])
        old += sign != "+"
        new += sign != "-"


def _marked(lines: Sequence[_DiffLine]) -> Iterator[_DiffLine]:
    """Yield `lines`, those that replace each other with what changed between them."""
    runs = [(sign, list(run)) for sign, run in groupby(lines, key=lambda line: line.sign)]
    for index, (sign, run) in enumerate(runs):
        other = runs[index + 1 : index + 2] if sign == "-" else runs[max(index - 1, 0) : index]
        wanted = {"-": "+", "+": "-"}.get(sign)
        partners = other[0][1] if other and other[0][0] == wanted else []
        if len(partners) != len(run):
            yield from run
            continue
        for line, partner in zip(run, partners, strict=True):
            changed = _changed(line.text, partner.text)
            yield _DiffLine(line.sign, line.number, line.text, changed)


def _changed(text: str, other: str) -> tuple[bool, ...]:
    """Return for each character of `text` whether it is not in `other`.

    Empty when the lines have little in common, or are too long to be compared in passing.
    """
    if max(len(text), len(other)) > _COMPARABLE:
        return ()
    words, others = _WORD.findall(text), _WORD.findall(other)
    matcher = difflib.SequenceMatcher(a=words, b=others, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return ()
    same = {
        i for block in matcher.get_matching_blocks() for i in range(block.a, block.a + block.size)
    }
    return tuple(i not in same for i, word in enumerate(words) for _ in word)


def _drawn(line: _DiffLine) -> str:
    tag = _TAGS[line.sign]
    gutter = f'<span class="gutter">{line.number:>4} {line.sign} </span>'
    return f'<{tag} class="code">{gutter}{_coloured(line)}\n</{tag}>'


def _coloured(line: _DiffLine) -> str:
    """Return the escaped text of `line` with its syntax and its changed parts marked."""
    kinds = [""] * len(line.text)
    for found in _SYNTAX.finditer(line.text):
        kinds[found.start() : found.end()] = [found.lastgroup or ""] * len(found.group())
    changed = line.changed or (False,) * len(line.text)
    parts = []
    letters = zip(line.text, kinds, changed, strict=True)
    for (kind, new), group in groupby(letters, key=lambda letter: letter[1:]):
        text = escape("".join(letter[0] for letter in group))
        text = f'<span class="{kind}">{text}</span>' if kind else text
        parts.append(f"<mark>{text}</mark>" if new else text)
    return "".join(parts)
