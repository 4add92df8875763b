"""Constant texts that are code, or reach into objects: queries, timings, magics, templates."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from selfcode.validation.grammar import magic_use, parsed, query_code, walks_attributes
from selfcode.validation.reading import Reading
from selfcode.validation.scope import Scope, Use
from selfcode.validation.spelling import filled, spelt

_SPLITTERS = frozenset({"urllib.parse.urlsplit", "urllib.parse.urlparse"})


class Embedded(Scope):
    """Reads the code in a text's own constants; `inner_trees` collects the trees of it."""

    def __init__(self, nodes: Sequence[ast.AST], known: Mapping[str, str]) -> None:
        super().__init__(nodes, known)
        self.inner_trees: list[ast.Module] = []

    @abstractmethod
    def read(self, tree: ast.Module, known: Mapping[str, str]) -> Reading:
        """Return what another tree would use."""

    def _query(self, attribute: str, node: ast.expr, call: ast.Call | None) -> Iterator[Use]:
        """Yield the uses of a text that pandas evaluates: its own when constant, else unknown."""
        if call is not None and not call.args and not call.keywords:
            return
        if attribute == "query" and self._is_no_table(node, call):
            return
        expressions = [] if call is None else [*call.args[:1]]
        expressions += [k.value for k in call.keywords if k.arg == "expr"] if call else []
        values = [value for e in expressions for value in self.values(e)]
        codes = [query_code(self._text_of(value)) for value in values]
        if not codes or None in codes:
            yield self.use("dynamic-code", f".{attribute}", node)
        for code in filter(None, codes):
            yield from self._inner(code, node)

    def _text_of(self, node: ast.expr) -> object:
        """Return the text that `node` is or, for all that can be told, comes to."""
        if isinstance(node, ast.Constant):
            return node.value
        return None if self.has_makings else filled(node, self.origins)

    def _is_no_table(self, node: ast.expr, call: ast.Call | None) -> bool:
        """Return whether `query` is that of an address, or is asked for points, not by a text."""
        if call is not None:
            return isinstance(call.args[0] if call.args else None, (ast.List, ast.Tuple))
        base = node.value if isinstance(node, ast.Attribute) else node
        values = self.origins.traced(base.id) if isinstance(base, ast.Name) else [base]
        return bool(values) and all(
            isinstance(v, ast.Call) and self.origins.certain(v.func) in _SPLITTERS for v in values
        )

    def _is_given_a_text(self, node: ast.expr) -> bool:
        """Return whether `node` is called with one argument that the text spells out."""
        call = self.calls.get(id(node))
        return (
            call is not None and bool(call.args) and spelt(call.args[0], self.origins) is not None
        )

    def _timed(self, origin: str, node: ast.expr) -> Iterator[Use]:
        """Yield the uses of the code that `timeit` is given as a text."""
        call = self.calls.get(id(node))
        given = [] if call is None else [*call.args[:2]]
        given += [k.value for k in call.keywords if k.arg in ("stmt", "setup")] if call else []
        for code in given:
            texts = spelt(code, self.origins)
            if texts is None and not isinstance(code, (ast.Lambda, ast.Name)):
                yield self.use("dynamic-code", origin, node)
            for text in texts or ():
                yield from self._inner(text, node)
        names = [code.id for code in given if isinstance(code, ast.Name)]
        if not given or any(n not in self.own or self.origins.rebound(n) for n in names):
            yield self.use("dynamic-code", origin, node)

    def _doctests(self, node: ast.expr) -> Iterator[Use]:
        """Yield the uses of the examples in the docstrings."""
        constants = (n.value for n in self.nodes if isinstance(n, ast.Constant))
        for text in (t for t in constants if isinstance(t, str) and ">>> " in t):
            lines = (line.strip() for line in text.splitlines())
            code = [line[4:] for line in lines if line.startswith((">>> ", "... "))]
            yield from self._inner("\n".join(code), node)

    def _inner(self, code: str, node: ast.AST) -> Iterator[Use]:
        """Yield the uses of `code`, a constant of this text, at the place where it stands."""
        try:
            tree = parsed(code)
        except SyntaxError:
            name = "code in a text that does not parse"
            yield Use("dynamic-code", name, node, frozenset({code}))
            return
        reading = self.read(tree, {**self.known, **self.origins.modules()})
        self.inner_trees.extend(reading.trees)
        yield from reading.uses

    def _format(self, node: ast.expr) -> Iterator[Use]:
        """Yield a use when the text may walk attributes: `"{0.__class__}".format(x)`."""
        if not isinstance(node, ast.Attribute):
            return
        for value in self.values(node.value):
            text = value.value if isinstance(value, ast.Constant) else None
            computed = not isinstance(text, str)
            if self.has_makings if computed else walks_attributes(str(text)):
                capability = "private" if computed else "introspection"
                yield Use(capability, ".format of a computed text", node)

    def _magic(self, origin: str, node: ast.expr) -> Iterator[Use]:
        capability, name, code = magic_use(origin, self.calls.get(id(node)))
        if code is not None:
            yield from self._inner(code, node)
        elif capability:
            yield self.use(capability, name, node)
