"""Classes change in place: instances, subclasses, pickles and isinstance go on as before."""

import copy
import pickle

import pytest

from selfcode.errors import NotSwappable

POINT = """
class Point:
    unit = 'm'
    seen = []
    def __init__(self, x):
        self.x = x
        self.__hidden = x * 10
        Point.seen.append(x)
    def far(self):
        return self.x > {limit}
    def hidden(self):
        return self.__hidden
    @property
    def twice(self):
        return self.x * {factor}
    @staticmethod
    def name():
        return 'point {limit}'
    @classmethod
    def make(cls, x):
        return cls(x + {factor})
"""
OLD, NEW = POINT.format(limit=5, factor=2), POINT.format(limit=50, factor=3)


def test_everything_made_from_a_class_before_the_swap_follows(live, lineages):
    module = live(OLD)
    cls, instance = module.Point, module.Point(10)
    bound, maker, pickled = instance.far, cls.make, pickle.dumps(instance)
    subclass = type("Sub", (cls,), {})
    lineages.inject("live:Point", NEW)
    assert module.Point is cls
    assert isinstance(instance, module.Point)
    assert type(pickle.loads(pickled)) is cls
    assert (bound(), instance.hidden(), instance.twice, cls.name()) == (False, 100, 30, "point 50")
    assert (maker(1).x, type(maker(1)) is cls, subclass(100).far()) == (4, True, True)
    assert module.Point.seen == [10, 4, 4, 100]
    lineages.revert("live:Point")
    assert (bound(), instance.twice, cls.name(), maker(1).x) == (True, 20, "point 5", 3)


ONE = "def a(self): return 1"
USES_K = "k = 2\n    def a(self): return self.k"
BODIES = {
    "a method is added": (
        "def a(self): return 1",
        "def a(self): return 1\n    def b(self): return 2",
    ),
    "a method is removed": (
        "def a(self): return 1\n    def b(self): return 2",
        "def a(self): return 1",
    ),
    "a constant changes": (
        "k = 1\n    def a(self): return self.k",
        "k = 2\n    def a(self): return self.k",
    ),
    "a constant is added": ("def a(self): return 1", "k = 5\n    def a(self): return self.k"),
    "a constant is removed": ("k = 1", "pass"),
    "super is introduced": (
        "def __repr__(self): return 'x'",
        "def __repr__(self): return super().__repr__()[-1:]",
    ),
    "a private name is introduced": (
        "def a(self): return 1",
        "def a(self):\n        self.__p = 4\n        return self._C__p",
    ),
    "a method becomes a property": (
        "def a(self): return 1",
        "@property\n    def a(self): return 1",
    ),
    "a method becomes static": ("def a(self): return 1", "@staticmethod\n    def a(): return 1"),
    "a setter is added": (
        "@property\n    def a(self): return 1",
        "@property\n    def a(self): return 2\n    @a.setter\n    def a(self, v): self.z = v",
    ),
    "equality is added": ("x = 1", "x = 1\n    def __eq__(self, other): return True"),
    "equality is removed": ("x = 1\n    def __eq__(self, other): return True", "x = 1"),
    "the docstring changes": ("'old'", "'new'"),
    "an alias of a method": (
        "def a(self): return 1\n    b = a",
        "def a(self): return 2\n    b = a",
    ),
    "a nested class": (
        "class In:\n        def a(self): return 1",
        "class In:\n        def a(self): return 2",
    ),
    "an annotation": ("x: int = 1", "x: str = 1"),
    "a default from the class body": (
        "k = 3\n    def a(self, n=k): return n",
        "k = 3\n    def a(self, n=k): return n + k_of()",
    ),
    "slots stay": (
        "__slots__ = ('z',)\n    def a(self): return 1",
        "__slots__ = ('z',)\n    def a(self): return 2",
    ),
}
HEAD = "def k_of(): return 40\n"


