"""Source text with its tree: where each node lies, what it may mention, and edits of its text."""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from selfcode import source as sources
from selfcode.source import Edit, lines_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.JoinedStr)
_BRACKETED = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_ATOMS = (*_PLAIN, *_BRACKETED, ast.GeneratorExp)
_OPEN = (ast.Return, ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.While, ast.keyword)
_LISTED = (ast.List, ast.Tuple, ast.Set)
_SMALL = 8
_MOST, _MANY = 20, 100


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of the text, with what it does in words; the likeliest costs least."""

    cost: float
    edits: tuple[Edit, ...]
    words: str


class Sheet:
    """A parsed source that knows the text of its nodes; raises `SyntaxError`.

    Edits are wanted in statements that touch `lines`, or anywhere if that is None; `strings` are
    what is spoken of elsewhere.
    """

    def __init__(
        self, source: str, lines: Collection[int] | None = None, strings: Collection[str] = ()
    ) -> None:
        self.source, self.lines = source, lines
        self.words = sorted({word for text in strings for word in (text, *text.split())})
        self.signs = sorted({c for text in strings for c in text if not c.isalnum()})
        self.tree = sources.parse(source)
        self.bytes = source.encode()
        rows = lines_of(source)
        self.rows = rows
        self._starts = [0]
        for row in rows:
            self._starts.append(self._starts[-1] + len(row.encode()))
        self.parents = {c: p for p in ast.walk(self.tree) for c in ast.iter_child_nodes(p)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the text of `node` begins and ends, in bytes."""
        first = self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        last = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return first, last

    def text(self, node: ast.AST) -> str:
        """Return the text of `node` as it stands."""
        first, last = self.span(node)
        return self.bytes[first:last].decode()

    def operand(self, node: ast.AST) -> str:
        """Return the text of `node`, in parentheses where an operator beside it could tear it."""
        text = self.text(node)
        return text if isinstance(node, _ATOMS) else f"({text})"

    def edit(self, first: int, last: int, text: str) -> Edit:
        """Return the edit that replaces the bytes from `first` to `last` by `text`."""
        line, end = (bisect.bisect_right(self._starts, at) - 1 for at in (first, last))
        columns = first - self._starts[line], last - self._starts[end]
        return Edit(line + 1, columns[0], end + 1, columns[1], text)

    def edit_rows(self, first: int, last: int, text: str) -> Edit:
        """Return the edit that replaces the lines from `first` up to but not including `last`."""
        return self.edit(self._starts[first], self._starts[last], text)

    def put(self, node: ast.AST, text: str, *, atom: bool = False) -> Edit:
        """Return the edit that puts the expression `text` in place of `node`."""
        parent = self.parents[node]
        bare = atom or isinstance(parent, (*_OPEN, *_LISTED)) or _is_argument(node, parent)
        return self.edit(*self.span(node), text if bare else f"({text})")

    def between(self, left: ast.AST, right: ast.AST, token: str, new: str) -> Edit | None:
        """Return the edit that replaces the operator `token` between two nodes."""
        first, last = self.span(left)[1], self.span(right)[0]
        gap = self.bytes[first:last].decode("latin-1")
        bare = re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), gap)
        found = re.search(re.escape(token).replace(r"\ ", r"\s+"), bare)
        return found and self.edit(first + found.start(), first + found.end(), new)

    def wanted(self, statement: ast.stmt) -> bool:
        """Whether the lines in which `statement` itself runs (not its body) are among `lines`."""
        if self.lines is None:
            return True
        body = getattr(statement, "body", None)
        last = statement.end_lineno or statement.lineno
        if isinstance(body, list) and body:
            last = max(statement.lineno, sources.first_line(body[0]) - 1)
        return any(line in self.lines for line in range(statement.lineno, last + 1))

    @cached_property
    def everything(self) -> list[tuple[ast.stmt, list[ast.stmt], int]]:
        """The statements inside functions, each with its block and its place in it."""
        return [
            (statement, block, index)
            for node in ast.walk(self.tree)
            for block in _blocks(node)
            for index, statement in enumerate(block)
            if self.scope(statement) and not _is_docstring(statement)
        ]

    @cached_property
    def statements(self) -> list[tuple[ast.stmt, list[ast.stmt], int]]:
        """Those of `everything` that are wanted."""
        return [found for found in self.everything if self.wanted(found[0])]

    @cached_property
    def breadth(self) -> int:
        """How many names, constants and so on an edit may choose from: fewer in a long source."""
        return max(4, min(_MOST, 1200 // (len(self.statements) + 1)))

    @property
    def is_long(self) -> bool:
        """Whether there are so many places that only the likeliest edits of each are wanted."""
        return len(self.statements) > _MANY

    def expressions(self, statement: ast.stmt) -> Iterator[ast.expr]:
        """Yield the expressions that `statement` itself evaluates; f-strings as a whole."""
        pending = [n for n in ast.iter_child_nodes(statement) if not isinstance(n, ast.stmt)]
        while pending:
            node = pending.pop(0)
            if isinstance(node, ast.expr):
                yield node
            if not isinstance(node, (ast.JoinedStr, ast.arguments, ast.stmt)):
                pending.extend(ast.iter_child_nodes(node))

    def scope(self, node: ast.AST) -> Function | None:
        """Return the innermost function that holds `node`."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, Function):
                return node
        return None

    @cached_property
    def _stocks(self) -> dict[Function, Stock]:
        return {}

    def stock(self, node: ast.AST) -> Stock:
        """Return what an edit at `node` may mention: names, constants, expressions."""
        outer = self.scope(node)
        assert outer is not None
        while (above := self.scope(outer)) is not None:
            outer = above
        if outer not in self._stocks:
            self._stocks[outer] = Stock(self, outer)
        return self._stocks[outer]

    def indent(self, statement: ast.stmt) -> str | None:
        """Return the white space before `statement`, None if it shares its lines with others."""
        row = self.rows[statement.lineno - 1]
        head = row.encode()[: statement.col_offset].decode()
        tail = self.rows[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset or 0 :]
        alone = not head.strip() and not tail.decode().split("#")[0].strip()
        return head if alone else None


def _is_argument(node: ast.AST, parent: ast.AST) -> bool:
    """Whether a comma, bracket or parenthesis keeps `node` apart from what is around it."""
    if isinstance(parent, ast.Call):
        return node is not parent.func and not isinstance(node, ast.GeneratorExp)
    return isinstance(parent, ast.Subscript) and node is parent.slice


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block


class Stock:
    """What the outermost function around an edit holds, as text, in the order of appearance."""

    def __init__(self, sheet: Sheet, function: Function) -> None:
        def first(texts: Iterable[str]) -> list[str]:
            return _unique(texts)[: sheet.breadth]

        nodes = [n for n in ast.walk(function) if n is not function]
        read = [n for n in nodes if isinstance(n, ast.Name)]
        self.parameters = [a.arg for a in nodes if isinstance(a, ast.arg)]
        self.stored = first(n.id for n in read if not _loaded(n))
        self.names = first([*self.parameters, *self.stored])
        loaded = {n.id for n in read if _loaded(n)}
        self.unused = [name for name in self.names if name not in loaded]
        plain = [n for n in nodes if isinstance(n, ast.Constant) and not _is_text(sheet, n)]
        self.constants = first(sheet.text(n) for n in plain if _is_short(n.value))
        self.functions = first(
            [n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
            + [s.name for s in sheet.tree.body if isinstance(s, Function)]
        )
        self.attributes = first(n.attr for n in nodes if isinstance(n, ast.Attribute))
        kinds = (ast.Call, ast.BinOp, ast.Subscript, ast.Attribute, ast.UnaryOp, ast.Compare)
        small = [n for n in nodes if isinstance(n, kinds) and _is_small(n) and _whole(sheet, n)]
        self.compounds = first(sheet.operand(n) for n in small if _loaded(n))
        tests = [n for n in nodes if isinstance(n, (ast.Compare, ast.BoolOp)) and _whole(sheet, n)]
        self.tests = first(sheet.text(n) for n in tests)
        statements = (ast.Assign, ast.AugAssign, ast.Expr)
        plain_statements = [n for n in nodes if isinstance(n, statements) and _is_copyable(n)]
        self.simple = first(sheet.text(n) for n in plain_statements)
        self.returns = first(
            sheet.text(n.value)
            for n in nodes
            if isinstance(n, ast.Return) and n.value and _whole(sheet, n.value)
        )

    @cached_property
    def atoms(self) -> list[str]:
        """Names and constants, the unused names first: they were there for something."""
        usual = ["0", "1", "2", "-1", "10"]
        return _unique([*self.unused, *self.names, *self.constants, *usual])

    @cached_property
    def conditions(self) -> list[str]:
        """Conditions on what the function holds, the commonest first."""
        first = "not {0}|{0}|{0} == 0|{0} < 0|{0} > 0|len({0}) == 0".split("|")
        second = "{0} is None|len({0}) == 1|{0} == 1|{0} <= 1|{0} % 2 == 0|len({0}) < 2".split("|")
        simple = [
            [s.format(name) for s in shapes for name in self.names] for shapes in (first, second)
        ]
        few = self.names[:8]
        pairs = [(a, b) for a in few for b in few if a != b]
        equal, other = (
            [f"{a} {op} {b}" for op in operators for a, b in pairs]
            for operators in (("==", "in", "<"), ("!=", "<="))
        )
        negated = [f"not ({test})" for test in self.tests]
        return _unique([*self.tests, *simple[0][:36], *equal[:24], *negated, *simple[1], *other])


def _loaded(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _is_short(value: object) -> bool:
    return not isinstance(value, (str, bytes)) or len(value) < 30


def _is_small(node: ast.AST) -> bool:
    return sum(isinstance(n, ast.expr) for n in ast.walk(node)) <= _SMALL


def _is_copyable(node: ast.stmt) -> bool:
    return node.lineno == node.end_lineno and _is_small(node) and not _is_docstring(node)


def _is_text(sheet: Sheet, node: ast.AST) -> bool:
    """Whether a constant is a docstring or a piece of an f-string."""
    return isinstance(sheet.parents[node], (ast.Expr, ast.JoinedStr, ast.FormattedValue))


def _whole(sheet: Sheet, node: ast.AST) -> bool:
    """Whether the positions of `node` can be trusted: it is in no f-string, and on one line."""
    above: ast.AST | None = node
    while above is not None and not isinstance(above, ast.stmt):
        if isinstance(above, (ast.JoinedStr, ast.arguments)):
            return False
        above = sheet.parents.get(above)
    return getattr(node, "lineno", 0) == getattr(node, "end_lineno", 1)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
