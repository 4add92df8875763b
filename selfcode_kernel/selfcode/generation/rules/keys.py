"""Keys, columns and labels that a container does not have, but nearly has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeGuard

from selfcode.generation.rules.abbreviations import in_full
from selfcode.generation.rules.live import Unknown, is_kind, is_table, labels_of
from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.source import Edit

_DEEP = 40
_SHORTENED = 1.2  # the distance of a short form from the word in full
_HEADERS = ("names", "orig_names", "columns")


def misspelt_key(site: Site) -> Iterator[Proposal]:
    """Propose the nearest key or column for a text in the code that no container has."""
    if not _is_about_keys(site):
        return
    labels = known_labels(site)
    if not labels:
        return
    for place, extra in _places(site):
        missing = _missing_in(place, site)
        if missing:
            for value in dict.fromkeys(constant.value for constant in missing):
                same = [c for c in missing if c.value == value]
                yield from _respelt(place, value, same, labels, extra)
            return


def _is_about_keys(site: Site) -> bool:
    error = site.error
    if isinstance(error, KeyError):
        return True
    words = ("not found", "no field", "Missing column", "Could not interpret", "invalid", "group")
    if isinstance(error, (ValueError, IndexError)) and any(w in site.message for w in words):
        return True
    return _key_asked(site) is not None


def _key_asked(place: Site) -> ast.Constant | None:
    """Return the text that the code asks a mapping for, which has no such key.

    The mappings of a library raise what they like for it, as `sqlite3.Row` does.
    """
    node = place.node
    if isinstance(node, ast.Subscript):
        key, base = node.slice, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr not in ("get", "pop", "getitem"):
            return None
        key, base = node.args[0], node.func.value
    else:
        return None
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return None
    container = place.live.known(base)
    if not callable(getattr(container, "keys", None)) or is_table(container):
        return None
    labels = labels_of(container)
    return key if labels and key.value not in labels else None


def known_labels(site: Site) -> dict[Any, str]:
    """Return the labels of the containers at hand, each with the words that name its container."""
    found: dict[Any, str] = {}
    seen: set[tuple[int, int]] = set()
    for container, name in _containers(site):
        axes = [getattr(container, axis, container) for axis in ("columns", "index")]
        known = id(axes[0]), id(axes[1])
        if known in seen or isinstance(container, str):
            continue
        seen.add(known)
        for label in labels_of(container) or _elements(container):
            found.setdefault(label, name)
    return found


def _elements(container: Any) -> list[Any]:
    return list(container)[:50_000] if isinstance(container, (set, frozenset)) else []


def _containers(site: Site) -> Iterator[tuple[Any, str]]:
    """Yield what was asked for a key, the likeliest first, with the text or type that names it."""
    for node in _askable(site):
        with suppress(Unknown):
            yield site.live.value(node), f"`{site.segment(node)}`"
    for frame in site.below[:_DEEP]:
        for name, value in list(frame.f_locals.items()):
            # A bare index there may be the very keys that were asked for.
            if is_table(value) and not is_kind(value, "pandas.Index"):
                yield value, f"the {type(value).__name__}"
            elif name in _HEADERS and isinstance(value, (list, tuple)):
                yield dict.fromkeys(label for label in value if isinstance(label, str)), "the file"


def _askable(site: Site) -> Iterator[ast.expr]:
    node = site.node
    if isinstance(node, ast.Subscript):
        yield node.value
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            yield node.func.value
        yield from node.args
        yield from (k.value for k in node.keywords)
    if isinstance(node, ast.BinOp):
        yield node.right
    for part in site.of_statement():
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part


def _places(site: Site) -> Iterator[tuple[Site, float]]:
    """Yield where the text of a key may stand: here, then in the code that called."""
    yield site, 0.0
    for number, outer in enumerate(site.outer, 1):
        yield outer, 0.1 * number


def _missing_in(place: Site, site: Site) -> list[ast.Constant]:
    """Return the constants that the exception is about: in the failing expression, or nearby."""
    asked = _key_asked(place)
    if asked is not None and not isinstance(site.error, KeyError):
        return [asked, *_again(place, [asked])]
    for nodes in (place.inside(), place.of_statement()):
        found = [n for n in nodes if _is_missing(n, site)]
        if any(isinstance(n.value, str) for n in found) or (found and _asks_for_constant(place)):
            return found + _again(place, found)
    if _asks_for_constant(place):
        return []
    whole = [n for n in place.nodes if _is_missing(n, site)]
    return [n for n in whole if isinstance(n.value, str) and not _is_stored_key(place, n)][:3]


def _asks_for_constant(place: Site) -> bool:
    return isinstance(place.node, ast.Subscript) and isinstance(place.node.slice, ast.Constant)


def _is_missing(node: ast.AST, site: Site) -> TypeGuard[ast.Constant]:
    if not isinstance(node, ast.Constant):
        return False
    value, asked = node.value, site.error.args[:1]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    if isinstance(site.error, KeyError) and asked:
        if type(asked[0]) is type(value) and asked[0] == value:
            return True
        if isinstance(asked[0], tuple) and value in asked[0]:
            return True
    if not isinstance(value, str) or not value:
        return False
    if "no such group" in site.message:
        return True
    forms = (repr(value), f'"{value}"', f"`{value}`", f"Index {value} invalid",
             f"of name {value}", f"not found: {value}")  # fmt: skip
    return any(form in site.message for form in forms)


def _again(place: Site, found: list[ast.Constant]) -> list[ast.Constant]:
    """Return the same keys asked of the same container elsewhere in the text."""
    first = _subscript_of(place, found[0])
    if first is None:
        return []
    base, again = ast.dump(first.value), []
    for node in place.nodes:
        holder = _subscript_of(place, node)
        if holder is None or not isinstance(node, ast.Constant) or node in found:
            continue
        if type(node.value) is not type(found[0].value) or node.value != found[0].value:
            continue
        if isinstance(holder.ctx, ast.Load) and (
            ast.dump(holder.value) == base or _lacks(place, holder, node)
        ):
            again.append(node)
    return again


def _subscript_of(place: Site, node: ast.AST) -> ast.Subscript | None:
    """Return the subscript in which a constant is the key, or one of several keys."""
    parent = place.parents.get(node)
    if isinstance(parent, (ast.Tuple, ast.List)):
        node, parent = parent, place.parents.get(parent)
    return parent if isinstance(parent, ast.Subscript) and parent.slice is node else None


def _lacks(place: Site, holder: ast.Subscript, key: ast.Constant) -> bool:
    """Return whether another container in the same statement lacks the key as well."""
    if key not in place.of_statement():
        return False
    labels = labels_of(place.live.known(holder.value))
    return bool(labels) and key.value not in labels


def _is_stored_key(place: Site, constant: ast.Constant) -> bool:
    parent = place.parents.get(constant)
    return isinstance(parent, ast.Subscript) and not isinstance(parent.ctx, ast.Load)


def _respelt(
    place: Site, value: Any, constants: list[ast.Constant], labels: Mapping[Any, str], extra: float
) -> Iterator[Proposal]:
    for meant, far in _meant(value, labels):
        edits = [place.put(c, _literal(place, c, meant)) for c in constants]
        if type(meant) is not type(value):
            edits += _other_keys_of_type(place, constants, type(value), labels)
        said = f"{labels[meant]} has no {_shown(value)}; the nearest is {_shown(meant)}"
        yield place.propose(edits, said, 0.2 + 0.6 * far + extra)


def _meant(value: Any, labels: Mapping[Any, str]) -> list[tuple[Any, float]]:
    if isinstance(value, int):
        return [(str(value), 0.0)] if str(value) in labels else []
    if value.strip().lstrip("-").isdigit():
        return [(int(value), 0.0)] if int(value) in labels else []
    texts = [label for label in labels if isinstance(label, str)]
    near = nearest(value, texts)
    certain = any(far == 0 for _, far in near)
    full = None if certain else in_full(value, texts)
    return [*near, *([(full, _SHORTENED)] if full and full not in dict(near) else [])]


def _other_keys_of_type(
    place: Site, constants: list[ast.Constant], kind: type, labels: Mapping[Any, str]
) -> list[Edit]:
    """Return the edits for the other constant keys of the same container and the wrong type."""
    first = place.parents.get(constants[0])
    base = ast.dump(first.value) if isinstance(first, ast.Subscript) else None
    edits = []
    for node in place.nodes:
        if not isinstance(node, ast.Subscript) or ast.dump(node.value) != base:
            continue
        key = node.slice
        if isinstance(key, ast.Constant) and type(key.value) is kind and key not in constants:
            edits += [place.put(key, _literal(place, key, m)) for m, _ in _meant(key.value, labels)]
    return edits


def _shown(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) and value.strip() == value else f"`{value!r}`"


def _literal(place: Site, constant: ast.Constant, meant: Any) -> str:
    """Return the literal of `meant`, in the quotes that the code uses."""
    quote = place.segment(constant)[:1]
    if not isinstance(meant, str) or quote not in "'\"" or not quote:
        return repr(meant)
    plain = meant.isprintable() and "\\" not in meant and quote not in meant
    return f"{quote}{meant}{quote}" if plain else repr(meant)


def misspelt_in_text(site: Site) -> Iterator[Proposal]:
    """Propose the nearest name inside a text: `df.query("prcie > 3")`, `"{nmae}".format(...)`."""
    word = _word_in_text(site)
    if word is None:
        return
    labels = {k: v for k, v in known_labels(site).items() if isinstance(k, str)}
    if isinstance(site.node, ast.Call):
        labels.update((k.arg, "the call") for k in site.node.keywords if k.arg)
    holders = [
        n
        for n in site.inside()
        if isinstance(n, ast.Constant)
        and text_in(n) != word
        and re.search(rf"\b{re.escape(word)}\b", text_in(n) or "")
    ]
    for meant, far in nearest(word, labels) if len(holders) == 1 else []:
        written = site.segment(holders[0])
        new = meant if meant.isidentifier() else f"`{meant}`"
        changed = new.join(re.split(rf"\b{re.escape(word)}\b", written))
        said = f"`{word}` is not known in {written}; the nearest is `{meant}`"
        yield site.propose(site.put(holders[0], changed), said, 0.2 + 0.6 * far)


def _word_in_text(site: Site) -> str | None:
    error = site.error
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        return error.args[0]
    if isinstance(error, NameError) and not site.innermost:
        quoted = re.search(r"name '(\w+)' is not defined", site.message)
        return quoted.group(1) if quoted else None
    return None
