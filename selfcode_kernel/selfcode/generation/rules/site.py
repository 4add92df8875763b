"""The place where a failure shows, as text, syntax and live values: what the rules work on."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from selfcode.generation.rules.live import Live
from selfcode.protocols import Scene
from selfcode.records import Frame, Suspect
from selfcode.source import Edit, parse

_ODD_BREAKS = frozenset("\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_MOST_SITES = 6
_ATOMS = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp,
    ast.DictComp, ast.SetComp, ast.JoinedStr,
)  # fmt: skip
_LOOPS = (ast.For, ast.AsyncFor)
_SPANNED = (ast.expr, *_LOOPS)


@dataclass(frozen=True)
class Proposal:
    """Edits to the text of a site, what they do in words for a person, and how unlikely it is."""

    edits: tuple[Edit, ...]
    explanation: str
    cost: float
    site: Site


class Site:
    """One frame of the user's code at the moment of the failure.

    `node` is the expression that was being evaluated (None when it cannot be told), `statement` the
    statement around it, `live` the values its names had. `outer` are the sites that called it.
    """

    def __init__(self, scene: Scene, suspect: Suspect, index: int, outer: Sequence[Site]) -> None:
        self.scene, self.suspect, self.index, self.outer = scene, suspect, index, tuple(outer)
        self.text = suspect.text
        self.python = _python_of(scene, suspect)
        shared = next((site for site in outer if site.suspect is suspect), None)
        self.tree: ast.Module = shared.tree if shared else parse(self.python)
        self.nodes: list[ast.AST] = shared.nodes if shared else list(ast.walk(self.tree))
        self.frame = scene.frames[index]
        self.live = Live(self.frame, _enclosing(scene.frames, index))
        self.node = _node_at(self.nodes, _in_text(scene.diagnosis.frames[index], suspect))
        self.line = scene.diagnosis.frames[index].line - suspect.first_line + 1

    @cached_property
    def error(self) -> BaseException:
        """The exception, or the first single one inside when it is a group."""
        error = self.scene.failure.error
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return error

    @property
    def message(self) -> str:
        """The text of the exception, on one line."""
        return self.scene.diagnosis.message

    @property
    def innermost(self) -> bool:
        """Whether the exception came out of this very frame, not out of a library below it."""
        return self.index == len(self.scene.frames) - 1

    @property
    def below(self) -> Sequence[types.FrameType]:
        """The frames of the libraries that this frame called, nearest first."""
        return self.scene.frames[self.index + 1 :]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of every node."""
        pairs = ((child, n) for n in self.nodes for child in ast.iter_child_nodes(n))
        return dict(pairs)

    def atom(self, node: ast.expr) -> str:
        """Return the text of `node`, in brackets when something could not be hung on it."""
        written = self.segment(node)
        return written if isinstance(node, _ATOMS) else f"({written})"

    def new_operator(self, node: ast.BinOp, old: str, new: str) -> Edit:
        """Return the edit that writes another operator; raises `ValueError` if it is not found."""
        line, column = node.left.end_lineno or 0, node.left.end_col_offset or 0
        if line != node.right.lineno:
            raise ValueError("the operator stands on another line")
        at = self._lines[line - 1].index(old.encode(), column, node.right.col_offset)
        return Edit(line, at, line, at + len(old), new)

    @cached_property
    def _lines(self) -> list[bytes]:
        return [line.encode() for line in self.python.splitlines(keepends=True)]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around `node`, the nearest first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def added_on(self) -> list[ast.expr]:
        """Return what the code goes on to add to the failing sum, from left to right."""
        found, inner = [], self.node
        while inner is not None:
            outer = self.parents.get(inner)
            if not isinstance(outer, ast.BinOp) or not isinstance(outer.op, ast.Add):
                break
            if outer.left is not inner:
                break
            found.append(outer.right)
            inner = outer
        return found

    @cached_property
    def statement(self) -> ast.stmt | None:
        """The innermost statement at the failing line."""
        if self.node is not None:
            return next((a for a in self.ancestors(self.node) if isinstance(a, ast.stmt)), None)
        spans = [
            s for s in self.nodes
            if isinstance(s, ast.stmt) and s.lineno <= self.line <= (s.end_lineno or s.lineno)
        ]  # fmt: skip
        return max(spans, key=lambda s: s.lineno, default=None)

    @cached_property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function around the failing expression."""
        around = [] if self.statement is None else [self.statement, *self.ancestors(self.statement)]
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((node for node in around if isinstance(node, kinds)), None)

    @cached_property
    def iterated(self) -> ast.expr | None:
        """What the failing loop or comprehension walks through, when that is what failed."""
        node = self.node
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            return node.generators[0].iter
        parent = self.parents.get(node) if node else None
        loop = isinstance(parent, (*_LOOPS, ast.comprehension))
        return node if loop and parent.iter is node else None  # type: ignore[union-attr]  # a loop

    def inside(self) -> Iterator[ast.AST]:
        """Yield the nodes of the failing expression; of the statement when that is not known."""
        root = self.node or self.statement
        return iter(()) if root is None else ast.walk(root)

    def of_statement(self) -> Iterator[ast.AST]:
        """Yield the nodes of the failing statement, its body aside."""
        if self.statement is None:
            return
        pending: list[ast.AST] = [self.statement]
        while pending:
            node = pending.pop(0)
            yield node
            pending.extend(
                c
                for c in ast.iter_child_nodes(node)
                if not isinstance(c, (ast.stmt, ast.excepthandler))
            )

    def segment(self, node: ast.AST) -> str:
        """Return the text of `node` as it is written."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not first or not last:
            return ""
        lines = self._lines[first - 1 : last]
        lines[-1] = lines[-1][: getattr(node, "end_col_offset", 0)]
        lines[0] = lines[0][getattr(node, "col_offset", 0) :]
        return b"".join(lines).decode("utf-8", "replace")

    def put(self, node: ast.expr | ast.keyword | ast.stmt, text: str) -> Edit:
        """Return the edit that writes `text` in place of `node`."""
        self.require_written(node)
        call = self.parents.get(node)
        # A generator that is the only argument shares the brackets of its call.
        shared = isinstance(node, ast.GeneratorExp) and isinstance(call, ast.Call)
        if shared and _end(node) == _end(call):
            text = f"({text})"
        return Edit.at(node, text)

    def require_written(self, node: ast.AST) -> None:
        """Raise `ValueError` when `node` is not where it says it is, as inside some f-strings."""
        if any(isinstance(around, ast.JoinedStr) for around in self.ancestors(node)):
            written = ast.parse(self.segment(node).strip(), mode="eval").body
            if ast.dump(written) != ast.dump(node):
                raise ValueError("the f-string does not tell where its parts are")

    def is_magic(self, node: ast.stmt) -> bool:
        """Return whether the statement stands for a magic of IPython."""
        lines = slice(node.lineno - 1, node.end_lineno)
        return self.text.splitlines()[lines] != self.python.splitlines()[lines]

    def propose(self, edits: Edit | Sequence[Edit], explanation: str, cost: float) -> Proposal:
        """Return the proposal to make `edits` here."""
        several = (edits,) if isinstance(edits, Edit) else tuple(edits)
        return Proposal(several, explanation, cost, self)


