"""What is left to run of a failed cell, and what running on would repeat."""

import ast

import pytest

from selfcode.resumption import resumption

RESUMED = {
    "runs from the failing statement on": (
        "a = 1\nb = bad\nc = 2",
        "a = 1\nb = good\nc = 2",
        2,
        ["b = good", "c = 2"],
        (),
    ),
    "runs an added import but not what had run": (
        "a = 1\nb = np.x",
        "import numpy as np\na = 1\nb = np.x",
        2,
        ["import numpy as np", "b = np.x"],
        (),
    ),
    "runs again from an earlier statement that changed": (
        "a = xs.sort()\nb = a[0]",
        "a = sorted(xs)\nb = a[0]",
        2,
        ["a = sorted(xs)", "b = a[0]"],
        (),
    ),
    "starts a begun loop anew from the first value of its accumulator": (
        "t = 0\nn = 1\nfor x in xs:\n    t += x[n]",
        "t = 0\nn = 1\nfor x in xs:\n    t += x[0]",
        4,
        ["t = 0", "n = 1", "for x in xs:\n    t += x[0]"],
        (),
    ),
    "names what a begun loop would double": (
        "for x in xs:\n    t += x[n]",
        "for x in xs:\n    t += x[0]",
        2,
        ["for x in xs:\n    t += x[0]"],
        ("`t`",),
    ),
    "starts a begun loop anew from the first value that it gives its own name again": (
        "r = fs[0]\nfor f in fs:\n    r = r.append(f)",
        "r = fs[0]\nfor f in fs:\n    r = concat([r, f])",
        3,
        ["r = fs[0]", "for f in fs:\n    r = concat([r, f])"],
        (),
    ),
    "names a value that is built from itself": (
        "a = xs.sort()\nt = t * 2\nb = a[0]",
        "a = sorted(xs)\nt = t * 2\nb = a[0]",
        3,
        ["a = sorted(xs)", "t = t * 2", "b = a[0]"],
        ("`t`",),
    ),
    "takes a comprehension's own name for nothing that it builds upon": (
        "a = xs.sort()\nt = [t for t in a]\nb = a[0]",
        "a = sorted(xs)\nt = [t for t in a]\nb = a[0]",
        3,
        ["a = sorted(xs)", "t = [t for t in a]", "b = a[0]"],
        (),
    ),
    "names what an earlier statement that runs again would double": (
        "a = xs.sort()\nlog.append(1)\nb = a[0]",
        "a = sorted(xs)\nlog.append(1)\nb = a[0]",
        3,
        ["a = sorted(xs)", "log.append(1)", "b = a[0]"],
        ("`log`",),
    ),
    "has nothing left when nothing failed": ("a = 1", "a = 1", 99, [], ()),
}


@pytest.mark.parametrize(
    ("before", "after", "line", "left", "doubled"), RESUMED.values(), ids=RESUMED
)
def test_a_resumption(before, after, line, left, doubled):
    plan = resumption(before, after, (line, 0))
    assert plan.redefined == ()
    assert ([ast.unparse(s) for s in plan.statements], plan.doubled) == (left, doubled)


def test_a_changed_definition_that_had_run_is_injected_and_what_ran_is_not_run_again():
    before = "def f():\n    log.append(1)\n    return nme\nlog = []\nlog.append(2)\nf()"
    plan = resumption(before, before.replace("nme", "name"), (6, 0))
    assert [d.text for d in plan.redefined] == ["def f():\n    log.append(1)\n    return name\n"]
    assert [ast.unparse(s) for s in plan.statements] == ["f()"]
    assert plan.doubled == ()


def test_of_statements_on_one_line_those_that_ran_do_not_run_again():
    before = "a = 1; log.append(a); b = bad"
    plan = resumption(before, before.replace("bad", "good"), (1, 26))
    assert [ast.unparse(s) for s in plan.statements] == ["b = good"]


def test_a_definition_whose_name_is_defined_twice_is_run_rather_than_injected():
    before = "def f(): return nme\ndef f(): return 2\nf(1)"
    plan = resumption(before, before.replace("nme", "name"), (3, 0))
    assert plan.redefined == ()
    assert len(plan.statements) == 3
