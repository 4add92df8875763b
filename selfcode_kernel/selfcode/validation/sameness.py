"""Whether two values as JSON are the same in type and value; the trusted side's own comparison."""

from __future__ import annotations

import decimal
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from selfcode.validation.values import plain

TOLERANCE = 1e-9
NEAR_NOTHING = 1e-12
"""How far from 0.0 what should be 0.0 may be: no relative tolerance can say."""

_COARSE = {"float32": 1e-5, "complex64": 1e-5, "float16": 1e-2, "Float32": 1e-5}
_UNORDERED = frozenset({"set", "frozenset", "dict"})
_MOST_MATCHED = 200


def same(expected: Any, got: Any, *, tolerance: float = TOLERANCE) -> bool | None:
    """Whether two values as JSON are the same in type and value; None if that cannot be said.

    1, 1.0 and True differ, and so do a list and a tuple; a NaN equals a NaN, floats may differ by
    the relative `tolerance` (more for those of fewer bits), the order of a set or dict does not
    count, that of an `OrderedDict`, of rows and of columns does. A numpy scalar equals the Python
    value that it stands for, a range index the index of its numbers. An opaque `got` is not the
    same as a readable value.
    """
    tolerance = max(tolerance, *map(_coarseness, (expected, got)))
    expected, got = plain(expected), plain(got)
    if isinstance(expected, dict) and expected["t"] == "opaque":
        return None
    if isinstance(got, dict) and got["t"] == "opaque":
        return None if got.get("large") else False
    if type(expected) is not type(got):
        return False
    if isinstance(expected, float):
        return _close(expected, got, tolerance)
    if isinstance(expected, list):
        return _all_same(expected, got, tolerance)
    if isinstance(expected, dict):
        return expected["t"] == got["t"] and _same_parts(expected, got, tolerance)
    return bool(expected == got)


def _close(expected: float, got: float, tolerance: float) -> bool:
    nothing = NEAR_NOTHING if expected == 0 else 0.0
    return math.isclose(expected, got, rel_tol=tolerance, abs_tol=nothing)


def _same_parts(
    expected: Mapping[str, Any], got: Mapping[str, Any], tolerance: float
) -> bool | None:
    """Compare what two tagged values of one kind are made of."""
    kind, parts, others = expected["t"], expected["v"], got["v"]
    if kind in _UNORDERED:
        return _matched(parts, others, tolerance)
    if kind == "decimal.Decimal":
        return _decimals(parts) == _decimals(others)
    if kind == "pandas.DataFrame":
        return _same_frames(parts, others, tolerance)
    if kind.startswith(("numpy.", "pandas.")):
        if kind.endswith("Index"):  # the frequency is no value
            parts, others = _without(parts, 2), _without(others, 2)
        tolerance = _tolerance(parts, tolerance)
    return same(parts, others, tolerance=tolerance)


def _same_frames(parts: Sequence[Any], others: Sequence[Any], tolerance: float) -> bool | None:
    *axes, columns = parts
    *other_axes, other_columns = others
    if len(columns) != len(other_columns):
        return False
    answers = [same(axes, other_axes, tolerance=tolerance)]
    for column, other in zip(columns, other_columns, strict=True):
        answers.append(same(column, other, tolerance=_tolerance(column, tolerance)))
    return _worst(answers)


def _tolerance(parts: Sequence[Any], tolerance: float) -> float:
    """Return the tolerance for items of the type that `parts` begin with."""
    of = parts[0] if parts and isinstance(parts[0], str) else ""
    return max(tolerance, _COARSE.get(of, 0.0))


def _coarseness(data: Any) -> float:
    """Return the tolerance that a numpy scalar's own type asks for."""
    scalar = isinstance(data, dict) and data["t"] == "numpy.generic"
    return _tolerance(data["v"], 0.0) if scalar else 0.0


def _without(parts: Sequence[Any], index: int) -> list[Any]:
    return [*parts[:index], *parts[index + 1 :]]


def _decimals(parts: Sequence[Any]) -> decimal.Decimal | str:
    number = decimal.Decimal(parts[0])
    return "NaN" if number.is_nan() else number


def _all_same(expected: Sequence[Any], got: Sequence[Any], tolerance: float) -> bool | None:
    if len(expected) != len(got):
        return False
    pairs = zip(expected, got, strict=True)
    return _worst([same(e, g, tolerance=tolerance) for e, g in pairs])


def _worst(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _matched(expected: Sequence[Any], got: Sequence[Any], tolerance: float) -> bool | None:
    """Compare in any order: in that of the items' texts first, then each with each."""
    if len(expected) != len(got):
        return False
    answer = _all_same(sorted(expected, key=_text), sorted(got, key=_text), tolerance)
    if answer or len(expected) > _MOST_MATCHED:
        return answer
    left, unsure = [*got], False
    for item in expected:
        answers = [same(item, other, tolerance=tolerance) for other in left]
        if True in answers:
            left.pop(answers.index(True))
        elif None in answers:
            unsure = True
        else:
            return False
    return None if unsure else True


def _text(item: Any) -> str:
    return json.dumps(item, sort_keys=True)