def sites(scene: Scene) -> list[Site]:
    """Return the sites of a scene, the innermost first, as far as their texts are known."""
    found: list[Site] = []
    for index in range(len(scene.frames)):
        if scene.diagnosis.suspects and index > scene.diagnosis.suspects[0].frame:
            break
        suspect = _suspect_of(scene, index)
        if suspect is not None and not _ODD_BREAKS.intersection(suspect.text):
            found.insert(0, Site(scene, suspect, index, found[:_MOST_SITES]))
    return found


def _suspect_of(scene: Scene, index: int) -> Suspect | None:
    frame = scene.diagnosis.frames[index]
    for suspect in scene.diagnosis.suspects:
        lines = range(1, suspect.text.count("\n") + 2)
        if suspect.filename == frame.filename and frame.line - suspect.first_line + 1 in lines:
            return suspect
    return None


def _python_of(scene: Scene, suspect: Suspect) -> str:
    """Return the Python of a suspect, line by line below each other with its text."""
    cell = scene.failure.cell
    if not suspect.target.is_cell or cell is None:
        return suspect.text
    return "\n" * (1 - suspect.first_line) + cell.code


def _in_text(frame: Frame, suspect: Suspect) -> Frame:
    shift = suspect.first_line - 1
    line, end_line = frame.line - shift, frame.end_line - shift
    return Frame(frame.filename, frame.function, line, end_line, frame.column, frame.end_column)


def _enclosing(frames: Sequence[types.FrameType], index: int) -> list[types.FrameType]:
    """Return the frames whose functions hold the code of the frame at `index`, nearest first."""
    found, code = [], frames[index].f_code
    for outer in reversed(frames[:index]):
        if code in outer.f_code.co_consts:
            found.append(outer)
            code = outer.f_code
    return found


def _node_at(nodes: Sequence[ast.AST], frame: Frame) -> ast.expr | None:
    """Return the expression that the instruction belongs to."""
    start, end = (frame.line, frame.column), (frame.end_line, frame.end_column)
    ending = [n for n in nodes if isinstance(n, _SPANNED) and _end(n) == end]
    expressions = [n for n in ending if isinstance(n, ast.expr)]
    exact = [n for n in expressions if (n.lineno, n.col_offset) == start]
    # The instructions of a method in a chain over several lines begin at the method's name.
    chained = [n for n in expressions if _name_begins(n) == start]
    # An iteration bears the span of its whole loop.
    loops = [n.iter for n in ending if isinstance(n, _LOOPS) and (n.lineno, n.col_offset) == start]
    return next(iter(exact or chained or loops), None)


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


def text_in(node: ast.AST | None) -> str | None:
    """Return the text that a literal holds, or None when `node` is no literal of a text."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _name_begins(node: ast.expr) -> tuple[int, int] | None:
    method = node.func if isinstance(node, ast.Call) else node
    if not isinstance(method, ast.Attribute):
        return None
    return method.end_lineno or 0, (method.end_col_offset or 0) - len(method.attr.encode())