def facts(cls):
    """Return everything about a class that can be told apart from outside."""
    instance = cls()
    told = {}
    for name in sorted(vars(cls).keys() - {"__module__", "__dict__", "__weakref__"}):
        value = vars(cls)[name]
        held = getattr(instance, name, None)
        if isinstance(value, type):
            told[name] = facts(value)
        elif name in ("a", "b") and callable(held):
            told[name] = held()
        else:
            told[name] = type(value).__name__, None if callable(value) else str(held)[:40]
    told["eq"] = (instance == cls(), cls.__hash__ is None)
    told["repr"] = repr(instance).replace("fresh", "live")[:5]
    return told


@pytest.mark.parametrize("case", BODIES)
def test_a_swapped_class_is_like_a_fresh_one_and_a_reverted_one_as_before(case, live, lineages):
    before, after = (f"{HEAD}class C:\n    {body}\n" for body in BODIES[case])
    fresh = facts(live(after, "fresh").C)
    module = live(before)
    cls, names, original = module.C, dict(vars(module.C)), facts(module.C)
    lineages.inject("live:C", after.removeprefix(HEAD))
    assert module.C is cls
    assert facts(cls) == fresh
    lineages.revert("live:C")
    assert facts(cls) == original
    assert dict(vars(cls)) == names
    lineages.revert("live:C", 2)
    assert facts(cls) == fresh


def test_state_kept_in_class_attributes_survives(live, lineages):
    module = live("class C:\n    made = 0\n    rate = 1\n    def m(self): return self.rate\n")
    module.C.made = 7
    lineages.inject(
        "live:C", "class C:\n    made = 0\n    rate = 2\n    def m(self): return -self.rate\n"
    )
    assert (module.C.made, module.C().m()) == (7, -2)


STATE = {
    "with a method": ("class C:\n    k = {}\n    seen = []\n    def m(self): return 1\n", ()),
    "without one": ("class C:\n    k = {}\n    seen = []\n", ()),
    "of unknown source": (
        "class C:\n    k = {}\n    seen = []\n",
        ("C.seen: kept, for the old source is not known",),
    ),
}


@pytest.mark.parametrize("case", STATE)
def test_what_the_source_changes_comes_in_and_what_it_does_not_is_state(case, live, lineages):
    text, unreached = STATE[case]
    if case == "of unknown source":
        module = live("")
        exec(text.format(1), vars(module))
    else:
        module = live(text.format({"a": 1}))
    module.C.seen.append(7)
    lineages.inject("live:C", text.format({"a": 2} if not unreached else 2))
    assert (module.C.k, module.C.seen) == ({"a": 2} if not unreached else 2, [7])
    assert lineages.unreached("live:C") == unreached
    lineages.revert("live:C")
    assert (module.C.k, module.C.seen) == ({"a": 1} if not unreached else 1, [7])


def test_a_method_put_in_by_hand_survives_a_change_of_another(live, lineages):
    text = "class C:\n    def a(self): return {}\n    def b(self): return 'b'\n"
    module = live(text.format(1))
    module.C.b = lambda self: "by hand"
    module.C.c = lambda self: "extra"
    lineages.inject("live:C", text.format(2))
    made = module.C()
    assert (made.a(), made.b(), made.c()) == (2, "by hand", "extra")


DATACLASSES = {
    "a method": ("x: int", "x: int\n    def d(self): return self.x * 2"),
    "a default": ("x: int = 1", "x: int = 2"),
    "a field": ("x: int = 1", "x: int = 1\n    y: int = 5"),
    "a field fewer": ("x: int = 1\n    y: int = 5", "x: int = 1"),
}


@pytest.mark.parametrize("case", DATACLASSES)
def test_dataclasses_change_with_what_is_generated_for_them(case, live, lineages):
    head = "from dataclasses import dataclass\n"
    before, after = (f"@dataclass\nclass D:\n    {body}\n" for body in DATACLASSES[case])
    module = live(head + before)
    fresh = live(head + after, "fresh")
    cls, earlier = module.D, module.D(3)
    original = repr(earlier)
    lineages.inject("live:D", after)
    assert repr(module.D(4)) == repr(fresh.D(4))
    assert module.D(4) == module.D(4) != module.D(5)
    assert isinstance(earlier, module.D)
    assert module.D.__match_args__ == fresh.D.__match_args__
    assert type(copy.replace(earlier) if hasattr(copy, "replace") else earlier) is cls
    lineages.revert("live:D")
    assert repr(module.D(3)) == original


