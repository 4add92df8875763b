"""The process that reviews: RestrictedPython and Bandit, warm, one JSON line in, one out.

Run as `python -I -m selfcode.validation.review_process PARENT`. It reads texts and never runs them.
It ends when its input does, or when the process PARENT is no longer its parent: forks of the parent
may hold the other end of the pipe open.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import select
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

_PATIENCE = 1.0
"""Seconds between two looks at the parent."""

Issue = dict[str, Any]


def restricted_issues(source: str) -> list[Issue]:
    """Return what RestrictedPython refuses in `source`: `line` and `text` of each."""
    from RestrictedPython.compile import compile_restricted_exec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        errors = compile_restricted_exec(source, filename="candidate.py").errors
    return [_restricted_issue(str(error), source.splitlines()) for error in errors]


def _restricted_issue(error: str, lines: list[str]) -> Issue:
    head, _, text = error.partition(": ")
    number = head.removeprefix("Line ")
    line = int(number) if number.isdigit() else 0
    code = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return {"line": line, "text": text if line else error, "code": code}


def bandit_issues(source: str) -> list[Issue]:
    """Return what Bandit finds in `source`, `# nosec` ignored."""
    from bandit.core.config import BanditConfig
    from bandit.core.manager import BanditManager

    manager = BanditManager(BanditConfig(), "file", ignore_nosec=True)
    # Bandit has no public way to look at a text; the name must end in .py.
    manager._parse_file("candidate.py", io.BytesIO(source.encode()), [])
    if manager.skipped:
        raise ValueError(manager.skipped[0][1])
    lines = source.splitlines()
    return [_bandit_issue(issue, lines) for issue in manager.results]


def _bandit_issue(issue: Any, lines: list[str]) -> Issue:
    return {
        "line": issue.lineno,
        "test": issue.test_id,
        "text": issue.text,
        "severity": issue.severity,
        "confidence": issue.confidence,
        "code": lines[issue.lineno - 1].strip() if 0 < issue.lineno <= len(lines) else "",
    }


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return, by reviewer, the issues of both texts of `request`."""
    return {
        name: [_issues(find, request["before"]), _issues(find, request["after"])]
        for name, find in (("restrictedpython", restricted_issues), ("bandit", bandit_issues))
    }


@lru_cache(maxsize=16)
def _issues(find: Callable[[str], list[Issue]], source: str | None) -> list[Issue] | str:
    """Return the issues of `source`, or one line that says why there are none to tell."""
    try:
        return find(source) if source else []
    except Exception as error:  # noqa: BLE001 - a foreign tool may raise anything on hostile text
        return f"{type(error).__name__}: {error}"


def _requests(parent: int) -> Iterator[bytes]:
    """Yield lines of the input until it ends or the parent is another process."""
    pending = b""
    while os.getppid() == parent:
        if not select.select([0], [], [], _PATIENCE)[0]:
            continue
        if not (chunk := os.read(0, 1 << 16)):
            return
        *lines, pending = (pending + chunk).split(b"\n")
        yield from lines


def main() -> None:
    """Answer requests until there are no more."""
    logging.disable()
    answer({"before": None, "after": "pass"})
    gc.freeze()
    for line in _requests(int(sys.argv[1])):
        request = json.loads(line)
        reply = {"id": request["id"], **answer(request)}
        os.write(1, json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
