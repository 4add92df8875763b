"""An injection happens as a whole or not at all."""

import gc
import signal
import sys
import textwrap

import pytest

from selfcode.errors import (
    BrokenSource,
    NotSwappable,
    ProtectedTarget,
    StaleTarget,
    SwapError,
    TargetNotFound,
    UsageError,
)
from selfcode.integration.journal import MISSING, Both, Item, Journal, undisturbed

SETUP = """
import functools
handlers = {}
def on(function):
    handlers[function.__name__] = function
    return function
@on
def f(x):
    return ('old', x)
class C:
    k = 1
    def m(self):
        return 'old'
limits = {'low': 1}
other: int = 3
"""
BROKEN = {
    "syntax": ("def f(x:\n", "SyntaxError: '(' was never closed"),
    "top-level await": ("await x\ndef f(x): pass\n", "SyntaxError: 'await' outside function"),
    "null byte": ("def f(x): pass\0", "source code string cannot contain null bytes"),
    "not the target": ("def g(x): pass\n", "it does not define f"),
    "nothing": ("", "it does not define f"),
    "a default that raises": ("def f(x=1/0): pass\n", "ZeroDivisionError: division by zero"),
    "a statement after it": (
        "import math\nother = 9\ndef g(): pass\ndef f(x): pass\ndel limits\nraise KeyError('no')\n",
        "KeyError: 'no'",
    ),
    "an annotated name": ("another: str = 'a'\ndef f(x): pass\nint('x')\n", "ValueError: invalid"),
    "an exit": ("def f(x): pass\nraise SystemExit(3)\n", "SystemExit: 3"),
    "an error without text": (
        "class E(Exception):\n    def __str__(self): return 1 / 0\ndef f(x): pass\nraise E\n",
        "E",
    ),
    "a registry filled first": ("@on\ndef f(x): return 'new'\nassert False\n", "AssertionError"),
    "a deep expression": ("def f(x): return " + "-" * 200_000 + "x\n", ""),
}


def state(module):
    members = {name: dict(vars(value)) for name, value in vars(module).items() if name == "C"}
    return dict(vars(module)), members, module.f.__code__, dict(module.__annotations__)


@pytest.mark.parametrize("case", BROKEN)
def test_source_that_does_not_run_leaves_everything_as_it_was(case, live, lineages):
    source, reason = BROKEN[case]
    module = live(SETUP)
    before = state(module)
    with pytest.raises(BrokenSource) as broken:
        lineages.inject("live:f", source)
    assert reason in broken.value.reason
    assert (broken.value.__cause__ is None) == ("it does not define" in reason)
    assert state(module) == before
    assert module.handlers["f"](1) == ("old", 1)
    assert lineages.versions("live:f") == ()
    assert not [name for name in sys.modules["linecache"].cache if name.startswith("<selfcode")]


def test_a_refusal_of_one_definition_takes_back_the_others(live, lineages):
    module = live(SETUP)
    before = state(module)
    source = "@on\ndef f(x): return 'new'\nclass C(dict):\n    k = 2\nother = 9\n"
    with pytest.raises(NotSwappable):
        lineages.inject("live:f", source)
    assert state(module) == before
    assert module.handlers["f"](1) == ("old", 1)


def test_an_interrupt_while_source_runs_leaves_everything_as_it_was(live, lineages):
    module = live("import signal\n" + SETUP)
    before = state(module)
    with pytest.raises(KeyboardInterrupt):
        lineages.inject("live:f", "def f(x): pass\nsignal.raise_signal(signal.SIGINT)\n")
    assert state(module) == before


def test_an_interrupt_during_the_commit_comes_after_it():
    names, during = {}, []

    def interrupt():
        signal.raise_signal(signal.SIGINT)
        during.append(gc.isenabled())

    def commit():
        with undisturbed():
            journal.forward()

    journal = Journal()
    journal.plan(Both(interrupt))
    journal.plan(Item(names, "a", MISSING, 1))
    with pytest.raises(KeyboardInterrupt):
        commit()
    assert (names, during, gc.isenabled()) == ({"a": 1}, [False], True)


class Refusing(dict):
    """A dict that takes no new key `b`."""

    def __setitem__(self, key, value):
        if (key, value) == ("b", 20):
            raise RuntimeError("no")
        super().__setitem__(key, value)


def test_a_journal_that_fails_half_way_undoes_itself():
    names, journal = Refusing(a=1, b=2), Journal()
    journal.plan(Item(names, "a", 1, 10))
    journal.plan(Item(names, "b", 2, 20))
    with pytest.raises(RuntimeError):
        journal.forward()
    assert names == {"a": 1, "b": 2}


def test_a_stale_patch_is_refused(live, lineages):
    text = "def f(x):\n    return x\n"
    module = live(text)
    lineages.inject("live:f", "def f(x):\n    return x + 1\n", expected=text)
    with pytest.raises(StaleTarget) as stale:
        lineages.inject("live:f", "def f(x):\n    return x + 2\n", expected=text)
    assert (stale.value.expected, stale.value.found) == ("version 1", "version 2")
    assert module.f(1) == 2
    live("def f(x):\n    return x * 100\n", into=module)
    with pytest.raises(StaleTarget):
        lineages.inject("live:f", "def f(x): return 0\n", expected="def f(x):\n    return x + 1\n")
    assert module.f(1) == 100


