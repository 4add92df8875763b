"""Where a failure comes from, and what is declined: with failures of a real IPython shell."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from generation.stories import Story, open_notebook
from selfcode.perception import diagnose, why_declined
from selfcode.perception.frames import Origin, live_frames, origin_of, steps
from selfcode.records import Diagnosis, Failure, Frame, as_json, from_json


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with open_notebook(tmp_path_factory.mktemp("failures")) as opened:
        yield opened


def fail(notebook, cell: str, setup: str = "", files=()) -> Failure:
    notebook.fresh(Story("failure", setup, cell, files=files))
    failure = notebook.failure(cell)
    assert failure is not None
    return failure


def place(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Each suspect with the line of its text where the failure shows."""
    found = []
    for suspect in diagnosis.suspects:
        line = diagnosis.frames[suspect.frame].line - suspect.first_line
        found.append((str(suspect.target), suspect.text.splitlines()[line].strip()))
    return found


F = "def f(x):\n    return x.nme"
LOG = """
import functools
def log(g):
    @functools.wraps(g)
    def w(*a):
        return g(*a)
    return w"""
GROUP = """import asyncio
async def one():
    nope
async def all():
    async with asyncio.TaskGroup() as g:
        g.create_task(one())
await all()"""
PLACES = {
    "in the cell": ("", "a = 1\nb = nope", [("cell:c1", "b = nope")]),
    "a function of another cell": (
        F,
        "f(1)",
        [("__main__:f", "return x.nme"), ("cell:c1", "f(1)")],
    ),
    "the definition is in the failing cell": ("", f"{F}\nf(1)", [("cell:c1", "return x.nme")]),
    "a method": (
        "class A:\n    def go(self):\n        return self.nme",
        "A().go()",
        [("__main__:A", "return self.nme"), ("cell:c1", "A().go()")],
    ),
    "a decorated function": (
        f"{LOG}\n# ---\n@log\n{F}",
        "f(1)",
        [("__main__:f", "return x.nme"), ("__main__:log", "return g(*a)"), ("cell:c1", "f(1)")],
    ),
    "called back by a library": (
        F,
        "import pandas as pd\npd.Series([1]).apply(f)",
        [("__main__:f", "return x.nme"), ("cell:c1", "pd.Series([1]).apply(f)")],
    ),
    "raised by a library": ("", "import json\njson.loads('{')", [("cell:c1", "json.loads('{')")]),
    "raised in C": ("", "sorted([1, 'a'])", [("cell:c1", "sorted([1, 'a'])")]),
    "a generator": (
        "def g():\n    yield nope",
        "list(g())",
        [("__main__:g", "yield nope"), ("cell:c1", "list(g())")],
    ),
    "timed": ("", "%%time\na = 1\nb = nope", [("cell:c1", "b = nope")]),
    "beside magics": ("", "%precision 3\n!true\nb = nope", [("cell:c1", "b = nope")]),
    "awaited": ("", "import asyncio\nawait asyncio.sleep(0)\nnope", [("cell:c1", "nope")]),
    "the later of two failures": (
        "",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    nope",
        [("cell:c1", "nope")],
    ),
    "the first of a group": (
        "",
        GROUP,
        [("cell:c1", "nope")],
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_suspects_are_where_the_failure_comes_from(name, notebook):
    setup, cell, expected = PLACES[name]
    diagnosis = diagnose(fail(notebook, cell, setup))
    assert (place(diagnosis), diagnosis.declined) == (expected, "")


def test_a_function_of_the_users_own_module_is_a_suspect(notebook):
    files = (("own_g.py", "import math\n\n\ndef half(x):\n    return x.nme\n"),)
    setup = "import sys\nsys.path.insert(0, '.')\nimport own_g"
    diagnosis = diagnose(fail(notebook, "own_g.half(1)", setup, files))
    assert place(diagnosis) == [("own_g:half", "return x.nme"), ("cell:c1", "own_g.half(1)")]
    assert diagnosis.suspects[0].first_line == 4
    assert diagnosis.summary.endswith("in `own_g:half`, line 5")


def test_a_module_that_changed_on_disk_since_its_import_is_no_suspect(notebook):
    files = (("own_h.py", "def half(x):\n    return x.nme\n"),)
    setup = "import sys\nsys.path.insert(0, '.')\nimport own_h"
    failure = fail(notebook, "own_h.half(1)", setup, files)
    Path("own_h.py").write_text("def half(x):\n    return x + x.nme\n")
    assert "own_h.py was changed since it was imported" in diagnose(failure).declined


DECLINED = {
    "interrupt": ("", "raise KeyboardInterrupt", "interrupted"),
    "exit": ("", "raise SystemExit(2)", "exit"),
    "memory": ("", "raise MemoryError", "memory ran out"),
    "assertion": ("", "assert 1 == 2", "assertion"),
    "own raise": ("", "x = 1\nraise ValueError('no')", "The cell raised this itself (line 2)"),
    "own raise in a function": (
        "def f():\n    raise ValueError('no')",
        "f()",
        "`f` raised this itself (line 2)",
    ),
    "syntax": ("", "x = 1)", "The cell does not parse: unmatched ')' (line 1)"),
    "indentation": ("", "if True:\nx = 1", "The cell does not parse"),
    "a long cell": ("", "x = 1\n" * 40_000 + "nope", "too long to look at (240 kB"),
    "two megabytes": ("", "# " + "x" * 2_000_000 + "\nnope", "too long to look at"),
    "a redefined function": (
        "def f():\n    nope\ng = f\n# ---\ndef f():\n    return 1",
        "g()",
        "`f` was redefined since",
    ),
    "a deleted function": ("def f():\n    nope\ng = f\n# ---\ndel f", "g()", "no longer defined"),
    "a lambda of another cell": ("g = lambda: nope", "g()", "not in a top-level"),
    "a line magic": ("", "%timeit nope", "magic"),
    "a failing magic": ("", "%no_such_magic", ""),
}


@pytest.mark.parametrize("name", DECLINED)
def test_what_cannot_be_repaired_is_declined_in_one_line(name, notebook):
    setup, cell, said = DECLINED[name]
    try:
        failure = fail(notebook, cell, setup)
    except AssertionError:
        assert name == "a failing magic"
        return
    diagnosis = diagnose(failure)
    assert said in diagnosis.declined
    assert "\n" not in diagnosis.declined
    assert diagnosis.suspects == ()


def test_an_exception_whose_text_raises_is_diagnosed(notebook):
    setup = "class E(TypeError):\n    def __str__(self):\n        raise RuntimeError"
    cell = "class L:\n    def __len__(self):\n        raise E\n"
    cell += "try:\n    len(L())\nexcept E as e:\n    caught = e\nnope"
    failure = fail(notebook, cell, setup)
    error = failure.namespace["caught"]
    diagnosis = diagnose(Failure(error, failure.cell, failure.namespace))
    assert (diagnosis.error, diagnosis.message) == ("E", "(its text cannot be shown)")
    assert diagnosis.declined.startswith("`L.__len__` raised this itself (line 3)")


def test_code_without_source_leads_to_the_line_that_ran_it(notebook):
    diagnosis = diagnose(fail(notebook, "code = 'nope'\nexec(code)"))
    assert place(diagnosis) == [("cell:c1", "exec(code)")]


def test_a_recursion_to_the_limit_is_quick_and_keeps_both_ends(notebook):
    failure = fail(notebook, "f(0)", "def f(n):\n    return f(n + 1)")
    began = time.perf_counter()
    diagnosis = diagnose(failure)
    seconds = time.perf_counter() - began
    assert diagnosis.error == "RecursionError"
    assert place(diagnosis) == [("__main__:f", "return f(n + 1)"), ("cell:c1", "f(0)")]
    assert (len(diagnosis.frames), diagnosis.frames[0].function) == (50, "<module>")
    assert seconds < 0.5


def test_the_live_frames_answer_the_frames_of_the_diagnosis(notebook):
    failure = fail(notebook, "f(1)", F)
    diagnosis, live = diagnose(failure), live_frames(failure)
    names = [frame.f_code.co_qualname for frame in live]
    assert names == [frame.function for frame in diagnosis.frames] == ["<module>", "f"]
    assert diagnosis.frames[1] == Frame(live[1].f_code.co_filename, "f", 2, 2, 11, 16)
    assert live[1].f_locals == {"x": 1}


def test_a_diagnosis_crosses_a_process_boundary(notebook):
    diagnosis = diagnose(fail(notebook, "f(1)", F))
    assert from_json(Diagnosis, as_json(diagnosis)) == diagnosis


def test_a_failure_without_a_cell_is_placed_by_its_frames(notebook):
    failure = fail(notebook, "f(1)", F)
    diagnosis = diagnose(Failure(failure.error, None, failure.namespace))
    assert place(diagnosis) == [("__main__:f", "return x.nme")]


def test_a_failure_without_any_code_of_the_users_is_declined():
    diagnosis = diagnose(Failure(ValueError("x"), None, {}))
    assert diagnosis.declined == ("none of the user's code is in the traceback.")
    assert steps(Failure(ValueError("x"), None, {})) == ()


def test_the_quick_answer_agrees_with_the_full_one(notebook):
    for setup, cell, _ in DECLINED.values():
        if cell.startswith("raise"):
            failure = fail(notebook, cell, setup)
            assert why_declined(failure) == diagnose(failure).declined


def test_the_origin_of_code_is_told_by_its_file(tmp_path):
    own = tmp_path / "mine.py"
    own.write_text("x = 1\n")
    import numpy

    assert {
        "own": origin_of(str(own)),
        "standard library": origin_of(sys.modules["json"].__file__ or ""),
        "installed": origin_of(numpy.__file__),
        "frozen": origin_of("<frozen importlib._bootstrap>"),
        "text": origin_of("<string>"),
        "timed": origin_of("<timed exec>"),
    } == {
        "own": Origin.MODULE,
        "standard library": Origin.LIBRARY,
        "installed": Origin.LIBRARY,
        "frozen": Origin.LIBRARY,
        "text": Origin.LIBRARY,
        "timed": Origin.CELL,
    }
