"""Values as JSON and back, so that looking at them never runs a candidate's code.

None, bool, int, finite floats, str and list stand for themselves; every other type is an object
with its name under `"t"`. Types are told apart by identity, never by what an object says of itself.
What has no JSON form is opaque: it is named (and whether the candidate defined its class is told),
and it equals nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from selfcode.validation import kinds

NODES = 200_000
ITEMS = 10_000
LONG, ITEMS_SHOWN = 160, 20
_LONGEST_RANGE = 100_000
CANDIDATE = "candidate"
_EXACT_INT = 2**53
_DEFINED_IN_PYTHON = 1 << 9  # Py_TPFLAGS_HEAPTYPE: no type of the interpreter's own has it
_USES = "getattribute setattr delattr call enter exit await"
_LOOKS = "len contains iter next getitem setitem delitem str format"
_TELLING = (
    "bool lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift "
    "rshift and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift "
    "rrshift rand ror rxor neg pos abs invert int float complex index round"
)

# By identity, as everything here: a metaclass can make a type equal to any other.
_SAMPLES: tuple[Iterator[Any], ...] = (
    *((None for _ in "g"), map(len, ()), filter(len, ()), zip(), enumerate(()), reversed(())),
    *(reversed([]), iter([]), iter(()), iter({}), iter(set()), iter(""), iter(range(0))),
)
_ITERATORS = frozenset(id(type(sample)) for sample in _SAMPLES)
_EMPTY: dict[Any, Any] = {}
_LISTED = frozenset(
    map(id, [tuple, set, frozenset, *map(type, (_EMPTY.keys(), _EMPTY.values(), _EMPTY.items()))])
)
_TEXTS = frozenset(map(id, [str, bytes, bytearray]))


class Unreadable(BaseException):
    """A value is needed that has no JSON form; out of reach of `except Exception`."""


class Incomparable(Unreadable):
    """A value that has no JSON form is taken as a truth or number, or set against another."""


class TooLarge(Exception):
    """A value holds more than can be sent."""


def encode(value: Any) -> Any:
    """Return `value` as JSON; what is cyclic or holds more than `NODES` values is opaque.

    An iterator is read (at most `ITEMS` items), and what it raises is raised.
    """
    try:
        return _Writer().write(value)
    except (TooLarge, RecursionError):
        return {"t": "opaque", "type": type_name(type(value)), "own": False, "large": True}


def opaque(data: Any) -> dict[str, Any] | None:
    """Return the first opaque part of the JSON value `data`, or None: all of it is readable."""
    if isinstance(data, dict):
        if data.get("t") == "opaque":
            return data
        data = data.get("v")
    return next(filter(None, map(opaque, data)), None) if isinstance(data, list) else None


def type_name(kind: type) -> str:
    """Return the name that a person knows `kind` by: with its module unless that is obvious."""
    module = str(kind.__module__)
    return kind.__name__ if module in ("builtins", CANDIDATE) else f"{module}.{kind.__name__}"


class _Writer:
    """Writes one value; it counts what it wrote and knows the containers that it is inside of."""

    def __init__(self) -> None:
        self.left = NODES
        self.inside: set[int] = set()

    def write(self, value: Any) -> Any:
        kind = type(value)
        self.left -= 1 + (len(value) // 8 if id(kind) in _TEXTS else 0)
        if self.left < 0 or id(value) in self.inside:
            raise TooLarge
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) <= _EXACT_INT else {"t": "int", "v": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        self.inside.add(id(value))
        try:
            return self._container(kind, value)
        finally:
            self.inside.discard(id(value))

    def _container(self, kind: type, value: Any) -> Any:
        if kind is list:
            return self._all(value)
        if id(kind) in _LISTED:
            return {"t": kind.__name__, "v": self._all(value)}
        if kind is dict:
            return {"t": "dict", "v": [[self.write(k), self.write(v)] for k, v in value.items()]}
        if id(kind) in _ITERATORS:
            items = self._all(itertools.islice(value, ITEMS))
            return {"t": "iterator", "v": items, "whole": len(items) < ITEMS}
        if kinds.size(value) > self.left:
            raise TooLarge
        taken = kinds.apart(value)
        if taken is not None:
            return {"t": taken[0], "v": self._all(taken[1])}
        known = kinds.home(kind) not in ("", f"{CANDIDATE}.{kind.__name__}")
        own = not known and bool(kind.__flags__ & _DEFINED_IN_PYTHON)
        return {"t": "opaque", "type": type_name(kind), "own": own}

    def _all(self, items: Iterable[Any]) -> list[Any]:
        return [self.write(item) for item in items]


class Opaque:
    """Stands for a value that could not be read: whatever is asked of it raises `Unreadable`.

    What would decide a test by the object's own word raises `Incomparable`: its truth, what it is
    as a number, how it stands to a value that can be read; and what it holds, unless the candidate
    defined its class, so that the tests speak of that. Only `==` with a value of a plain type has
    an answer, which is no.
    """

    __slots__ = ("_note",)

    def __init__(self, note: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_note", note)

    def __repr__(self) -> str:
        return f"an object of type {object.__getattribute__(self, '_note')['type']}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Opaque):
            raise Unreadable(repr(self))
        if "large" in object.__getattribute__(self, "_note") or opaque(encode(other)):
            raise Incomparable(repr(self))
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        raise Incomparable(repr(self))


def _refuse(self: Opaque, *_: object, **__: object) -> NoReturn:
    raise Unreadable(repr(self))


def _refuse_to_show(self: Opaque, *_: object, **__: object) -> NoReturn:
    own = object.__getattribute__(self, "_note").get("own")
    raise (Unreadable if own else Incomparable)(repr(self))


def _refuse_to_tell(self: Opaque, *others: object, **__: object) -> NoReturn:
    among_themselves = bool(others) and all(isinstance(other, Opaque) for other in others)
    raise (Unreadable if among_themselves else Incomparable)(repr(self))


for _names, _method in ((_USES, _refuse), (_LOOKS, _refuse_to_show), (_TELLING, _refuse_to_tell)):
    for _name in _names.split():
        setattr(Opaque, f"__{_name}__", _method)


def decode(data: Any) -> Any:
    """Return a fresh value of which `encode` made `data`; what is opaque becomes an `Opaque`.

    Raises `ValueError` for JSON that `encode` does not make, and what a type raises that refuses
    the values given for it.
    """
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    kind = data["t"]
    if kind == "opaque":
        return Opaque(data)
    if kind == "iterator":
        return _iterator(data)
    if kind == "dict":
        return {decode(key): decode(value) for key, value in data["v"]}
    if kind in _READERS:
        return _READERS[kind](decode(data["v"]))
    return kinds.make(kind, decode(data["v"]))


def _iterator(data: Mapping[str, Any]) -> Iterator[Any]:
    yield from decode(data["v"])
    if not data["whole"]:
        raise Unreadable(f"an iterator beyond its first {ITEMS} items")


_READERS: Mapping[str, Any] = {
    "int": lambda text: int(text, 16),
    "float": float,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict_keys": lambda items: dict.fromkeys(items).keys(),
    "dict_values": lambda items: dict(enumerate(items)).values(),
    "dict_items": lambda items: dict(items).items(),
}


def plain(data: Any) -> Any:
    """Return the plainer value in place of one that stands for it."""
    if not isinstance(data, dict):
        return data
    if data["t"] == "numpy.generic" and type(data["v"][1]) is not dict:
        return data["v"][1] if data["v"][0][:1] in set("biuf<") else data
    if data["t"] == "pandas.RangeIndex":
        start, stop, step, name = data["v"]
        numbers = range(start, stop, step)
        if len(numbers) <= _LONGEST_RANGE:
            return {"t": "pandas.Index", "v": ["int64", [name], None, [*numbers]]}
    return data


def spell(data: Any) -> str:
    """Return the JSON value `data` as a person would write it, shortened."""
    text = _spell(data)
    return text if len(text) <= LONG else f"{text[: LONG - 4]} ..."


def _spell(data: Any) -> str:
    data = plain(data)
    if isinstance(data, list):
        return (
            f"[{', '.join(map(_spell, data[:ITEMS_SHOWN]))}{', ...' * (len(data) > ITEMS_SHOWN)}]"
        )
    if not isinstance(data, dict):
        return repr(data)
    if data["t"] == "opaque":
        return f"an object of type {data['type']}"
    kind, value = data["t"], data["v"]
    if kind in ("int", "float"):
        return str(_READERS[kind](value))
    if kind == "tuple":
        return f"({_spell(value)[1:-1]}{',' * (len(value) == 1)})"
    if kind == "set" and value:
        return f"{{{_spell(value)[1:-1]}}}"
    if kind == "dict":
        return f"{{{', '.join(f'{_spell(k)}: {_spell(v)}' for k, v in value[:ITEMS_SHOWN])}}}"
    return f"{kind.rpartition('.')[2]}({_spell(value)[1:-1] if isinstance(value, list) else value})"
