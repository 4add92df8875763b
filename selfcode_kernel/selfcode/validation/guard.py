"""The guard: what no candidate may change, whatever capabilities it has.

selfcode itself, `builtins`, `sys`, the import system, Jupyter's own modules and Python's standard
library cannot be targets, and a candidate may not assign into, delete from or patch those that hold
the session together, hand them on to where they are lost sight of, nor touch the files of selfcode.
Static, on the syntax and on what the live names stand for. What the old text did so already is the
user's own.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selfcode.ground import PROTECTED, holdings, is_container, owner_at, owner_of, top
from selfcode.records import Finding, Outcome, Target
from selfcode.validation.changes import Changes
from selfcode.validation.grammar import parsed, walk
from selfcode.validation.traces import IN_EVERY_MODULE

_OWN_NAMES = frozenset({"test", "this", "antigravity", "__main__"})


def check_guard(
    target: Target,
    source: str,
    namespace: Mapping[str, Any] | None = None,
    files: Sequence[str] = (),
    before: str = "",
) -> Finding:
    """Return whether `target` may be changed at all and `source` leaves the session's ground alone.

    `namespace` are the live names of the session, `files` what it keeps on the disk, `before` the
    text that `source` replaces. It raises for no text; one that does not parse is rejected.
    """
    start = time.perf_counter()
    names = namespace or {}
    found = [*_target(target, names), *_added(before, source, names, files)]
    details = tuple(dict.fromkeys(found))
    outcome = Outcome.REJECTED if details else Outcome.ACCEPTED
    reason = details[0] if details else "leaves selfcode, Python and Jupyter as they are"
    return Finding("guard", outcome, reason, time.perf_counter() - start, details)


def _added(
    before: str, source: str, namespace: Mapping[str, Any], files: Sequence[str]
) -> Iterator[str]:
    """Yield the objections to `source`, without those that there were to `before`."""
    objections = list(_objections(source, namespace, files))
    known = Counter(map(_unplaced, _objections(before, namespace, files) if objections else ()))
    for objection in objections:
        if known[_unplaced(objection)]:
            known[_unplaced(objection)] -= 1
        else:
            yield objection


def _unplaced(objection: str) -> str:
    """Return an objection without its line number."""
    return re.sub(r"^line \d+: ", "", objection)


def _objections(source: str, namespace: Mapping[str, Any], files: Sequence[str]) -> Iterator[str]:
    try:
        tree = parsed(source)
        yield from Changes(tree, _known(tree, namespace), files).found()
    except SyntaxError as error:
        yield f"it does not parse: {error.msg} (line {error.lineno or 1})."
    except RecursionError:
        yield "it is nested too deep to be judged."


def _target(target: Target, namespace: Mapping[str, Any]) -> Iterator[str]:
    if target.is_cell:
        return
    first = top(target.module)
    standard = first in sys.stdlib_module_names and first not in _OWN_NAMES
    if first in PROTECTED or standard:
        yield f"{target.module} cannot be repaired here: it is not code of this notebook."
    if top(target.name) in IN_EVERY_MODULE:
        yield f"{target.name} belongs to the session and cannot be a target."
    names = namespace if target.module == "__main__" else None
    if owner := owner_at(target.module, target.name, names):
        yield f"{target} is {owner}, which cannot be a target."


def _known(tree: ast.Module, namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of `tree` that stand, alive, for what is protected."""
    used = {node.id for node in walk(tree) if isinstance(node, ast.Name)}
    owners = {name: owner_of(namespace[name]) for name in used if name in namespace}
    plain = [name for name in owners if is_container(namespace[name])]
    if plain:
        held = holdings(namespace)
        owners |= {name: held.get(id(namespace[name]), "") for name in plain}
    return {name: owner for name, owner in owners.items() if owner}