SAME = {
    "the very text": "def f(x):\n    return x\n",
    "no last line end": "def f(x):\n    return x",
    "indented": "    def f(x):\n        return x\n",
    "a comment more": "def f(x):\n    return x  # as it came\n",
}


@pytest.mark.parametrize("case", SAME)
def test_expected_is_compared_by_what_it_says(case, live, lineages):
    module = live("def f(x):\n    return x\n")
    lineages.inject("live:f", "def f(x): return -x\n", expected=SAME[case])
    assert module.f(1) == -1


def test_after_an_import_was_injected_too_the_definition_alone_is_expected(live, lineages):
    module = live("def f(x):\n    return x\n")
    lineages.inject("live:f", "import math\n\n\ndef f(x):\n    return math.floor(x)\n")
    definition = "def f(x):\n    return math.floor(x)\n"
    assert lineages.source_of("live:f") == definition
    lineages.inject("live:f", "def f(x):\n    return math.ceil(x)\n", expected=definition)
    assert module.f(1.5) == 2


def test_without_known_source_an_expectation_cannot_be_met(lineages, live):
    module = live("")
    exec("def f(x): return x", vars(module))
    with pytest.raises(StaleTarget, match="a definition whose source is not known"):
        lineages.inject("live:f", "def f(x): return -x\n", expected="def f(x): return x\n")
    with pytest.raises(UsageError, match="the source of live:f is not known"):
        lineages.source_of("live:f")
    lineages.inject("live:f", "def f(x): return -x\n")
    assert module.f(1) == -1
    lineages.revert("live:f")
    assert module.f(1) == 1


TARGETS = {
    "a cell": ("cell:abc", UsageError),
    "no name": ("live:", UsageError),
    "not a name": ("live:a b", UsageError),
    "no such module": ("no_such_module:f", TargetNotFound),
    "no such class": ("live:Nothing.m", TargetNotFound),
    "a method of a function": ("live:f.m", TargetNotFound),
    "selfcode itself": ("selfcode.records:short_hash", ProtectedTarget),
    "the top of selfcode": ("selfcode:inject", ProtectedTarget),
    "builtins": ("builtins:len", ProtectedTarget),
    "sys": ("sys:exit", ProtectedTarget),
    "importlib": ("importlib.util:find_spec", ProtectedTarget),
    "IPython": ("IPython.core.magic:Magics", ProtectedTarget),
    "a number": (3, UsageError),
}


@pytest.mark.parametrize("case", TARGETS)
def test_a_wrong_target_is_told_apart(case, live, lineages):
    live(SETUP)
    target, error = TARGETS[case]
    with pytest.raises(error) as wrong:
        lineages.inject(target, "def f(): pass\n")
    assert isinstance(wrong.value, SwapError) is (error is not UsageError)
    assert str(wrong.value).endswith(".")


def test_a_live_object_whose_name_stands_for_another_is_refused(live, lineages):
    module = live("def f(x): return x\n")
    earlier = module.f
    live("def f(x): return -x\n", into=module)
    with pytest.raises(TargetNotFound, match="stands for another object"):
        lineages.inject(earlier, "def f(x): return 0\n")
    assert (earlier(1), module.f(1)) == (1, -1)


def test_a_function_without_a_name_of_its_own_is_refused(live, lineages):
    module = live("def make():\n    def inner(): pass\n    return inner\n")
    with pytest.raises(NotSwappable, match="inject what defines it instead"):
        lineages.inject(module.make(), "def inner(): pass\n")


def test_a_given_name_space_stands_for_main(lineages):
    names = {"__name__": "__main__"}
    exec(textwrap.dedent("def f(x): return x"), names)
    held = names["f"]
    lineages.inject("f", "def f(x): return x + 1\n", namespace=names)
    assert held(1) == 2
    lineages.revert("f")
    assert held(1) == 1


class Touchy:
    """A value that fails when it is asked for anything, as a proxy without its context does."""

    def __getattribute__(self, name):
        raise RuntimeError(f"asked for {name}")

    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None


def test_the_values_around_are_not_asked_for_anything(live, lineages):
    module = live("def deco(touchy): return lambda g: lambda *a: (touchy, g(*a))[1]\n")
    module.touchy = Touchy()
    definition = "@deco(touchy)\ndef f(k=touchy):\n    def inner(): return {}\n    return inner\n"
    live(definition.format(1), into=module)
    live("class C:\n    held = touchy\n    def m(self): return 1\n", into=module)
    inner, bound = module.f(), module.C().m
    lineages.inject("live:f", definition.format(2))
    lineages.inject("live:C", "class C:\n    held = touchy\n    k = 2\n    def m(self): return 2\n")
    assert (inner(), module.f()(), bound()) == (2, 2, 2)
    lineages.revert("live:f")
    lineages.revert("live:C")
    assert (inner(), module.f()(), bound()) == (1, 1, 1)
    with pytest.raises(NotSwappable):
        lineages.inject("live:touchy", "def touchy(): pass\n")
