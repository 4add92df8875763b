"""Names that a text computes: what `getattr(x, name)` and `template.format(x)` may come to.

A name that the text spells out somewhere is judged as if it stood there. One that only arrives
when the code runs is let pass where nothing in the text could be the makings of a dangerous one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

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
_TEXT_METHODS = frozenset(
    "lower upper strip lstrip rstrip replace split rsplit swapcase removeprefix removesuffix title "
    "casefold capitalize partition".split()
)
_SEPARATING = frozenset(
    "join replace split rsplit partition rpartition strip lstrip rstrip startswith endswith count "
    "find index removeprefix removesuffix".split()
)
_STEMS = frozenset(
    "class globals builtins subclasses bases mro base dict init code closure import getattribute "
    "array_interface array_struct reduce reduce_ex self func loader spec".split()
)
_LONGEST_PIECE, _MOST_PIECES = 24, 200
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


def fits_no_danger(node: ast.expr, *, own: bool) -> bool:
    """Return whether no dangerous attribute fits the text that `node` puts together.

    `own`: it is an attribute of the text's own object, which may begin with one underscore.
    """
    match node:
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), *rest]):
            parts = [head, *(str(p.value) if isinstance(p, ast.Constant) else "" for p in rest)]
        case ast.BinOp(left=ast.Constant(value=str(head)), op=ast.Add()):
            parts = [head, ""]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            parts = re.split(r"%\w", text)
            head = parts[0]
        case _:
            return False
    bare = head.removeprefix("_") if own else head
    if len(bare) < 2 or bare.startswith("_"):
        return False
    pattern = re.compile(".*".join([re.escape(bare), *map(re.escape, parts[1:])]) + "$")
    read = bare.startswith(("read_", "write_", "fetch_"))
    return not read and not any(map(pattern.match, (*ATTRIBUTES, *TEXT_OR_FILE, *BUILTINS)))


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
    texts: set[str] = set()
    filters = any(map(_leaves_private_out, nodes))
    separators: set[int] = set()
    for node in nodes:
        if _makes_names(node) and not (filters and _lists_names(node)):
            return True
        texts.update(_evaluated(node))
        separators.update(map(id, _separators(node)))
    lone = (n for n in nodes if isinstance(n, ast.Constant) and _is_underscore(n.value))
    return (
        any(id(node) not in separators for node in lone)
        or any(_is_dangerous(reading) for text in texts for reading in (text, text[::-1]))
        or _pairs_up(texts)
    )


def _leaves_private_out(node: ast.AST) -> bool:
    """Return whether it is `name.startswith("_")`, by which listed names are chosen."""
    match node:
        case ast.Call(func=ast.Attribute(attr="startswith"), args=[ast.Constant(value="_" | "__")]):
            return True
        case _:
            return False


def _lists_names(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dir"


def _makes_names(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKERS
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=""))):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _DECODERS
        case ast.Subscript(value=ast.Constant(value=str())) | ast.Attribute(attr="__doc__"):
            return True
        case _:
            return False


def _evaluated(node: ast.AST) -> Iterator[str]:
    """Yield the text that `node` is, or the texts that a method makes of it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.BinOp(
            left=ast.Constant(value=str(text)), op=operation, right=ast.Constant(value=str(other))
        ):
            with suppress(TypeError, ValueError):
                yield text % other if isinstance(operation, ast.Mod) else f"{text}{other}"
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(text)), attr=method), args=args
        ) if method in _TEXT_METHODS:
            given = [arg.value for arg in args if isinstance(arg, ast.Constant)]
            if len(given) == len(args):
                with suppress(TypeError, ValueError):
                    made = getattr(text, method)(*given)
                    yield from [made] if isinstance(made, str) else made
        case _:
            return


def _separators(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what only separates, or is looked for, where `node` is a call or a comparison."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=args):
            if method in _SEPARATING:
                yield value
                yield from args
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Name() | ast.Attribute()):
            yield left  # an attribute's own hidden name: `"_" + name`
        case ast.Compare(left=left, comparators=others):
            yield left
            yield from others
        case _:
            return


def _pairs_up(texts: Collection[str]) -> bool:
    """Return whether two of `texts` make a dangerous name."""
    pieces = [t for t in texts if len(t) <= _LONGEST_PIECE and t.replace("_", "").isalnum()]
    if len(pieces) > _MOST_PIECES:
        return True
    return any(_is_dangerous(one + other) for one in pieces for other in pieces)


def _is_underscore(value: object) -> bool:
    return isinstance(value, str) and set(value) == {"_"}


def _is_dangerous(text: str) -> bool:
    if _REACHES.search(text):
        return True
    if "__" in text and " " not in text and text not in _HARMLESS:
        return True
    if text.strip("_") in _STEMS and "_" in (text[0], text[-1]):
        return True
    return bool(attribute_capability(text)) or text in TEXT_OR_FILE or text in BUILTINS


def is_simple(node: ast.expr) -> bool:
    """Return whether `node` names a text without putting one together."""
    return not isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Call)) and not is_built_text(node)
