"""Names that a text computes: what `getattr(x, name)` and `template.format(x)` may come to.

A name that the text spells out somewhere is judged as if it stood there. One that only arrives
when the code runs is let pass where nothing in the text could be the makings of a dangerous one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from selfcode.validation.capabilities import ATTRIBUTES, BUILTINS, attribute_capability
from selfcode.validation.grammar import TEXT_OR_FILE, is_built_text
from selfcode.validation.origins import Origins

_DECODERS = frozenset(
    "decode fromhex b64decode b32decode b16decode a85decode b85decode unhexlify urlsafe_b64decode "
    "decompress translate swapcase".split()
)
_REACHES = re.compile(r"\{[^}]*[.\[]_|@\w+[.(\[]")
"""What reaches into an object from a template or from a query."""

_MAKERS = frozenset({"chr", "input", "dir", "bytes", "bytearray"})
_HARMLESS = frozenset({"__main__", "__name__"})


def spelt(node: ast.expr, origins: Origins, depth: int = 0) -> Sequence[str] | None:
    """Return every text that `node` can be, None when the text does not show them all."""
    match node:
        case ast.Constant(value=str() | int() | float() as constant):
            return (str(constant),)
        case ast.IfExp(body=body, orelse=other):
            parts = (spelt(body, origins, depth + 1), spelt(other, origins, depth + 1))
            return None if None in parts else [t for part in parts for t in part or ()]
        case ast.Name(id=name) if depth < 4 and (values := origins.traced(name)):
            found: list[str] = []
            for value in values:
                if (texts := spelt(value, origins, depth + 1)) is None:
                    return None
                found += texts
            return found
        case _:
            return None


def begins_harmless(node: ast.expr, *, own: bool) -> bool:
    """Return whether every text that `node` makes begins as no dangerous attribute does.

    `own`: it is an attribute of the text's own object, which may begin with one underscore.
    """
    match node:
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]):
            pass
        case ast.BinOp(left=ast.Constant(value=str(head)), op=ast.Add() | ast.Mod()):
            head = head.partition("%")[0]
        case _:
            return False
    bare = head.removeprefix("_") if own else head
    return len(bare) >= 2 and not bare.startswith("_") and not _begins_dangerous(bare)


def _begins_dangerous(head: str) -> bool:
    if attribute_capability(head):
        return True
    return any(name.startswith(head) for name in (*ATTRIBUTES, *TEXT_OR_FILE, *BUILTINS))


def filled(node: ast.expr, origins: Origins) -> str | None:
    """Return the text of an f-string with a word in place of what only comes when it runs.

    None when `node` is no f-string, or when something comes from outside of the text.
    """
    if not isinstance(node, ast.JoinedStr):
        return None
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            roots = [n.id for n in ast.walk(part.value) if isinstance(n, ast.Name)]
            if any(map(origins.is_free, roots)):
                return None
            texts = spelt(part.value, origins) or ["inserted"]
            parts.append(max(texts, key=len))
    return "".join(parts) if len(parts) > 1 else None


def has_makings(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a text holds what a dangerous name could be put together from."""
    return any(_is_makings(node) for node in nodes)


def _is_makings(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return any(map(_is_dangerous, _readings(text)))
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKERS
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=""))):
            return True
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.List() | ast.Tuple() as parts]):
            return bool(parts.elts) and all(isinstance(p, ast.Constant) for p in parts.elts)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _DECODERS
        case ast.BinOp(left=ast.Constant(value=str()), right=ast.Constant(value=str())):
            return True
        case ast.Subscript(value=ast.Constant(value=str())) | ast.Attribute(attr="__doc__"):
            return True
        case _:
            return False


def _readings(text: str) -> Iterator[str]:
    yield text
    yield text[::-1]


def _is_dangerous(text: str) -> bool:
    if _REACHES.search(text):
        return True
    if "__" in text and " " not in text and text not in _HARMLESS:
        return True
    return bool(attribute_capability(text)) or text in TEXT_OR_FILE or text in BUILTINS


def is_simple(node: ast.expr) -> bool:
    """Return whether `node` names a text without putting one together."""
    return not isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Call)) and not is_built_text(node)