def test_a_dataclass_can_gain_and_lose_an_option(live, lineages):
    module = live("from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int\n")
    a, b = module.D(1), module.D(2)
    lineages.inject("live:D", "@dataclass(order=True)\nclass D:\n    x: int\n")
    assert a < b
    lineages.inject("live:D", "@dataclass\nclass D:\n    x: int\n")
    assert not hasattr(type(a), "__lt__") or type(a).__lt__ is object.__lt__


def test_an_enumeration_keeps_its_members_and_changes_its_methods(live, lineages):
    text = "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    def hue(self): return {}\n"
    module = live(text.format(1))
    red = module.Color.RED
    lineages.inject("live:Color", text.format(2))
    assert (red.hue(), module.Color.RED is red, module.Color(1) is red) == (2, True, True)
    with pytest.raises(NotSwappable, match="the members of an enumeration change"):
        lineages.inject("live:Color", text.format(3).replace("RED = 1", "RED = 2"))
    assert red.hue() == 2


def test_an_abstract_class_changes_what_is_abstract(live, lineages):
    text = "import abc\nclass A(abc.ABC):\n    {}def m(self): return 1\n"
    module = live(text.format("@abc.abstractmethod\n    "))
    with pytest.raises(TypeError):
        module.A()
    lineages.inject("live:A", text.format(""))
    assert module.A().m() == 1
    lineages.revert("live:A")
    with pytest.raises(TypeError):
        module.A()


def test_registries_of_subclasses_see_no_second_class(live, lineages):
    module = live(
        "class Base:\n    known = {}\n    def __init_subclass__(cls):\n"
        "        Base.known[cls.__name__] = cls\n"
        "class Plugin(Base):\n    k = 1\n    def run(self): return 1\n"
    )
    for text in (
        "class Plugin(Base):\n    k = 1\n    def run(self): return 2\n",
        "class Plugin(Base):\n    k = 5\n    def run(self): return self.k\n",
    ):
        lineages.inject("live:Plugin", text)
        assert module.Base.known == {"Plugin": module.Plugin}
        assert module.Base.__subclasses__() == [module.Plugin]
    assert module.Base.known["Plugin"]().run() == 5


def test_an_instance_made_by_the_source_is_one_of_the_live_class(live, lineages):
    module = live("class C:\n    k = 1\nmade = C()\n")
    lineages.inject("live:C", "class C:\n    k = 2\nmade = C()\n")
    assert isinstance(module.made, module.C)
    assert module.made.k == 2


def test_a_class_and_its_subclass_change_in_one_source(live, lineages):
    text = "class A:\n    k = {0}\nclass B(A):\n    def m(self): return self.k + {0}\n"
    module = live(text.format(1))
    instance = module.B()
    lineages.inject("live:B", text.format(2))
    assert (instance.m(), isinstance(instance, module.A)) == (4, True)
    lineages.revert("live:B")
    assert instance.m() == 2


