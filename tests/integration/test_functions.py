"""Functions change in place: whatever already holds them runs the new body."""

import functools
import inspect
import pickle
import traceback

import pytest

from selfcode.errors import NotSwappable

BEFORE = "def f(x):\n    return ('old', x)\n"
AFTER = "def f(x):\n    return ('new', x)\n"


def test_every_way_to_hold_a_function_runs_the_new_body(live, lineages):
    module = live(BEFORE)
    alias, in_list, partial = module.f, [module.f], functools.partial(module.f, 1)
    pickled = pickle.dumps(module.f)
    lineages.inject("live:f", AFTER)
    assert alias is module.f
    assert [alias(1), in_list[0](1), partial(), pickle.loads(pickled)(1)] == [("new", 1)] * 4
    lineages.revert("live:f")
    assert [alias(1), in_list[0](1), partial(), pickle.loads(pickled)(1)] == [("old", 1)] * 4


CHANGES = {
    "defaults": ("def f(x, k=1): return x + k\n", "def f(x, k=10, *, m=100): return x + k + m\n"),
    "fewer parameters": ("def f(x, y=2, z=3): return x + y + z\n", "def f(x): return x\n"),
    "keyword-only": ("def f(x, *, k=1): return x * k\n", "def f(x, *, k=5): return x * k\n"),
    "annotations": ("def f(x: int) -> int: return x\n", "def f(x: str) -> str: return x\n"),
    "docstring": ("def f(x):\n    'old'\n    return x\n", "def f(x):\n    'new'\n    return x\n"),
    "generator": ("def f(x): return [x]\n", "def f(x): yield x\n"),
    "coroutine": ("def f(x): return x\n", "async def f(x): return x\n"),
    "lambda": ("f = lambda x: x + 1\n", "f = lambda x: x + 2\n"),
    "recursion": (
        "def f(x): return 1 if x < 1 else x * f(x - 1)\n",
        "def f(x): return 0 if x < 1 else x + f(x - 1)\n",
    ),
    "attributes": ("def f(x): return x\n", "def f(x): return x\nf.unit = 'm'\n"),
    "an import of its own": (
        "def f(x): return x\n",
        "import math\ndef f(x): return math.sqrt(x)\n",
    ),
    "another function": (
        "def f(x): return x\n",
        "def twice(x): return 2 * x\ndef f(x): return twice(x)\n",
    ),
}


def behaviour(function):
    result = function(4)
    if inspect.isgenerator(result):
        result = list(result)
    elif inspect.iscoroutine(result):
        result.close()
        result = "coroutine"
    return (
        result,
        str(inspect.signature(function)),
        function.__doc__,
        function.__annotations__,
        function.__name__,
        vars(function),
    )


@pytest.mark.parametrize("case", CHANGES)
def test_a_swapped_function_is_like_a_fresh_one_and_a_reverted_one_as_before(case, live, lineages):
    before, after = CHANGES[case]
    fresh = behaviour(live(after, "fresh").f)
    module = live(before)
    alias, original, names = module.f, behaviour(module.f), dict(vars(module))
    lineages.inject("live:f", after)
    assert behaviour(alias) == fresh
    lineages.revert("live:f")
    assert behaviour(alias) == original
    assert vars(module) == names
    lineages.revert("live:f", 2)
    assert behaviour(alias) == fresh


def test_a_running_generator_finishes_on_the_old_code(live, lineages):
    module = live("def f():\n    for i in range(3):\n        yield ('old', i)\n")
    running = module.f()
    assert next(running) == ("old", 0)
    lineages.inject("live:f", "def f():\n    yield 'new'\n")
    assert list(running) == [("old", 1), ("old", 2)]
    assert list(module.f()) == ["new"]


def test_a_function_that_is_on_the_stack_returns_to_its_old_body(live, lineages):
    module = live("def f(call):\n    call()\n    return 'old'\n")
    swap = lambda: lineages.inject("live:f", "def f(call):\n    return 'new'\n")  # noqa: E731
    assert module.f(swap) == "old"
    assert module.f(swap) == "new"


def test_what_the_user_hung_on_a_function_stays(live, lineages):
    module = live(BEFORE)
    module.f.calls = 7
    lineages.inject("live:f", AFTER)
    assert module.f.calls == 7


def test_tracebacks_show_the_injected_lines(live, lineages):
    module = live(BEFORE)
    lineages.inject("live:f", "import math\n\ndef f(x):\n    return 1 / x\n")
    with pytest.raises(ZeroDivisionError) as caught:
        module.f(0)
    assert "".join(traceback.format_exception(caught.value)).endswith(
        '  File "<selfcode live:f v2>", line 4, in f\n'
        "    return 1 / x\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    assert inspect.getsource(module.f) == "def f(x):\n    return 1 / x\n"


def test_future_statements_of_the_module_hold_for_what_is_injected(live, lineages):
    module = live("from __future__ import annotations\ndef f(x: Missing): return x\n")
    lineages.inject("live:f", "def f(x: AlsoMissing) -> Gone: return x + 1\n")
    assert module.f.__annotations__ == {"x": "AlsoMissing", "return": "Gone"}


def test_our_own_future_statements_do_not_leak_into_what_is_injected(live, lineages):
    module = live("def f(x): return x\n")
    lineages.inject("live:f", "def f(x: int): return x\n")
    assert module.f.__annotations__ == {"x": int}


CLASS = "class f:\n    pass\n"
KINDS = {
    "function to class": (
        BEFORE,
        "class f:\n    pass\n",
        "it is a function and would become a class",
    ),
    "class to function": (
        "class f:\n    pass\n",
        AFTER,
        "it is a class and would become a function",
    ),
    "data to function": ("f = 3\n", AFTER, "it is an int and would become a function"),
    "function to data": (BEFORE, "f = 3\n", "it is a function and would become an int"),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_change_of_kind_is_refused_with_the_reason(case, live, lineages):
    before, after, reason = KINDS[case]
    module = live(before)
    names = dict(vars(module))
    with pytest.raises(NotSwappable) as refused:
        lineages.inject("live:f", after)
    assert refused.value.reason == reason
    assert vars(module) == names
    assert lineages.versions("live:f") == ()


def test_a_function_of_another_module_is_changed_only_under_its_own_name(live, lineages):
    home = live(BEFORE, "home")
    module = live("from home import f\n")
    with pytest.raises(NotSwappable, match="home:f"):
        lineages.inject("live:f", AFTER)
    assert module.f is home.f
    lineages.inject("home:f", AFTER)
    assert module.f(1) == ("new", 1)


def test_a_name_the_source_imports_does_not_rewrite_the_function_of_that_name(live, lineages):
    other = live("def helper(): return 'other'\n", "other")
    module = live("def helper(): return 'mine'\ndef f(): return helper()\n")
    mine = module.helper
    lineages.inject("live:f", "from other import helper\ndef f(): return helper() + '!'\n")
    assert (module.f(), mine(), other.helper()) == ("other!", "mine", "other")
    lineages.revert("live:f")
    assert (module.f(), module.helper) == ("mine", mine)
