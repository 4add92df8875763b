"""Names of another scope: attributes of `self`, and variables that a function means to change."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from selfcode.generation.rules.conventions import EXPORTS
from selfcode.generation.rules.names import missing_name
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OWN_SCOPE = (*_DEFS, ast.Lambda, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_NOTHING = object()


def attribute_of_self(site: Site) -> Iterator[Proposal]:
    """Propose `self.width` for a bare `width` in a method whose object has one."""
    word, method = missing_name(site), _method_around(site)
    if word is None or method is None:
        return
    this = method.args.args[0].arg
    owner = site.live.known(ast.Name(this, ast.Load()))
    if inspect.getattr_static(owner, word, _NOTHING) is _NOTHING:
        return
    if word == method.name and word in EXPORTS:
        return  # the method may well mean the function that it is named after
    words = [word, *_also_of(site, method, owner, word)]
    uses = [node for name in words for node in _read_in(site, method, name)]
    stored = _stores(method, word)
    if stored and not _means_outer(site, method, stored):
        return
    if any(not isinstance(site.parents.get(n), ast.AugAssign) for n in stored):
        return
    for other in _other_methods(site, method):
        named = other.args.args[0].arg == this and not _stores(other, word)
        uses += _read_in(site, other, word) if named and not _takes(other, word) else []
    if uses or stored:
        edits = [site.put(node, f"{this}.{node.id}") for node in (*stored, *uses)]
        shown = ", ".join(f"`{name}`" for name in words)
        said = f"{shown} {'is an attribute' if len(words) == 1 else 'are attributes'} of `{this}`"
        yield site.propose(edits, said, 0.15)


def _also_of(
    site: Site, method: ast.FunctionDef | ast.AsyncFunctionDef, owner: object, word: str
) -> list[str]:
    """Return the other names that the method reads, nothing defines and the object has."""
    defined = {name for name, _ in site.live.names()}
    read = {n.id for n in ast.walk(method) if isinstance(n, ast.Name)} - defined - {word}
    return sorted(
        name
        for name in read
        if inspect.getattr_static(owner, name, _NOTHING) is not _NOTHING
        and not _stores(method, name)
    )


def _method_around(site: Site) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    if site.statement is None:
        return None
    for node in (site.statement, *site.ancestors(site.statement)):
        if isinstance(node, _DEFS) and isinstance(site.parents.get(node), ast.ClassDef):
            return node if _first_argument(node) in ("self", "cls") else None
    return None


def _first_argument(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return function.args.args[0].arg if function.args.args else ""


def _other_methods(
    site: Site, method: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    owner = site.parents.get(method)
    beside = owner.body if isinstance(owner, ast.ClassDef) else []
    return [n for n in beside if isinstance(n, _DEFS) and n is not method and _first_argument(n)]


def _takes(function: ast.FunctionDef | ast.AsyncFunctionDef, word: str) -> bool:
    return any(isinstance(n, ast.arg) and n.arg == word for n in ast.walk(function.args))


def _read_in(site: Site, function: ast.AST, word: str) -> list[ast.Name]:
    """Return where the body of a function reads `word` as it is written."""
    body = [n for s in getattr(function, "body", ()) for n in ast.walk(s)]
    found = [n for n in body if isinstance(n, ast.Name) and n.id == word]
    return [n for n in found if isinstance(n.ctx, ast.Load) and site.segment(n) == word]


def _stores(function: ast.AST, word: str) -> list[ast.Name]:
    """Return where a function itself, not one inside it, gives `word` a value."""
    found: list[ast.Name] = []
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Name) and node.id == word and not isinstance(node.ctx, ast.Load):
            found.append(node)
        if not isinstance(node, _OWN_SCOPE):
            pending.extend(ast.iter_child_nodes(node))
    return found


def variable_of_outer_scope(site: Site) -> Iterator[Proposal]:
    """Propose `global x` or `nonlocal x` where a function can only mean to change the outer `x`.

    That is certain where a local `x` would be set for nothing, or only ever count on from nothing.
    """
    word, function = missing_name(site), site.function
    if word is None or function is None or not isinstance(site.error, UnboundLocalError):
        return
    outer = [a for a in site.ancestors(function) if isinstance(a, _DEFS)]
    bound = any(_stores(o, word) or _takes(o, word) for o in outer)
    if not bound and (outer or word not in site.live.globals):
        return
    stores = _stores(function, word)
    if not stores or not _means_outer(site, function, stores):
        return
    keyword = "nonlocal" if bound else "global"
    where = "the function around" if bound else "the module"
    said = f"`{word}` belongs to {where}; `{keyword}` lets the function change it"
    yield site.propose(at_beginning(site, function, f"{keyword} {word}"), said, 0.15)


def _means_outer(
    site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef, stores: list[ast.Name]
) -> bool:
    """Return whether a local variable would make no sense of what is stored."""
    return _set_for_nothing(site, function, stores) or _counts_on(site, stores)


def _set_for_nothing(
    site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef, stores: list[ast.Name]
) -> bool:
    """Return whether nothing reads the value that was set, were it local."""
    statements = [_statement_of(site, node) for node in stores]
    reads = [
        n for n in ast.walk(function)
        if isinstance(n, ast.Name) and n.id == stores[0].id and isinstance(n.ctx, ast.Load)
    ]  # fmt: skip
    for statement in statements:
        loops = [a for a in _within(site, statement) if isinstance(a, _LOOPS)]
        again = [n for loop in loops for n in ast.walk(loop) if n in reads]
        after = [n for n in reads if n.lineno > (statement.end_lineno or statement.lineno)]
        own = set(ast.walk(statement))
        if any(n not in own for n in (*again, *after)):
            return False
    return True


def _counts_on(site: Site, stores: list[ast.Name]) -> bool:
    """Return whether each store adds to the value of before, once per call."""
    statements = [_statement_of(site, node) for node in stores]
    return all(
        isinstance(s, ast.AugAssign)
        and not any(isinstance(a, _LOOPS) for a in _within(site, s))
        for s in statements
    )  # fmt: skip


def _within(site: Site, statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield what is around a statement inside its function."""
    for node in site.ancestors(statement):
        if isinstance(node, _DEFS):
            return
        yield node


def _statement_of(site: Site, node: ast.AST) -> ast.stmt:
    return next(a for a in site.ancestors(node) if isinstance(a, ast.stmt))


def at_beginning(site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef, line: str) -> Edit:
    """Return the edit that adds a line at the beginning of a function, below its docstring."""
    body = function.body
    documented = ast.get_docstring(function) is not None and len(body) > 1
    first = body[1] if documented else body[0]
    before = site.python.splitlines()[first.lineno - 1].encode()[: first.col_offset].decode()
    end = f"\n{before}" if not before.strip() else "; "
    return Edit(first.lineno, first.col_offset, first.lineno, first.col_offset, f"{line}{end}")
