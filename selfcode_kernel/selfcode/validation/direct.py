"""Tests that say only what calls give: `assert f(1, 2) == 3` lines with constants.

Of them the calls are known without running anything, and what they give is compared here, as the
assertion would compare it: one process for the candidate, none for the tests.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.validation.script import show
from selfcode.validation.values import decode, encode, opaque

_PLAIN = frozenset("int float tuple set frozenset dict".split())
_MOST_HASHED = 500
_OPERATORS: dict[type[ast.cmpop], tuple[str, str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("", "", operator.eq),
    ast.NotEq: ("!= ", "!= ", operator.ne),
    ast.Lt: ("< ", "> ", operator.lt),
    ast.LtE: ("<= ", ">= ", operator.le),
    ast.Gt: ("> ", "< ", operator.gt),
    ast.GtE: (">= ", "<= ", operator.ge),
}
"""How the tested side's expectation is said, with the call on the left and on the right."""


@dataclass(frozen=True)
class Claim:
    """One assertion: the call, its text, and what is expected of its value."""

    line: int
    text: str
    call: Sequence[Any]
    expected: Any
    said: str
    on_left: bool
    holds: Callable[[Any, Any], Any]

    def objection(self, outcome: dict[str, Any]) -> str:
        """Return why the outcome of the call does not meet the claim, or `""`."""
        if "raises" in outcome:
            return f"{self.text} raised {outcome['raises']}"
        value = decode(outcome["value"])
        sides = (value, self.expected) if self.on_left else (self.expected, value)
        try:
            if self.holds(*sides):
                return ""
        except TypeError as error:
            return f"{self.text} raised TypeError: {error}"
        return f"{self.text} gave {show(value)}, expected {self.said}{show(self.expected)}"


def claims_of(text: str, functions: Collection[str]) -> list[Claim] | None:
    """Return the claims that `text` consists of; None when it holds anything else."""
    found = [_claim(statement, functions) for statement in ast.parse(text).body]
    claims = [claim for claim in found if claim is not None]
    return claims if claims and len(claims) == len(found) else None


def is_readable(outcome: dict[str, Any]) -> bool:
    """Return whether the outcome of a call is an exception or a value of plain types only."""
    return "raises" in outcome or all(map(_is_plain, _parts(outcome["value"])))


def _parts(data: Any) -> Iterator[Any]:
    yield data
    for item in data if isinstance(data, list) else data["v"] if isinstance(data, dict) else ():
        yield from _parts(item) if isinstance(item, (list, dict)) else (item,)


def _is_plain(data: Any) -> bool:
    if not isinstance(data, dict):
        return True
    # Items whose hashes collide would keep this process busy: it reads small sets only.
    return data["t"] in _PLAIN and (data["t"] == "tuple" or len(data["v"]) <= _MOST_HASHED)


def _claim(statement: ast.stmt, functions: Collection[str]) -> Claim | None:
    if not isinstance(statement, ast.Assert) or statement.msg is not None:
        return None
    test = statement.test
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    found = _OPERATORS.get(type(test.ops[0]))
    for on_left, side, other in ((True, test.left, 0), (False, test.comparators[0], 1)):
        call, value = _call(side, functions), (test.comparators[0], test.left)[other]
        if found is None or call is None:
            continue
        try:
            expected = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError):
            return None
        if opaque(encode(expected)) is not None:
            return None
        said = found[0] if on_left else found[1]
        text = ast.unparse(side)
        return Claim(statement.lineno, text, call, expected, said, on_left, found[2])
    return None


def _call(node: ast.expr, functions: Collection[str]) -> Sequence[Any] | None:
    """Return the call that `node` is, as the candidate's process is asked to make it."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    if node.func.id not in functions:
        return None
    try:
        args = [ast.literal_eval(arg) for arg in node.args]
        kwargs = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords if k.arg}
    except (ValueError, TypeError, SyntaxError):
        return None
    if len(kwargs) < len(node.keywords):
        return None
    call = [node.func.id, encode(args), encode(kwargs)]
    return call if opaque(call) is None else None
