"""Decorated definitions: the wrapper that everyone holds stays, and runs the new body."""

import functools

import pytest

from selfcode.errors import NotSwappable

WRAPS = """
import functools
def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2
    return wrapper
"""
BARE = """
def twice(function):
    def wrapper(*args):
        return function(*args) * 2
    return wrapper
"""
STATEFUL = """
def counted(function):
    count = 0
    def wrapper(*args):
        nonlocal count
        count += 1
        return count, function(*args)
    return wrapper
"""
MEMO = """
class memo:
    def __init__(self, function):
        self.function, self.known = function, {}
    def __call__(self, x):
        if x not in self.known:
            self.known[x] = self.function(x)
        return self.known[x]
"""
CASES = {
    "functools.wraps": (WRAPS, "@twice\ndef f(x): return {}\n"),
    "no functools.wraps": (BARE, "@twice\ndef f(x): return {}\n"),
    "two decorators": (WRAPS, "@twice\n@twice\ndef f(x): return {}\n"),
    "state in a closure": (STATEFUL, "@counted\ndef f(x): return {}\n"),
    "an instance that decorates": (MEMO, "@memo\ndef f(x): return {}\n"),
    "lru_cache": ("import functools\n", "@functools.lru_cache(maxsize=8)\ndef f(x): return {}\n"),
    "cache under wraps": (WRAPS, "@twice\n@functools.cache\ndef f(x): return {}\n"),
    "a decorator with arguments": (
        "def times(n):\n    def deco(g):\n        return lambda *a: g(*a) * n\n    return deco\n",
        "@times(3)\ndef f(x): return {}\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_alias_of_a_decorated_function_follows_there_and_back(case, live, lineages):
    setup, definition = CASES[case]
    fresh = live(setup + definition.format("x + 100"), "fresh").f(1)
    module = live(setup + definition.format("x"))
    alias = module.f
    before = alias(1)
    lineages.inject("live:f", definition.format("x + 100"))
    assert alias is module.f
    assert alias(1) == fresh
    lineages.revert("live:f")
    assert alias is module.f
    if case != "state in a closure":
        assert alias(1) == before


def test_what_a_decorator_wraps_follows_too(live, lineages):
    module = live(WRAPS + "@twice\ndef f(x): return x\n")
    inner = module.f.__wrapped__
    for number in (10, 20, 30):
        lineages.inject("live:f", f"@twice\ndef f(x): return x + {number}\n")
        assert (inner(1), module.f(1)) == (1 + number, 2 + 2 * number)
        assert module.f.__wrapped__ is inner
    lineages.revert("live:f", 1)
    assert (inner(1), module.f(1)) == (1, 2)


def test_a_decorator_can_be_put_on_and_taken_off(live, lineages):
    module = live(WRAPS + "def f(x): return x\n")
    alias = module.f
    lineages.inject("live:f", "@twice\ndef f(x): return x + 1\n")
    assert alias(1) == 4
    lineages.inject("live:f", "def f(x): return x + 2\n")
    assert alias(1) == 3
    assert "__wrapped__" not in vars(alias)
    assert [lineages.revert("live:f", n).number for n in (2, 1, 3, 1)] == [2, 1, 3, 1]
    assert alias(1) == 1


def test_a_cache_forgets_what_the_old_code_computed(live, lineages):
    module = live("import functools\n@functools.cache\ndef f(x): return x\n")
    assert module.f(1) == 1
    lineages.inject("live:f", "@functools.cache\ndef f(x): return -x\n")
    assert module.f(1) == -1
    lineages.revert("live:f")
    assert module.f(1) == 1


def test_a_cache_of_another_size_is_refused(live, lineages):
    module = live("import functools\n@functools.lru_cache(4)\ndef f(x): return x\n")
    held = module.f
    with pytest.raises(NotSwappable, match="the size or kind of its cache changes"):
        lineages.inject("live:f", "@functools.lru_cache(8)\ndef f(x): return -x\n")
    assert (module.f, held(1)) == (held, 1)


def test_single_dispatch_keeps_what_was_registered_elsewhere(live, lineages):
    text = "@functools.singledispatch\ndef f(x): return {}\n"
    module = live("import functools\n" + text.format("'any'"))
    module.f.register(int)(lambda x: "int")
    alias = module.f
    lineages.inject("live:f", text.format("'whatever'"))
    assert (alias("a"), alias(1)) == ("whatever", "int")
    lineages.revert("live:f")
    assert (alias("a"), alias(1)) == ("any", "int")


def test_what_a_registry_took_hold_of_runs_the_live_version(live, lineages):
    module = live(
        "handlers = {}\ndef on(function):\n    handlers['x'] = function\n    return function\n"
        "@on\ndef f(): return 1\n"
    )
    lineages.inject("live:f", "@on\ndef f(): return 2\n")
    first = module.handlers["x"]
    lineages.inject("live:f", "@on\ndef f(): return 3\n")
    assert (first(), module.handlers["x"](), module.f()) == (3, 3, 3)
    lineages.revert("live:f", 1)
    assert (first(), module.handlers["x"](), module.f()) == (1, 1, 1)


def test_a_changed_decorator_reaches_what_it_decorated_before(live, lineages):
    module = live(WRAPS + "@twice\ndef f(x): return x\n@twice\ndef g(x): return -x\n")
    f, g = module.f, module.g
    after = WRAPS.replace("* 2", "* 5")
    lineages.inject("live:twice", after)
    assert (f(1), g(1)) == (5, -5)
    lineages.revert("live:twice")
    assert (f(1), g(1)) == (2, -2)


WRAPPED_LATER = {
    "a wrapper": (WRAPS, "f = twice(f)\n"),
    "a wrapper without functools.wraps": (BARE, "f = twice(f)\n"),
    "a cache": ("import functools\n", "f = functools.cache(f)\n"),
    "a cache under a wrapper": (WRAPS, "f = twice(functools.cache(f))\n"),
    "a partial function": ("import functools\n", "f = functools.partial(f, k=5)\n"),
    "an instance": (MEMO, "f = memo(f)\nf(99)\n"),
    "vectorize": ("import numpy as np\n", "f = np.vectorize(f)\n"),
}


@pytest.mark.parametrize("case", WRAPPED_LATER)
def test_what_was_put_around_a_definition_later_stays_around_it(case, live, lineages):
    setup, wrap = WRAPPED_LATER[case]
    definition = "def f(x, k=1): return x + {}\n"
    module = live(setup + definition.format(0) + wrap)
    fresh = live(setup + definition.format(7) + wrap, "fresh")
    held, before = module.f, module.f(1)
    lineages.inject("live:f", definition.format(7), expected=lineages.source_of("live:f"))
    assert (module.f is held, held(2)) == (True, fresh.f(2))
    lineages.revert("live:f")
    assert (module.f is held, held(1)) == (True, before)


def test_a_method_that_was_wrapped_later_stays_wrapped(live, lineages):
    text = "class C:\n    def m(self, x=0): return {}\n"
    module = live(WRAPS + text.format(1) + "C.m = twice(C.m)\n")
    bound = module.C().m
    lineages.inject("live:C", text.format(5))
    assert bound() == 10
    lineages.inject("live:C.m", "def m(self, x=0): return 6\n")
    assert bound() == 12
    lineages.revert("live:C", 1)
    assert bound() == 2


def test_a_partial_function_held_by_a_decorated_one_still_works(live, lineages):
    module = live(WRAPS + "@twice\ndef f(x): return x\n")
    held = functools.partial(module.f, 3)
    lineages.inject("live:f", "@twice\ndef f(x): return x + 1\n")
    assert held() == 8
