"""The public face: sorted, complete, light; errors with unique codes, drawn as they are."""

import inspect
import subprocess
import sys

import selfcode
from selfcode import errors
from selfcode.errors import SelfcodeError


def test_the_face_is_sorted_complete_and_importable():
    assert selfcode.__all__ == sorted(selfcode.__all__) == sorted(selfcode._HOME)
    assert all(inspect.getdoc(getattr(selfcode, name)) for name in selfcode.__all__)


def test_importing_selfcode_is_light():
    heavy = "IPython numpy pandas openai bandit RestrictedPython rich sqlite3 traitlets".split()
    program = (
        "import sys, time; began = time.perf_counter(); import selfcode; "
        f"print([m for m in {heavy} if m in sys.modules], time.perf_counter() - began < 0.05)"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["[]", "True"]


def _tree(error, depth=0):
    yield depth, error.__name__
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


def test_the_error_tree_in_the_docstring_is_the_real_one():
    lines = [
        line for line in errors.__doc__.splitlines() if "──" in line or "SelfcodeError" in line
    ]
    drawn = [
        ((len(line) - len(line.lstrip(" │├└─"))) // 4, line.lstrip(" │├└─").split()[0])
        for line in lines
    ]
    assert sorted(name for _, name in drawn) == sorted(name for _, name in _tree(SelfcodeError))
    assert [(depth - 1, name) for depth, name in drawn] == list(_tree(SelfcodeError))


def test_every_error_has_a_code_of_its_own():
    tree = [getattr(errors, name) for _, name in _tree(SelfcodeError)]
    assert len({error.code for error in tree}) == len(tree)
