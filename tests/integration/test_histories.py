"""Random histories of injections, reverts and the user's own edits, against fresh execution."""

import random

import pytest

from selfcode.integration.lineage import Lineages

SETUP = """
import functools
from dataclasses import dataclass
def loud(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return ('loud', function(*args, **kwargs))
    return wrapper
def times(n):
    def deco(function):
        return lambda *a: [function(*a)] * n
    return deco
class Base:
    def m(self): return 'base'
    def __init_subclass__(cls, **kw): cls.tag = cls.__name__.lower()
"""
FUNCTIONS = [
    "def f(x): return x + {n}\n",
    "def f(x, k={n}): return x * k\n",
    "def f(x, *, k={n}):\n    'doc {n}'\n    return x - k\n",
    "def f(x: int) -> str: return str(x + {n})\n",
    "def f(x):\n    def inner(y): return x + y + {n}\n    return inner(x)\n",
    "def f(x): yield from range({n} % 5)\n",
    "@loud\ndef f(x): return x + {n}\n",
    "@times({n} % 3)\ndef f(x): return x\n",
    "@loud\n@loud\ndef f(x, k={n}): return x, k\n",
    "f = lambda x: x * {n}\n",
]
WITH_MORE = [
    "OFFSET = {n}\ndef f(x): return x + OFFSET\n",
    "import math\ndef f(x): return math.floor(x + {n})\n",
]
CACHED = [
    "@functools.lru_cache(maxsize=16)\ndef c(x): return x + {n}\n",
    "@functools.lru_cache(maxsize=16)\ndef c(x, k={n}): return x * k\n",
]
CLASSES = [
    "class C(Base):\n    k = {n}\n    def a(self): return self.k\n",
    "class C(Base):\n    def a(self): return {n}\n    def m(self): return super().m() + '{n}'\n",
    "class C(Base):\n    a = property(lambda self: {n})\n    s = staticmethod(lambda: {n})\n",
    """class C(Base):
    @property
    def a(self): return self._a
    @a.setter
    def a(self, v): self._a = v + {n}
""",
    "class C(Base):\n    'doc {n}'\n    def __eq__(self, o): return {n}\n    a = k = '{n}'\n",
    """class C(Base):
    def a(self):
        self.__p = {n}
        return self._C__p
    @classmethod
    def make(cls): return cls, {n}
""",
    "class C(Base):\n    class In:\n        def a(self): return {n}\n",
    "class C(Base): pass\n",
]
DATA = [
    "@dataclass\nclass D:\n    x: int = {n}\n",
    "@dataclass\nclass D:\n    x: int = {n}\n    y: str = 'a'\n    def m(self): return self.x\n",
    "@dataclass(order=True)\nclass D:\n    y: int = {n}\n    x: int = 3\n",
]
CELLS = {"f": FUNCTIONS, "c": CACHED, "C": CLASSES, "D": DATA}
TEXTS = {**CELLS, "f": [*FUNCTIONS, *WITH_MORE]}


def told(call):
    try:
        value = call()
    except Exception as error:
        return type(error).__name__, str(error)
    return list(value) if type(value).__name__ == "generator" else value


def of_function(function):
    name = getattr(function, "__name__", ""), function.__doc__, function.__annotations__
    return [told(lambda: function(2)), told(lambda: function(7, 3)), name]


def of_class(cls):
    made = told(cls)
    facts = [sorted(n for n in vars(cls) if n not in ("__module__", "__firstlineno__"))]
    for name in ("a", "m", "k", "s", "make", "tag", "x", "y"):
        value = told(lambda: getattr(made, name))  # noqa: B023 - called at once
        value = told(value) if callable(value) else value
        facts.append(str(value).replace("fresh.", "live."))
    inner = told(lambda: cls.In().a())
    return [*facts, inner, cls.__doc__, cls.__hash__ is None, told(lambda: made == cls())]


def behaviour(name, value):
    return of_class(value) if isinstance(value, type) else of_function(value)


def oracle(live, name, text):
    return behaviour(name, getattr(live(SETUP + text, "fresh"), name))


@pytest.mark.parametrize("seed", range(40))
def test_every_step_of_a_history_behaves_like_a_fresh_run(seed, live):
    random_ = random.Random(seed)
    lineages = Lineages()
    texts = {name: [random_.choice(forms).format(n=1)] for name, forms in CELLS.items()}
    module = live(SETUP + "\n".join(t[0] for t in texts.values()))
    current = dict.fromkeys(texts, 0)
    held = {name: getattr(module, name) for name in texts}
    for step in range(2, 30):
        name = random_.choice(list(texts))
        action = random_.choices(["inject", "revert", "user", "rerun"], [5, 5, 1, 1])[0]
        text = random_.choice(TEXTS[name] if action == "inject" else CELLS[name]).format(n=step)
        if action in ("user", "rerun") and len(texts[name]) > 1:
            text = text if action == "user" else texts[name][current[name]]
            live(text, into=module)
            held[name] = getattr(module, name)
            lineages.versions(f"live:{name}")
            # The same text again is no version of its own.
            if text != texts[name][current[name]]:
                texts[name].append(text)
                current[name] = len(texts[name]) - 1
        elif action == "revert" and len(texts[name]) > 1:
            current[name] = random_.randrange(len(texts[name]))
            lineages.revert(f"live:{name}", current[name] + 1)
        else:
            lineages.inject(f"live:{name}", text)
            texts[name].append(text)
            current[name] = len(texts[name]) - 1
        for other in texts:
            expected = oracle(live, other, texts[other][current[other]])
            assert behaviour(other, held[other]) == expected, (step, action, name, other)
            assert getattr(module, other) is held[other]
    for name, known in texts.items():
        versions = [v.source for v in lineages.versions(f"live:{name}")]
        assert versions == (known if len(known) > 1 else [])
