"""Keys of another form: of another type, as attributes, several at once, met for the first time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from selfcode.generation.rules.keys import known_labels
from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.site import Proposal, Site, text_in

_COLLECTING = {"append": "[]", "extend": "[]", "add": "set()", "update": "{}"}


def key_of_other_type(site: Site) -> Iterator[Proposal]:
    """Propose `d[str(k)]` or `d[int(k)]` where the container has that key."""
    node = site.node
    if not isinstance(site.error, KeyError) or not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, (ast.Constant, ast.Tuple, ast.Slice)):
        return
    key, labels = site.live.known(node.slice), known_labels(site)
    written = site.segment(node.slice)
    if is_kind(key, "builtins.int", "numpy.integer") and str(key) in labels:
        kind = "str"
    elif isinstance(key, str) and key.strip().isdigit() and int(key) in labels:
        kind = "int"
    else:
        return
    said = f"the keys of `{site.segment(node.value)}` are of type {kind}; `{written}` is not"
    yield site.propose(site.put(node.slice, f"{kind}({written})"), said, 0.3)


def several_columns(site: Site) -> Iterator[Proposal]:
    """Propose `df[["a", "b"]]` for `df["a", "b"]`, and `df.loc["r"]` for the name of a row."""
    node = site.node
    if not isinstance(site.error, KeyError) or not isinstance(node, ast.Subscript):
        return
    table = site.live.known(node.value)
    if not is_kind(table, "pandas.DataFrame"):
        return
    key = site.live.known(node.slice)
    if isinstance(key, tuple) and all(part in table.columns for part in key):
        if not isinstance(node.slice, ast.Tuple):
            return
        inner = site.segment(node.slice)
        inner = inner[1:-1] if inner.startswith("(") else inner
        said = "several columns are asked for with a list"
        yield site.propose(site.put(node.slice, f"[{inner}]"), said, 0.2)
    elif isinstance(key, str) and key in table.index and isinstance(node.ctx, ast.Load):
        base = site.segment(node.value)
        said = f"`{key}` is a row of `{base}`, not a column"
        yield site.propose(site.put(node.value, f"{site.atom(node.value)}.loc"), said, 0.4)


def key_as_attribute(site: Site) -> Iterator[Proposal]:
    """Propose `d["k"]` for `d.k`, and `x.k` for `x["k"]`, where the object has exactly that."""
    node, error = site.node, site.error
    if isinstance(error, AttributeError) and isinstance(node, ast.Attribute):
        owner = site.live.known(node.value, error.obj)
        if isinstance(owner, Mapping) and node.attr in owner:
            base = site.segment(node.value)
            said = f"`{node.attr}` is a key of `{base}`, not an attribute"
            yield site.propose(site.put(node, f'{site.atom(node.value)}["{node.attr}"]'), said, 0.3)
    signs = ("not subscriptable", "tuple indices must be integers")
    if isinstance(error, TypeError) and any(sign in site.message for sign in signs):
        keyed = [n for n in site.of_statement() if _is_keyed_attribute(site, n)]
        if isinstance(node, ast.Subscript) and node in keyed:
            edits = [
                site.put(n, f"{site.atom(n.value)}.{text_in(n.slice)}")
                for n in keyed
                if isinstance(n, ast.Subscript)
            ]
            base = site.segment(node.value)
            said = f"`{text_in(node.slice)}` is an attribute of `{base}`, not a key"
            yield site.propose(edits, said, 0.3)


def _is_keyed_attribute(site: Site, node: ast.AST) -> bool:
    """Return whether the code asks by key for an attribute of what has no keys."""
    name = text_in(node.slice) if isinstance(node, ast.Subscript) else None
    if name is None or not isinstance(node, ast.Subscript) or not name.isidentifier():
        return False
    owner = site.live.known(node.value)
    keyless = not hasattr(type(owner), "__getitem__") or name in getattr(owner, "_fields", ())
    return keyless and hasattr(owner, name)


def first_of_its_key(site: Site) -> Iterator[Proposal]:
    """Propose the first value where a dictionary that the text begins empty counts or collects."""
    node, statement = site.node, site.statement
    if not isinstance(site.error, KeyError) or not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Constant) or not _begun_empty(site, node.value):
        return
    base, key = site.segment(node.value), site.segment(node.slice)
    said = f"`{base}` has no value for a key that it meets first"
    method = site.parents.get(node)
    if isinstance(statement, ast.AugAssign) and statement.target is node:
        kind = type(site.live.known(statement.value))
        zero = {int: "0", float: "0", list: "[]", str: '""'}.get(kind)
        if zero and isinstance(statement.op, ast.Add):
            new = f"{base}[{key}] = {base}.get({key}, {zero}) + {site.segment(statement.value)}"
            yield site.propose(site.put(statement, new), said, 0.3)
    elif isinstance(method, ast.Attribute) and method.attr in _COLLECTING:
        new = f"{base}.setdefault({key}, {_COLLECTING[method.attr]})"
        yield site.propose(site.put(node, new), said, 0.3)


def _begun_empty(site: Site, base: ast.expr) -> bool:
    """Return whether the text gives the dictionary its first value: an empty one."""
    name = site.segment(base)
    values = [
        site.segment(n.value)
        for n in site.nodes
        if isinstance(n, ast.Assign) and [site.segment(t) for t in n.targets] == [name]
    ]
    return len(values) == 1 and values[0] in ("{}", "dict()")
