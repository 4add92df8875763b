import collections
import datetime
import decimal
import json
import math
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfcode.validation.sameness import same
from selfcode.validation.values import (
    NODES,
    Opaque,
    Unreadable,
    decode,
    encode,
    opaque,
    spell,
)

PLAIN = [
    None, True, 3, 2**80, -(2**60), 1.5, math.nan, -math.inf, 1j, "a\ud800", b"x", bytearray(b"y"),
    [1, [2.0]], (), (1,), {1, 2}, frozenset(), {(1, 2): [3], "k": {}}, range(3), slice(1, None),
    {1: 2}.keys(), {1: 2}.items(), ..., NotImplemented,
    decimal.Decimal("1.10"), datetime.datetime(2020, 1, 2, 3), datetime.timedelta(1, 2, 3),
    pathlib.PurePosixPath("/a"), collections.Counter("aab"), collections.deque([1], 2),
    collections.OrderedDict(a=1), collections.defaultdict(int, {1: 2}),
]  # fmt: skip

ARRAYS = [
    np.arange(6).reshape(2, 3), np.float64(2.5), np.int8(3), np.bool_(True), np.array(1.0),
    np.array(["2020-01-01"], dtype="M8[ns]"), np.array([1, None], dtype=object),
    np.array(["a", "bc"]), np.array([]),
    pd.Series([1, 2], index=["a", "b"], name="n"), pd.Series([], dtype=float),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}),
    pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2)), pd.DataFrame(),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")])),
    pd.date_range("2020", periods=3, tz="UTC"), pd.RangeIndex(3), pd.Timestamp("2020", tz="UTC"),
    pd.Timedelta("1D"), pd.NaT, pd.NA,
]  # fmt: skip


@pytest.mark.parametrize("value", [*PLAIN, *ARRAYS], ids=lambda v: type(v).__name__)
def test_a_value_comes_back_as_what_it_was(value):
    data = json.loads(json.dumps(encode(value)))
    back = decode(data)
    assert opaque(data) is None
    assert type(back) is type(value)
    assert same(data, encode(back)) is True
    assert same(data, encode("something else")) is False


def test_a_frame_comes_back_with_its_frequency_and_dtypes():
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2))
    pd.testing.assert_frame_equal(decode(encode(frame)), frame)


def test_an_iterator_is_read_and_comes_back_as_one():
    assert list(decode(encode(n * n for n in range(4)))) == [0, 1, 4, 9]


