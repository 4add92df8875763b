"""The library types whose values can be taken apart into plainer ones and made of them again.

A type is known by where it is found under its public name, so that a class which merely claims a
name is not taken for it.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

_SINGLETONS = ("builtins.Ellipsis", "builtins.NotImplemented", "pandas.NaT", "pandas.NA")


def home(kind: type) -> str:
    """Return where `kind` is found under its public name; empty if what is there is not `kind`."""
    module = str(kind.__module__)
    if module.partition(".")[0] in ("numpy", "pandas"):
        module = module.partition(".")[0]
    found = getattr(sys.modules.get(module), kind.__name__, None)
    return f"{module}.{kind.__name__}" if found is kind else ""


def size(value: Any) -> int:
    """Return how many items an array or table holds, without looking at them; 0 for all else."""
    library = home(type(value)).startswith(("numpy.", "pandas."))
    return int(value.size) if library and hasattr(value, "size") else 0


def apart(value: Any) -> tuple[str, list[Any]] | None:
    """Return the kind of `value` and what it is made of, or None if its type is not known here."""
    name = home(type(value))
    if name.startswith("numpy.") and _at("numpy.generic") in type.__dict__["__mro__"].__get__(
        type(value)
    ):
        name = "numpy.generic"
    if name in KINDS:
        parts = KINDS[name][0](value)
        return None if parts is None else (name, parts)
    return next((("one", [path]) for path in _SINGLETONS if _at(path) is value), None)


def _at(path: str) -> Any:
    module, _, name = path.partition(".")
    return getattr(sys.modules.get(module), name, KINDS)


def make(kind: str, parts: list[Any]) -> Any:
    """Return the value of `kind` that is made of `parts`; raises `ValueError` for another kind."""
    if kind == "one" and parts[0] in _SINGLETONS:
        importlib.import_module(parts[0].partition(".")[0])
        return _at(parts[0])
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of value")
    maker = KINDS[kind][1]
    if isinstance(maker, str):
        module, *names = maker.split(".")
        found: Any = importlib.import_module(module)
        return functools.reduce(getattr, names, found)(*parts)
    return maker(*parts)


def _array_parts(array: Any) -> list[Any] | None:
    """Return dtype, shape and items; dates as the integers they are, None for structured types."""
    if array.dtype.kind == "V":
        return None
    plain = array.astype("int64") if array.dtype.kind in "mM" else array
    return [str(array.dtype), list(array.shape), plain.ravel().tolist()]


def _scalar_parts(value: Any) -> list[Any] | None:
    parts = _array_parts(value)
    return parts and [parts[0], parts[2][0]]


def _array(of: str, shape: list[int], items: list[Any]) -> Any:
    import numpy as np

    dtype = np.dtype(of)
    array = np.empty(len(items), dtype="int64" if dtype.kind in "mM" else dtype)
    array[:] = items
    return array.astype(dtype).reshape(shape)


def _dtype_parts(dtype: Any) -> Any:
    """Return a pandas dtype as its name, or for categories as what they are."""
    if str(dtype) != "category":
        return str(dtype)
    return ["category", dtype.categories.tolist(), bool(dtype.ordered)]


def _dtype(of: Any) -> Any:
    import pandas as pd

    return pd.CategoricalDtype(of[1], of[2]) if isinstance(of, list) else of


def _index_parts(index: Any) -> list[Any]:
    return [
        _dtype_parts(index.dtype),
        list(index.names),
        getattr(index, "freqstr", None),
        index.tolist(),
    ]


def _index(of: Any, names: list[Any], freq: str | None, items: list[Any]) -> Any:
    import pandas as pd

    index = pd.Index(items, dtype=_dtype(of), name=names[0])
    return index if freq is None else type(index)(index, freq=freq)


def _multi_index(_of: Any, names: list[Any], _freq: None, items: list[Any]) -> Any:
    import pandas as pd

    return pd.MultiIndex.from_tuples(items, names=names)


def _series_parts(series: Any) -> list[Any]:
    return [_dtype_parts(series.dtype), series.name, series.index, series.tolist()]


def _series(of: Any, name: Any, index: Any, items: list[Any]) -> Any:
    import pandas as pd

    return pd.Series(items, dtype=_dtype(of), index=index, name=name)


def _frame_parts(frame: Any) -> list[Any]:
    columns = [[_dtype_parts(of), frame.iloc[:, i].tolist()] for i, of in enumerate(frame.dtypes)]
    return [frame.index, frame.columns, columns]


def _frame(index: Any, names: Any, columns: list[tuple[Any, list[Any]]]) -> Any:
    import pandas as pd

    series = {i: _series(of, None, index, items) for i, (of, items) in enumerate(columns)}
    frame = pd.DataFrame(series, index=index)
    frame.columns = names
    return frame


_Maker = str | Callable[..., Any]
KINDS: Mapping[str, tuple[Callable[[Any], list[Any] | None], _Maker]] = {
    "builtins.complex": (lambda v: [v.real, v.imag], "builtins.complex"),
    "builtins.bytes": (lambda v: [v.hex()], "builtins.bytes.fromhex"),
    "builtins.bytearray": (lambda v: [v.hex()], "builtins.bytearray.fromhex"),
    "builtins.range": (lambda v: [v.start, v.stop, v.step], "builtins.range"),
    "builtins.slice": (lambda v: [v.start, v.stop, v.step], "builtins.slice"),
    "decimal.Decimal": (lambda v: [str(v)], "decimal.Decimal"),
    "fractions.Fraction": (lambda v: [v.numerator, v.denominator], "fractions.Fraction"),
    "datetime.datetime": (lambda v: [v.isoformat()], "datetime.datetime.fromisoformat"),
    "datetime.date": (lambda v: [v.isoformat()], "datetime.date.fromisoformat"),
    "datetime.time": (lambda v: [v.isoformat()], "datetime.time.fromisoformat"),
    "datetime.timedelta": (lambda v: [v.days, v.seconds, v.microseconds], "datetime.timedelta"),
    "uuid.UUID": (lambda v: [str(v)], "uuid.UUID"),
    "pathlib.PosixPath": (lambda v: [str(v)], "pathlib.PosixPath"),
    "pathlib.PurePosixPath": (lambda v: [str(v)], "pathlib.PurePosixPath"),
    "collections.deque": (lambda v: [list(v), v.maxlen], "collections.deque"),
    "collections.Counter": (lambda v: [dict(v)], "collections.Counter"),
    "collections.OrderedDict": (lambda v: [list(v.items())], "collections.OrderedDict"),
    "collections.defaultdict": (lambda v: [None, dict(v)], "collections.defaultdict"),
    "numpy.ndarray": (_array_parts, _array),
    "numpy.generic": (_scalar_parts, lambda of, item: _array(of, [1], [item])[0]),
    "pandas.Timestamp": (lambda v: [str(v)], "pandas.Timestamp"),
    "pandas.Timedelta": (lambda v: [v.isoformat()], "pandas.Timedelta"),
    "pandas.Period": (lambda v: [str(v), v.freqstr], "pandas.Period"),
    "pandas.Interval": (lambda v: [v.left, v.right, v.closed], "pandas.Interval"),
    "pandas.IntervalIndex": (_index_parts, _index),
    "pandas.Index": (_index_parts, _index),
    "pandas.RangeIndex": (lambda v: [v.start, v.stop, v.step, v.name], "pandas.RangeIndex"),
    "pandas.DatetimeIndex": (_index_parts, _index),
    "pandas.TimedeltaIndex": (_index_parts, _index),
    "pandas.PeriodIndex": (_index_parts, _index),
    "pandas.CategoricalIndex": (_index_parts, _index),
    "pandas.MultiIndex": (_index_parts, _multi_index),
    "pandas.Series": (_series_parts, _series),
    "pandas.DataFrame": (_frame_parts, _frame),
}
