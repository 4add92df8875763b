"""Lineages: every version is one step away, whoever made it."""

import inspect
import linecache

import pytest

from selfcode.errors import NoSuchVersion, NotSwappable, TargetNotFound, UsageError
from selfcode.integration.lineage import Lineages
from selfcode.records import Target, Version


def text(n):
    return f"def f(x):\n    return x + {n}\n"


def test_versions_are_numbered_and_tell_who_made_them(live, lineages):
    module = live(text(1))
    target = Target("live", "f")
    assert lineages.versions("live:f") == ()
    assert lineages.current("live:f") == Version(target, 1, text(1), "user")
    lineages.inject("live:f", text(2), origin="a" * 64)
    lineages.inject(module.f, text(3))
    assert lineages.versions(module.f) == (
        Version(target, 1, text(1), "user", False),
        Version(target, 2, text(2), "a" * 64, False),
        Version(target, 3, text(3), "caller", True),
    )
    assert lineages.revert("live:f", 1) == Version(target, 1, text(1), "user", True)
    assert lineages.current("live:f").number == 1
    assert lineages.targets() == (target,)
    assert lineages.diff("live:f", 1, 3) == (
        "--- live:f (before)\n+++ live:f (after)\n@@ -1,2 +1,2 @@\n def f(x):\n"
        "-    return x + 1\n+    return x + 3\n"
    )


def test_going_back_and_forth_runs_exactly_that_version(live, lineages):
    module = live(text(1))
    alias = module.f
    for n in range(2, 7):
        lineages.inject("live:f", text(n))
    for to in (3, 1, 6, 2, 5, 4):
        lineages.revert("live:f", to)
        assert (alias(0), module.f is alias, lineages.source_of("live:f")) == (to, True, text(to))


WRONG_STEPS = {
    "never changed": (0, None, "was never changed by selfcode"),
    "before the first": (1, 1, "is at its first version"),
    "an unknown number": (1, 7, "has versions 1 to 2; there is no 7"),
    "zero": (1, 0, "is at its first version"),
    "a negative number": (1, -1, "has versions 1 to 2; there is no -1"),
}


@pytest.mark.parametrize("case", WRONG_STEPS)
def test_a_step_that_leads_nowhere_says_what_there_is(case, live, lineages):
    injections, to, said = WRONG_STEPS[case]
    live(text(1))
    for n in range(injections):
        lineages.inject("live:f", text(n + 2))
    if case == "before the first":
        lineages.revert("live:f", to)
        to = None
    with pytest.raises(NoSuchVersion, match=said):
        lineages.revert("live:f", to)


def test_running_the_cell_again_with_the_same_text_is_no_new_version(live, lineages):
    module = live(text(1))
    lineages.inject("live:f", text(2))
    live(text(2), into=module)
    alias = module.f
    assert [v.number for v in lineages.versions("live:f")] == [1, 2]
    lineages.revert("live:f")
    assert (alias(0), module.f is alias) == (1, True)
    lineages.revert("live:f", 2)
    assert alias(0) == 2


def test_a_redefinition_by_the_user_becomes_a_version_of_its_own(live, lineages):
    module = live(text(1))
    first = module.f
    lineages.inject("live:f", text(2))
    live(text(30), into=module)
    second = module.f
    lineages.inject("live:f", text(4))
    assert [(v.number, v.origin, v.source) for v in lineages.versions("live:f")] == [
        (1, "user", text(1)),
        (2, "caller", text(2)),
        (3, "user", text(30)),
        (4, "caller", text(4)),
    ]
    assert (first(0), second(0)) == (2, 4)
    for to, value in ((3, 30), (2, 2), (1, 1), (4, 4), (3, 30)):
        lineages.revert("live:f", to)
        assert (module.f(0), second(0), module.f is second, first(0)) == (value, value, True, 2)


def test_a_patch_by_hand_becomes_a_version_that_can_be_had_again(live, lineages):
    module = live("class C:\n    def m(self): return 1\n")
    lineages.inject("live:C", "class C:\n    def m(self): return 2\n")
    made = module.C()
    module.C.m = lambda self: "by hand"
    assert [v.origin for v in lineages.versions("live:C")] == ["user", "caller", "user"]
    lineages.revert("live:C")
    assert made.m() == 2
    lineages.revert("live:C", 1)
    assert made.m() == 1
    lineages.revert("live:C", 3)
    assert made.m() == "by hand"


