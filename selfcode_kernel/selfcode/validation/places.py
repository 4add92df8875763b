"""Where in a text a value stays in sight: is looked at, called, or kept under a plain name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_READERS = frozenset(
    "print display help type isinstance issubclass len str repr id hasattr getattr dir vars sorted "
    "list tuple set iter bool callable format enumerate".split()
)
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)


def kept_in_sight(nodes: Iterable[ast.AST]) -> set[int]:
    """Return the ids of the expressions whose value the text does not hand on out of sight.

    In sight is what a name is bound to, so that it can be followed. An attribute, an item, a
    class, an argument or a result takes a value to where it cannot.
    """
    nodes = list(nodes)
    members = {id(s) for node in nodes if isinstance(node, ast.ClassDef) for s in node.body}
    return {
        id(kept)
        for node in nodes
        if not (id(node) in members and isinstance(node, (ast.Assign, ast.AnnAssign)))
        for kept in _kept(node)
    }


def _kept(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Attribute(value=value):
            yield value
        case ast.Subscript(value=value):
            yield value
            yield from _items(value)
        case ast.Compare(left=left, comparators=others):
            yield left
            yield from others
        case ast.Assign(targets=targets, value=value):
            if all(isinstance(target, ast.Name) for target in targets):
                yield value
            elif all(_is_names(target) for target in targets):
                yield from _items(value)
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            yield value
        case ast.For(iter=value) | ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
            yield value
            yield from _items(value)
        case ast.Call(func=function):
            yield function
            if isinstance(function, ast.Name) and function.id in _READERS:
                yield from node.args
        case ast.arguments(defaults=defaults, kw_defaults=more):
            yield from defaults
            yield from filter(None, more)
        case _:
            yield from _tested(node)


def _tested(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
            yield test
        case ast.IfExp(test=test, body=body, orelse=other):
            yield from (test, body, other)
        case ast.BoolOp(values=values):
            yield from values
        case ast.UnaryOp(operand=value) | ast.NamedExpr(value=value) | ast.Await(value=value):
            yield value
        case ast.Expr(value=value) | ast.FormattedValue(value=value):
            yield value
        case ast.withitem(context_expr=value):
            yield value
        case _:
            return


def _items(value: ast.expr) -> list[ast.expr]:
    return value.elts if isinstance(value, _DISPLAYS) else []


def _is_names(target: ast.expr) -> bool:
    return isinstance(target, _DISPLAYS) and all(isinstance(t, ast.Name) for t in target.elts)
