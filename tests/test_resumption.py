"""What is left to run of a failed cell, and what running on would repeat."""

import ast

import pytest

from selfcode.records import Begun, Effect
from selfcode.resumption import resumption, runs_all_of

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


DRAWING = "import plt\nlog.append(1)\nfig, ax = plt.subplots()\nax.plot(xs)\nax.titel('t')\nn = 1"


def test_what_had_drawn_a_closed_figure_draws_again_and_nothing_else_runs_twice():
    done = Begun(((), (Effect("log", "`log`"),), (), (), ()), drawn=(2, 3))
    plan = resumption(DRAWING, DRAWING.replace("titel", "set_title"), (5, 0), done)
    assert plan.doubled == ()
    assert [ast.unparse(s) for s in plan.statements] == [
        "fig, ax = plt.subplots()",
        "ax.plot(xs)",
        "ax.set_title('t')",
        "n = 1",
    ]


def test_what_drew_and_counted_is_named_when_the_count_is_of_an_earlier_cell():
    done = Begun(((), (), (), (Effect("n", "`n`"),), ()), drawn=(2, 3))
    assert resumption(DRAWING, DRAWING, (5, 0), done).doubled == ("`n`",)


def test_a_file_that_is_opened_to_append_is_not_made_anew_by_opening_it_again():
    cell = "fh = open('a.log', mode)\nout = [fh.write('a'), nme]"
    for mode, doubled in {"'a'": ("`fh`",), "'w'": ()}.items():
        done = Begun(((), (Effect("fh", "`fh`"),)))
        text = cell.replace("mode", mode)
        assert resumption(text, text, (2, 0), done).doubled == doubled


AWAITING = {
    "value = await f()": True,
    "async with a as b:\n    pass": True,
    "out = [x async for x in f()]": True,
    "async def g():\n    await f()": False,
    "g = lambda: 1": False,
}


@pytest.mark.parametrize(("statement", "awaits"), AWAITING.items())
def test_a_rest_that_awaits_is_known(statement, awaits):
    assert resumption(statement, statement, (1, 0)).awaits is awaits


SINCE = {
    "the same cell": ("log.append(1)\ntotal = total + 1\nshow(total)", True),
    "an import was added": ("import x\nlog.append(1)\ntotal = total + 1\nshow(total)", True),
    "the rest is missing": ("log.append(1)\ntotal = total + 1", False),
    "another statement": ("log.append(1)\nfor x in range(10): print(x)\nshow(total)", False),
    "another cell": ("y = 2", False),
    "no Python": ("total = (", False),
}


@pytest.mark.parametrize(("other", "runs"), SINCE.values(), ids=SINCE)
def test_a_cell_that_was_mended_by_hand_is_known_again(other, runs):
    failed = "log.append(1)\ntotal = totl + 1\nshow(total)"
    assert runs_all_of(other, failed, (2, 8)) is runs