def test_an_endless_iterator_is_readable_as_far_as_it_was_read():
    def naturals():
        n = 0
        while True:
            yield n
            n += 1

    numbers = decode(encode(naturals()))
    assert [next(numbers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Unreadable):
        list(numbers)


class EqualToAll:
    def __eq__(self, other):
        return True

    __hash__ = None


class Lying(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(int)


class Liar(int, metaclass=Lying):
    __module__ = "builtins"
    __qualname__ = "int"


class Sub(int):
    pass


def category(values, categories):
    return pd.Series([*values], dtype=pd.CategoricalDtype([*categories]))


class Claims:
    """An instance says of itself that it is of numpy's own type."""

    __class__ = np.float64
    dtype = np.dtype("f8")


@pytest.mark.parametrize(
    ("expected", "got", "answer"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (1, True, False),
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 1e-6, False),
        (0.0, -0.0, True),
        (math.nan, math.nan, True),
        (math.inf, -math.inf, False),
        ([1], (1,), False),
        ([1, 2], [1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({1, 2}, {2, 1}, True),
        ({1: 1}, {1: 1.0}, False),
        (2.0, np.float64(2.0), True),
        (2, np.float64(2.0), False),
        (np.array([1.0, math.nan]), np.array([1.0, math.nan]), True),
        (np.array([1]), np.array([1.0]), False),
        (np.array([1]), [1], False),
        (pd.Series([1]), pd.Series([1], name="n"), False),
        (3, EqualToAll(), False),
        ([3], [EqualToAll()], False),
        (3, Liar(3), False),
        (3, Sub(3), False),
        (3.0, Claims(), False),
        (EqualToAll(), 3, None),
        ([1, EqualToAll()], [2, EqualToAll()], False),
        ([1] * 2, [1] * (NODES + 1), None),
        (0.0, 5.5e-17, True),
        (0.0, 1e-6, False),
        (1e-15, 0.0, False),
        (0.0, math.nan, False),
        (True, np.True_, True),
        (1, np.True_, False),
        ("a", np.str_("a"), True),
        ("a", np.str_("b"), False),
        (b"a", bytearray(b"a"), False),
        ({0.1 + 0.2, 5.0}, {0.3, 5.0}, True),
        ({10.0, 5.0}, {9.999999999999998, 5.0}, True),
        ({10.0, 5.0}, {9.9, 5.0}, False),
        ({(1, math.nan)}, {(1, math.nan)}, True),
        ({10.0: "a", 5.0: "b"}, {9.999999999999998: "a", 5.0: "b"}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, collections.OrderedDict(a=1), False),
        (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), False),
        (collections.Counter("ab"), collections.Counter("ba"), True),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00"), True),
        (decimal.Decimal("NaN"), decimal.Decimal("NaN"), True),
        (decimal.Decimal("1"), 1, False),
        ([1, [2, {"a": (3, {4})}]], [1, [2, {"a": (3, {4})}]], True),
        ([1, [2, {"a": (3, {4})}]], [1, [2, {"a": [3, {4}]}]], False),
        (3, np.array([3, 99]).view(np.recarray), False),
        ([3], np.array([3]), False),
        (np.float32(0.1), np.float32(0.1) + np.float32(1e-8), True),
        (np.ones(2, "f4"), np.ones(2, "f4") + np.float32(1e-6), True),
        (np.ones(2, "f4"), np.ones(2, "f4") + np.float32(1e-3), False),
        (np.ones(2), np.ones(2) + 1e-6, False),
        (np.ones((2, 3)), np.ones((3, 2)), False),
        (np.arange(2, dtype="i4"), np.arange(2, dtype="i8"), False),
        (np.array(["a"]), np.array(["a"], dtype=object), False),
        (pd.Series([1, 2]), pd.Series([2, 1], index=[1, 0]), False),
        (pd.Series([1, 2]), pd.Series([1, 2], index=[0, 1]), True),
        (pd.Series([1, 2]), pd.Series([1, 2], index=[0, 2]), False),
        (pd.Series([1, 2]), pd.Series([1.0, 2.0]), False),
        (pd.Series([1.0, math.nan]), pd.Series([1.0, math.nan]), True),
        (pd.Series([0.3], dtype="f4"), pd.Series([0.1 + 0.2], dtype="f4"), True),
        (pd.Series(["a"], dtype="category"), pd.Series(["a"]), False),
        (category("a", "ab"), category("a", "abc"), False),
        (category("a", "ab"), category("a", "ab"), True),
        (pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [2], "a": [1]}), False),
        (pd.DataFrame({"a": [0.3]}), pd.DataFrame({"a": [0.1 + 0.2]}), True),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1], "b": [1]}), False),
        (pd.DataFrame(), pd.DataFrame({"a": []}), False),
        (pd.date_range("2020", periods=2), pd.to_datetime(["2020-01-01", "2020-01-02"]), True),
        (pd.Interval(0, 1), pd.Interval(0, 1, closed="left"), False),
        (pd.cut([1, 5], [0, 3, 6]).categories, pd.IntervalIndex.from_breaks([0, 3, 6]), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_sameness(expected, got, answer):
    assert same(encode(expected), encode(got)) is answer


def test_a_cycle_is_opaque_and_not_endless():
    cycle = []
    cycle.append(cycle)
    assert encode(cycle) == {"t": "opaque", "type": "list", "own": False, "large": True}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, VALUES)
def test_a_value_is_the_same_as_itself_and_of_no_other_type(one, other):
    data = json.loads(json.dumps(encode(one)))
    assert same(data, encode(decode(data))) is True
    if type(one) is not type(other):
        assert same(data, encode(other)) is False


def test_a_deep_value_ends_neither_side():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert encode(deep) == {"t": "opaque", "type": "list", "own": False, "large": True}


ASKED = [
    bool, len, str, iter, hash, abs, lambda o: o - 3, lambda o: 3 + o, lambda o: o < 3,
    lambda o: isinstance(o, int), lambda o: o.name, lambda o: o[0], lambda o: o(), lambda o: f"{o}",
]  # fmt: skip


@pytest.mark.parametrize("ask", ASKED)
def test_what_is_asked_of_an_opaque_value_is_refused_rather_than_guessed(ask):
    with pytest.raises(Unreadable):
        ask(decode(encode(EqualToAll())))


def test_an_opaque_value_equals_no_plain_one_whatever_it_says_of_itself():
    value = decode(encode(EqualToAll()))
    assert type(value) is Opaque
    assert (value == 3, value != 3, value is None) == (False, True, False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, "a", None], "[1, 'a', None]"),
        ((1,), "(1,)"),
        ({1: {2}}, "{1: {2}}"),
        (set(), "set()"),
        (math.nan, "nan"),
        (2**70, str(2**70)),
        (EqualToAll(), f"an object of type {EqualToAll.__module__}.EqualToAll"),
        (list(range(30)), "[" + ", ".join(map(str, range(20))) + ", ...]"),
    ],
)
def test_a_value_is_spelt_as_a_person_would(value, text):
    assert spell(encode(value)) == text
