"""Closures made earlier from a function's nested code follow, or are reported."""

import gc
import sys

import pytest

MAKER = "def make(n):\n    def inner(x):\n        return {}\n    return inner\n"


def test_closures_made_before_the_swap_run_the_new_nested_code(live, lineages):
    module = live(MAKER.format("x + n"))
    earlier = [module.make(n) for n in range(3)]
    lineages.inject("live:make", MAKER.format("x * n"))
    assert [c(10) for c in earlier] == [0, 10, 20]
    assert lineages.unreached("live:make") == ()
    lineages.revert("live:make")
    assert [c(10) for c in earlier] == [10, 11, 12]


def test_a_closure_that_uses_less_of_its_enclosing_call_follows(live, lineages):
    module = live("def make(a, b):\n    def inner():\n        return a, b\n    return inner\n")
    earlier = module.make(1, 2)
    lineages.inject(
        "live:make", "def make(a, b):\n    def inner():\n        return b\n    return inner\n"
    )
    assert (earlier(), module.make(3, 4)()) == (2, 4)
    lineages.revert("live:make")
    assert (earlier(), module.make(3, 4)()) == ((1, 2), (3, 4))


KEPT = "make.<locals>.inner: 1 made earlier keep the old code"
UNREACHED = {
    "a new free variable": (
        "def make(a, b):\n    def inner():\n        return a\n    return inner\n",
        "def make(a, b):\n    def inner():\n        return a, b\n    return inner\n",
        f"{KEPT}: b of the enclosing call is not known to them",
    ),
    "other parameters": (
        "def make(a, b):\n    def inner():\n        return a\n    return inner\n",
        "def make(a, b):\n    def inner(c=1):\n        return a\n    return inner\n",
        f"{KEPT}: the parameters change",
    ),
}


@pytest.mark.parametrize("case", UNREACHED)
def test_a_closure_that_cannot_follow_keeps_working_and_is_reported(case, live, lineages):
    before, after, line = UNREACHED[case]
    module = live(before)
    earlier = module.make(1, 2)
    lineages.inject("live:make", after)
    assert earlier() == 1
    assert lineages.unreached("live:make") == (line,)


def test_a_running_nested_generator_is_reported(live, lineages):
    text = "def make():\n    def inner():\n        yield {}\n        yield {}\n    return inner()\n"
    module = live(text.format(1, 2))
    running = module.make()
    assert next(running) == 1
    lineages.inject("live:make", text.format(3, 4))
    assert next(running) == 2
    assert lineages.unreached("live:make") == (
        "make.<locals>.inner: 1 already running, on the old code",
    )


def test_frozen_objects_are_reported_as_not_searched(live, lineages):
    module = live(MAKER.format("x + n"))
    earlier = module.make(1)
    gc.freeze()
    try:
        lineages.inject("live:make", MAKER.format("x * n"))
        assert lineages.unreached("live:make") == (
            "make.<locals>.inner: objects frozen with gc.freeze() were not searched",
        )
        assert earlier(10) == 11
    finally:
        gc.unfreeze()


def test_the_heap_is_not_walked_when_no_closure_lives(live, lineages, monkeypatch):
    module = live(MAKER.format("x + n"))
    module.make(1)
    walks = []
    monkeypatch.setattr(sys, "getallocatedblocks", lambda: walks.append(1) or 0)
    lineages.inject("live:make", MAKER.format("x * n"))
    assert walks == []


def test_instances_of_a_local_class_follow(live, lineages):
    body = "    class Local:\n        def m(self):\n            return {}\n    return Local()\n"
    text = "def make():\n" + body
    module = live(text.format("'old'"))
    instance = module.make()
    lineages.inject("live:make", text.format("'new'"))
    assert (instance.m(), module.make().m()) == ("new", "new")
    lineages.revert("live:make")
    assert (instance.m(), module.make().m()) == ("old", "old")
