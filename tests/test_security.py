"""The security page: numbered promises, and each names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / ".github" / "SECURITY.md").read_text()
PROMISED = PAGE.partition("## Promises")[2].partition("\n## ")[0]
PROMISES = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |\Z)", PROMISED, re.MULTILINE | re.DOTALL)


def test_the_promises_are_numbered_one_by_one():
    assert [int(number) for number, _ in PROMISES] == list(range(1, len(PROMISES) + 1))
    assert len(PROMISES) >= 18


@pytest.mark.parametrize(("number", "text"), PROMISES, ids=[number for number, _ in PROMISES])
def test_a_promise_names_tests_that_exist(number, text):
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert named
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text())
        (test,) = [s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == name]
        checks = (ast.Assert, ast.With)
        assert any(isinstance(node, checks) for node in ast.walk(test)), f"{name} checks nothing"


def test_what_is_not_promised_is_said():
    left_open = PAGE.partition("## Not promised")[2]
    for word in ("kernel", "side channels", "tripwire", "level C"):
        assert word in left_open