def test_the_code_of_a_function_changed_by_hand_is_noticed(live, lineages):
    module = live(text(1))
    lineages.inject("live:f", text(2))
    module.f.__code__ = (lambda x: "by hand").__code__
    assert [v.origin for v in lineages.versions("live:f")] == ["user", "caller", "user"]
    lineages.revert("live:f")
    assert module.f(0) == 2
    lineages.revert("live:f", 3)
    assert module.f(0) == "by hand"


def test_a_new_name_is_defined_and_reverted_to_nothing(live, lineages):
    module = live("")
    names = dict(vars(module))
    lineages.inject("live:g", "def g():\n    return 1\n")
    held = module.g
    lineages.inject("live:g", "def g():\n    return 2\n")
    assert held() == 2
    lineages.revert("live:g", 1)
    assert vars(module) == names
    with pytest.raises(TargetNotFound):
        lineages.current("live:g")
    lineages.revert("live:g", 3)
    assert (module.g is held, held()) == (True, 2)


def test_a_new_method_is_defined_and_reverted_to_nothing(live, lineages):
    module = live("class A:\n    def m(self): return 'A'\nclass B(A): pass\n")
    made = module.B()
    lineages.inject("live:B.m", "def m(self): return super().m() + 'B'\n")
    assert made.m() == "AB"
    lineages.revert("live:B.m")
    assert made.m() == "A"
    assert "m" not in vars(module.B)


def test_a_name_that_the_user_deleted_comes_back(live, lineages):
    module = live(text(1))
    lineages.inject("live:f", text(2))
    del module.f
    assert lineages.versions("live:f")[-1].source == ""
    lineages.revert("live:f", 1)
    assert module.f(0) == 1


def test_a_name_that_the_source_imported_goes_when_it_is_reverted(live, lineages):
    module = live("def f(x): return x\n")
    lineages.inject("live:f", "import math\nLIMIT = 3\ndef f(x): return math.floor(x) + LIMIT\n")
    assert module.f(1.5) == 4
    lineages.revert("live:f")
    assert not {"math", "LIMIT"} & {*vars(module)}


def test_a_value_that_the_user_changed_since_is_left_alone(live, lineages):
    module = live("LIMIT = 1\ndef f(x): return x\n")
    lineages.inject("live:f", "LIMIT = 2\ndef f(x): return x + LIMIT\n")
    module.LIMIT = 99
    lineages.revert("live:f")
    assert (module.LIMIT, module.f(1)) == (99, 1)


def test_without_the_source_of_a_version_a_new_object_cannot_become_it(live, lineages):
    module = live("")
    exec("def f(x): return x", vars(module))
    lineages.inject("live:f", text(2))
    live(text(3), into=module)
    with pytest.raises(NotSwappable, match="the source of version 1 is not known"):
        lineages.revert("live:f", 1)
    assert module.f(0) == 3
    lineages.revert("live:f", 2)
    assert module.f(0) == 2


def test_two_lineages_objects_do_not_disturb_each_other(live):
    module = live(text(1))
    one, two = Lineages(), Lineages()
    one.inject("live:f", text(2))
    two.inject("live:f", text(3))
    assert [v.origin for v in one.versions("live:f")] == ["user", "caller", "user"]
    assert (two.revert("live:f").source, module.f(0)) == (text(2), 2)


def test_main_means_the_name_space_that_was_given():
    names = {"__name__": "__main__"}
    exec(compile(text(1), "<cell 1>", "exec"), names)
    lineages = Lineages(names)
    assert str(lineages.inject("f", text(2)).target) == "__main__:f"
    assert names["f"](0) == 2
    assert names["f"].__code__.co_filename.startswith("<selfcode f v2")


def test_injected_text_outlives_a_check_of_the_line_cache(live, lineages):
    module = live(text(1))
    lineages.inject("live:f", text(2))
    linecache.checkcache()
    assert inspect.getsource(module.f) == text(2)


def test_a_file_that_changed_on_disk_is_not_taken_for_the_live_source(tmp_path, lineages, live):
    path = tmp_path / "live.py"
    path.write_text("def g():\n    return 0\n\n" + text(1))
    module = live("")
    exec(compile(path.read_text(), str(path), "exec"), vars(module))
    assert lineages.source_of("live:f") == text(1)
    path.write_text("def f(x):\n    return 'edited'\n\n\ndef g():\n    return 0\n")
    linecache.checkcache()
    with pytest.raises(UsageError, match="is not known"):
        lineages.source_of("live:f")
    path.write_text("def g():\n    return 0\n\n" + text(1) + "\n# one line more\n")
    assert lineages.source_of("live:f") == text(1)
