"""What a view is made of: a few kinds of block, which HTML and terminal each draw in their way.

Text in a block may come from hostile code; `visible` is applied by the renderers, not by the views.
In prose, a part between backticks is code.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from selfcode.records import Outcome


class Tone(StrEnum):
    """How a block is to be read, told by a mark and by colour."""

    PLAIN = "plain"
    GOOD = "good"
    OPEN = "open"
    BAD = "bad"

    @property
    def mark(self) -> str:
        """One character that tells the tone without colour."""
        return {Tone.PLAIN: "·", Tone.GOOD: "✓", Tone.OPEN: "?", Tone.BAD: "✗"}[self]

    @classmethod
    def of(cls, outcome: Outcome) -> Tone:
        """Return the tone of an outcome."""
        tones = {
            Outcome.ACCEPTED: cls.GOOD,
            Outcome.UNDECIDED: cls.OPEN,
            Outcome.REJECTED: cls.BAD,
        }
        return tones[outcome]


@dataclass(frozen=True)
class Heading:
    """One line that says it all; `badge` is a word or two beside it, `aside` names and hashes."""

    text: str
    tone: Tone = Tone.PLAIN
    badge: str = ""
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of prose; `quiet` ones step back."""

    text: str
    tone: Tone = Tone.PLAIN
    quiet: bool = False


@dataclass(frozen=True)
class Diff:
    """A unified diff."""

    text: str


@dataclass(frozen=True)
class Row:
    """One row of a table; `details` are texts, perhaps of many lines, that belong to it."""

    cells: tuple[str, ...]
    tone: Tone = Tone.PLAIN
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows under column names; the first cell names its row.

    `brief` is how many rows the text form shows at most, 0 for all; HTML shows all of them.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str
    brief: int = 0


@dataclass(frozen=True)
class Facts:
    """Names with their values, one pair to a line."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Actions:
    """What the reader may do next: a label and the command to type."""

    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fold:
    """Blocks under a title, which HTML may fold away; text always shows them."""

    title: str
    blocks: tuple[Block, ...]
    opened: bool = False
    tone: Tone = Tone.PLAIN


Block = Heading | Line | Diff | Table | Facts | Actions | Fold

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_CODE = re.compile(r"`([^`\n]+)`")


def visible(text: str) -> str:
    """Return `text` with every character that hides or reorders others written as an escape.

    That is: control characters (a terminal would obey them), bidirectional and zero-width ones, and
    lone surrogates. Line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def visible_line(text: str) -> str:
    """Return `visible(text)` with line ends escaped too, so that it cannot pose as another line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _HIDDEN:
        return character
    return repr(character)[1:-1]


def code_spans(text: str) -> list[tuple[str, bool]]:
    """Return the parts of a line of prose, made visible, each with whether it is code."""
    parts = _CODE.split(visible_line(text))
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]
