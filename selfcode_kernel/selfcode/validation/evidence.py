"""Which values a trial shows to a person: those that the rest of the cell made or changed."""

from __future__ import annotations

import ast
import reprlib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.effects import names_read, names_set

_SHOWN, _WIDTH, _LONGEST = 12, 160, 12
_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


@dataclass(frozen=True)
class Before:
    """The live values before a run: who they are, and how the ones that it names looked."""

    identities: Mapping[str, int]
    looks: Mapping[str, str]

    @classmethod
    def of(cls, namespace: Mapping[str, Any], statements: Sequence[ast.stmt]) -> Before:
        """Return what to compare with after `statements` ran."""
        named = sorted(set().union(*map(names_read, statements)))
        live = {n: namespace[n] for n in named if _is_shown(n, namespace)}
        looks = {name: preview(live[name]) for name in list(live)[: 2 * _SHOWN]}
        return cls({name: id(value) for name, value in namespace.items()}, looks)

    def evidence(
        self, namespace: Mapping[str, Any], statements: Sequence[ast.stmt], shown: object
    ) -> dict[str, str]:
        """Return what was made or changed, as short texts: the names that were bound come first."""
        bound = set().union(*map(names_set, statements))
        new = [n for n, value in namespace.items() if self.identities.get(n) != id(value)]
        again = [n for n in bound if n not in new and _is_shown(n, namespace)]
        names = [n for n in (*new, *sorted(again)) if not n.startswith("_")][:_SHOWN]
        previews = {name: preview(namespace[name]) for name in names}
        for name, look in self.looks.items():
            if name not in previews and name in namespace and len(previews) < _SHOWN:
                now = preview(namespace[name])
                previews |= {name: now} if now != look else {}
        return previews if shown is None else {**previews, "(shown)": preview(shown)}


def _is_shown(name: str, namespace: Mapping[str, Any]) -> bool:
    return name in namespace and name[:1] != "_" and not isinstance(namespace[name], _CODE)


def preview(value: object) -> str:
    """Return a short text of `value`; for tables and arrays the text that they show themselves."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = _WIDTH
    short.maxlist = short.maxdict = short.maxtuple = short.maxset = short.maxdeque = _LONGEST
    try:
        text = repr(value) if hasattr(value, "shape") else short.repr(value)
    except Exception:  # noqa: BLE001 - the user's own __repr__
        return f"({type(value).__name__})"
    return text[: _LONGEST * _WIDTH]
