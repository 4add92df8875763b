"""The order in which Python evaluates statements, up to a spot where it stopped."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from selfcode.effects.functions import parameters
from selfcode.effects.scope import MISSING, Scope
from selfcode.records import Frame
from selfcode.source import DEFINITION

COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOP = (ast.For, ast.AsyncFor, ast.While)


class Evaluation:
    """Visits the nodes that ran, each after its parts; a loop that had begun is visited whole.

    Until `spot`, if there is one: `failing` is told of it, `done` of every other node.
    """

    def __init__(self, scope: Scope, spot: ast.AST | None = None) -> None:
        self.scope, self.spot = scope, spot

    @abstractmethod
    def done(self, node: ast.AST) -> None:
        """Hear that `node` was evaluated."""

    @abstractmethod
    def failing(self, node: ast.AST) -> None:
        """Hear that the parts of `node` were evaluated, and then it failed."""

    @abstractmethod
    def use_up(self, node: ast.expr) -> None:
        """Hear that what `node` gives was iterated over."""

    def read(self, statements: Iterable[ast.AST]) -> bool:
        """Visit `statements`; return whether the spot was reached."""
        return any(self._visit(statement) for statement in statements)

    def _visit(self, node: ast.AST) -> bool:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(node)
            case ast.Lambda():
                return self._lambda(node)
            case ast.Assign():
                return self._assign(node)
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor():
                return self._for(node)
            case ast.While():
                return self._while(node)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.withitem():
                return self._with_item(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(node)
        return self._plain(node)

    def _plain(self, node: ast.AST) -> bool:
        if self.read(_in_order(node)):
            return True
        if node is self.spot:
            self.failing(node)
            return True
        self.done(node)
        return False

    def _holds(self, *nodes: ast.AST) -> bool:
        return self.spot is not None and any(
            part is self.spot for node in nodes for part in ast.walk(node)
        )

    def _all(self, *nodes: ast.AST) -> None:
        """Visit `nodes` as if they ran whole, as in the earlier rounds of a loop."""
        spot, self.spot = self.spot, None
        self.read(nodes)
        self.spot = spot

    def _perhaps(self, nodes: Iterable[ast.AST]) -> bool:
        """Visit what may run or not: what it binds is bound then, or as it was before."""
        before = dict(self.scope.own)
        reached = self.read(nodes)
        now = self.scope.own
        self.scope.own = before
        self.scope.own = {name: self.scope.of_name(name) | now[name] for name in now}
        return reached

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        reached = self.read([*node.decorator_list, *node.args.defaults])
        self.done(node)
        return reached

    def _lambda(self, node: ast.Lambda) -> bool:
        own = dict(self.scope.own)
        self.scope.own.update({a.arg: frozenset() for a in parameters(node)})
        self._all(node.body)
        self.scope.own = own
        return False

    def _assign(self, node: ast.Assign) -> bool:
        if self._visit(node.value):
            return True
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in node.targets):
            self.use_up(node.value)
        if self.read(node.targets):
            return True
        self.done(node)
        return False

    def _if(self, node: ast.If) -> bool:
        if self._visit(node.test):
            return True
        for branch in (node.body, node.orelse):
            if self._holds(*branch):
                return self.read(branch)
        return self._perhaps(node.body) or self._perhaps(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> bool:
        if self._holds(node.iter) and node.iter is not self.spot:
            return self._visit(node.iter)
        self._all(node.iter)
        self.use_up(node.iter)
        self.scope.bind(node.target, self.scope.elements(node.iter))
        inside = self._holds(node)
        if inside and self._first_round(node):
            return self.read(node.body)
        own = dict(self.scope.own)
        self._all(*node.body)
        if inside:
            self.scope.own = own
            return self.read([*node.body, *node.orelse]) or node.iter is self.spot
        now, self.scope.own = self.scope.own, own
        self.scope.own = {name: self.scope.of_name(name) | now[name] for name in now}
        return self.read(node.orelse)

    def _first_round(self, node: ast.For | ast.AsyncFor) -> bool:
        """Return whether a loop over plain values is for certain in its first round."""
        target, over = node.target, node.iter
        if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and len(over.args) == 1:
            if over.func.id == "enumerate" and isinstance(target, ast.Tuple):
                return _is_zero(self.scope.live(target.elts[0]))
            return over.func.id == "range" and _is_zero(self.scope.live(target))
        if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and not over.args:
            if over.func.attr == "items" and isinstance(target, ast.Tuple):
                target = target.elts[0]
            over = over.func.value if over.func.attr in ("items", "keys") else over
        values, present = self.scope.live(over), self.scope.live(target)
        if type(values) not in (list, tuple, dict) or present is MISSING or not values:
            return False
        first, *others = values
        return first is present and all(value is not present for value in others)

    def _while(self, node: ast.While) -> bool:
        if self._holds(*node.orelse):
            self._all(node.test, *node.body)
            return self.read(node.orelse)
        own = dict(self.scope.own)
        self._all(node.test, *node.body)
        now, self.scope.own = self.scope.own, own
        if self._holds(node):
            return self.read([node.test, *node.body])
        self.scope.own = {name: self.scope.of_name(name) | now[name] for name in now}
        return self.read(node.orelse)

    def _try(self, node: ast.Try | ast.TryStar) -> bool:
        for block in (node.body, *(handler.body for handler in node.handlers)):
            if self._holds(*block):
                return self.read(block)
            self._perhaps(block)
        return self.read([*node.orelse, *node.finalbody])

    def _with_item(self, node: ast.withitem) -> bool:
        if self._visit(node.context_expr):
            return True
        if node.optional_vars is not None:
            self.scope.bind(node.optional_vars, self.scope.origins(node.context_expr))
        return False

    def _comprehension(self, node: Any) -> bool:
        first = node.generators[0].iter
        if self._holds(first):
            return self._visit(first)
        own = dict(self.scope.own)
        for generator in node.generators:
            self._all(generator.iter)
            self.use_up(generator.iter)
            self.scope.bind(generator.target, self.scope.elements(generator.iter))
            self._all(*generator.ifs)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._all(*results)
        self.scope.own = own
        if self._holds(node):
            self.failing(node)
            return True
        return False


def _is_zero(value: Any) -> bool:
    return type(value) is int and value == 0


def _in_order(node: ast.AST) -> Iterable[ast.AST]:
    """Return the parts of `node` as they are evaluated."""
    match node:
        case ast.AnnAssign():
            return [node.value, node.target] if node.value else []
        case ast.NamedExpr():
            return (node.value, node.target)
        case ast.IfExp():
            return node.test, node.body, node.orelse
        case ast.ClassDef():
            return *node.decorator_list, *node.bases, *node.keywords, *node.body
    return ast.iter_child_nodes(node)


def find(nodes: Iterable[ast.AST], frame: Frame) -> ast.AST | None:
    """Return the innermost node that ends where the failing operation of `frame` ends.

    That of a call or attribute over several lines may begin later than its node does.
    """
    end = (frame.end_line, frame.end_column)
    begin = (frame.line, frame.column)
    found: list[tuple[bool, int, ast.AST]] = []
    for depth, node in _with_depth(nodes):
        if (getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)) == end:
            begins = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
            if begins <= begin and not isinstance(node, (ast.arg, ast.keyword)):
                found.append((begins == begin, depth, node))
    best = max(found, key=lambda item: item[:2], default=None)
    return best[2] if best else _around(nodes, frame)


def _with_depth(nodes: Iterable[ast.AST], depth: int = 0) -> Iterable[tuple[int, ast.AST]]:
    for node in nodes:
        yield depth, node
        yield from _with_depth(ast.iter_child_nodes(node), depth + 1)


def _around(nodes: Iterable[ast.AST], frame: Frame) -> ast.AST | None:
    """Return the statement that holds the line of `frame`, the innermost."""
    found = None
    for _, node in _with_depth(nodes):
        if isinstance(node, ast.stmt) and not isinstance(node, (*_LOOP, *DEFINITION)):
            last = node.end_lineno or node.lineno
            found = node if node.lineno <= frame.line <= last else found
    return found