LIBRARY = """
import enum, functools
from dataclasses import dataclass
from typing import *
T = TypeVar('T')
"""
KINDS = {
    "a dataclass with slots": (
        "@dataclass(slots=True)\nclass C:\n    x: int = 1\n    def m(self): return {}\n",
        lambda cls: (cls().m(), cls(4), cls() == cls()),
    ),
    "a frozen dataclass": (
        "@dataclass(frozen=True)\nclass C:\n    x: int = {}\n",
        lambda cls: (cls(), hash(cls(4)) == hash(cls(4))),
    ),
    "a named tuple": (
        "class C(NamedTuple):\n    x: int = {0}\n    def m(self): return {0}\n",
        lambda cls: (cls(), cls().m(), cls(5) == (5,)),
    ),
    "a generic class": (
        "class C(Generic[T]):\n    k = {0}\n    def m(self): return {0}\n",
        lambda cls: (cls().k, cls[int]().m()),
    ),
    "an exception": (
        "class C(ValueError):\n    code = {0}\n    def __str__(self): return '{0}'\n",
        lambda cls: (str(cls()), cls.code),
    ),
    "a flag": (
        "class C(enum.Flag):\n    A = 1\n    B = 2\n    def m(self): return {}\n",
        lambda cls: (cls.A | cls.B).m(),
    ),
    "a total order": (
        """@functools.total_ordering
class C:
    def __init__(self, x=1): self.x = x
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x * {} < o.x
""",
        lambda cls: (cls(3) < cls(5), cls(3) >= cls(5)),
    ),
    "a cached method": (
        "class C:\n    @functools.lru_cache(None)\n    def m(self): return {}\n",
        lambda cls: cls().m(),
    ),
    "a cached property": (
        "class C:\n    @functools.cached_property\n    def m(self): return {}\n",
        lambda cls: cls().m,
    ),
    "single dispatch": (
        """class C:
    @functools.singledispatchmethod
    def m(self, x): return 'any {0}'
    @m.register
    def _(self, x: int): return 'int {0}'
""",
        lambda cls: (cls().m("a"), cls().m(1)),
    ),
    "operators": (
        """class C:
    def __add__(self, o): return {0}
    __radd__ = __add__
    def __len__(self): return {0}
""",
        lambda cls: (cls() + 1, 1 + cls(), len(cls())),
    ),
    "attribute access": (
        "class C:\n    def __getattr__(self, name): return name * {}\n",
        lambda cls: cls().zz,
    ),
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds_of_classes_follow_there_and_back(case, live, lineages):
    text, use = KINDS[case]
    fresh = live(LIBRARY + text.format(2), "fresh")
    module = live(LIBRARY + text.format(1))
    cls, before = module.C, repr(use(module.C))
    lineages.inject("live:C", text.format(2))
    assert repr(use(cls)) == repr(use(fresh.C))
    lineages.revert("live:C")
    assert (module.C is cls, repr(use(cls))) == (True, before)


def test_a_base_that_wraps_methods_wraps_the_new_ones_once(live, lineages):
    base = (
        "class Base:\n    def __init_subclass__(cls):\n        inner = cls.m\n"
        "        def wrapper(self): return ['wrapped', inner(self)]\n        cls.m = wrapper\n"
    )
    module = live(base + "class C(Base):\n    k = 1\n    def m(self): return 1\n")
    made = module.C()
    lineages.inject("live:C", "class C(Base):\n    k = 1\n    def m(self): return 2\n")
    assert made.m() == ["wrapped", 2]
    lineages.inject("live:C.m", "def m(self): return 3\n")
    assert made.m() == ["wrapped", 3]
    lineages.inject("live:C", "class C(Base):\n    k = 4\n    def m(self): return 4\n")
    assert (made.m(), made.k) == (["wrapped", 4], 4)
    lineages.revert("live:C", 1)
    assert (made.m(), made.k) == (["wrapped", 1], 1)


def test_what_goes_on_with_older_code_is_told(live, lineages):
    module = live(
        "import functools\nclass C:\n    @functools.cached_property\n    def p(self): return 1\n"
        "    def m(self): return 1\n"
    )
    made = module.C()
    bound, value = made.m, made.p
    lineages.inject(
        "live:C",
        "class C:\n    @functools.cached_property\n    def p(self): return 2\n"
        "    @staticmethod\n    def m(): return 2\n",
    )
    assert (bound(), made.m(), value, made.p, module.C().p) == (1, 2, 1, 1, 2)
    assert lineages.unreached("live:C") == (
        "C.p: instances keep the values they have computed",
        "C.m: whoever took a function keeps the old code",
    )


REFUSED = {
    "bases": ("class C: pass\n", "class C(dict): pass\n", r"its bases change from \(object\)"),
    "metaclass": (
        "class C: pass\n",
        "import abc\nclass C(metaclass=abc.ABCMeta): pass\n",
        "its metaclass changes from type to ABCMeta",
    ),
    "slots": (
        "class C: __slots__ = ('a',)\n",
        "class C: __slots__ = ('a', 'b')\n",
        "its slots or the layout of its instances change",
    ),
    "slots come in": ("class C: pass\n", "class C: __slots__ = ()\n", "its slots"),
    "a __new__": (
        "class C: pass\n",
        "class C:\n    def __new__(cls): return object.__new__(cls)\n",
        "gains or loses a `__new__`",
    ),
    "fields of a named tuple": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int\n",
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int\n    b: int\n",
        "the layout of its instances",
    ),
    "a typed dict": (
        "from typing import TypedDict\nclass C(TypedDict):\n    x: int\n",
        "from typing import TypedDict\nclass C(TypedDict):\n    x: str\n",
        "its metaclass _TypedDictMeta keeps state",
    ),
    "a metaclass with a mind of its own": (
        "class M(type): pass\nclass C(metaclass=M):\n    k = 1\n",
        "class C(metaclass=M):\n    k = 2\n",
        "its metaclass M keeps state",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_change_in_place_is_refused_and_nothing_changes(case, live, lineages):
    before, after, reason = REFUSED[case]
    module = live(before)
    names, members = dict(vars(module)), dict(vars(module.C))
    with pytest.raises(NotSwappable, match=reason):
        lineages.inject("live:C", after)
    assert (vars(module), dict(vars(module.C))) == (names, members)


def test_methods_of_a_class_with_its_own_metaclass_can_change(live, lineages):
    text = "class C(metaclass=M):\n    k = 1\n    def m(self): return {}\n"
    module = live("class M(type): pass\n" + text.format(1))
    instance = module.C()
    lineages.inject("live:C", text.format(2))
    assert instance.m() == 2


METHODS = {
    "plain": ("def m(self): return 1", "def m(self): return 2", 2),
    "private name": ("def m(self): return 1", "def m(self): return self.__h()", 7),
    "super": ("def m(self): return 1", "def m(self): return super().m() + 1", 101),
    "static": ("@staticmethod\ndef m(): return 1", "@staticmethod\ndef m(): return 2", 2),
    "class": ("@classmethod\ndef m(cls): return 1", "@classmethod\ndef m(cls): return cls.k", 9),
    "name of the class body": ("def m(self): return 1", "def m(self, n=k): return n", 9),
    "with an import": (
        "def m(self): return 1",
        "import math\ndef m(self): return math.ceil(1.5)",
        2,
    ),
    "indented as it stands": ("def m(self): return 1", "    def m(self):\n        return 2\n", 2),
}


@pytest.mark.parametrize("case", METHODS)
def test_one_method_is_injected_by_its_dotted_name(case, live, lineages):
    before, after, result = METHODS[case]
    body = before.replace("\n", "\n    ")
    module = live(
        "class Base:\n    def m(self): return 100\n"
        f"class C(Base):\n    k = 9\n    {body}\n    def __h(self): return 7\n"
    )
    call = module.C().m
    lineages.inject("live:C.m", after)
    assert call() == result
    lineages.revert("live:C.m")
    assert call() == 1


def test_a_property_with_its_setter_is_injected_as_one(live, lineages):
    module = live(
        "class C:\n    @property\n    def p(self): return self.v\n"
        "    @p.setter\n    def p(self, v): self.v = v\n"
    )
    text = lineages.source_of("live:C.p")
    assert text == (
        "@property\ndef p(self): return self.v\n@p.setter\ndef p(self, v): self.v = v\n"
    )
    instance = module.C()
    lineages.inject("live:C.p", text.replace("= v", "= v * 2"), expected=text)
    instance.p = 4
    assert instance.p == 8


def test_a_method_and_its_class_know_of_each_others_versions(live, lineages):
    module = live("class C:\n    def a(self): return 1\n    def b(self): return 1\n")
    lineages.inject(module.C.a, "def a(self):\n    return 2\n")
    assert lineages.source_of("live:C") == (
        "class C:\n    def a(self):\n        return 2\n    def b(self): return 1\n"
    )
    text = "class C:\n    def a(self): return 3\n    def b(self): return 3\n"
    lineages.inject("live:C", text, expected=lineages.source_of("live:C"), origin="patch")
    assert [(v.number, v.origin) for v in lineages.versions("live:C.a")] == [
        (1, "user"),
        (2, "caller"),
        (3, "patch"),
    ]
    lineages.revert("live:C.a")
    made = module.C()
    assert (made.a(), made.b()) == (2, 3)
    assert "return 2" in lineages.source_of("live:C")
