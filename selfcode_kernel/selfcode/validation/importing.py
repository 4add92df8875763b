"""One walled import of a text that has no tests: does it run at all, and what does it ask for."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable
from typing import Any

from selfcode.protocols import Place
from selfcode.records import Finding, Outcome, Trial
from selfcode.validation.grammar import parsed, walk
from selfcode.validation.needs import unmet

_NOT_DEFINED = re.compile(r"NameError: name '(\w+)' is not defined$")


def check_import(
    source: str, place: Place, timeout: float, shows: Callable[[str], bool]
) -> Finding:
    """Return the finding "import" on `source`, which `place` runs once.

    Undecided when it needs what a trial has not, or a name that only a session could define;
    rejected when it fails. `shows` tells whether the wall shows a path. Raises what `place.run`
    raises.
    """
    request = {"kind": "calls", "source": source, "calls": [], "seconds": timeout}
    ran = place.run(request, timeout)
    needs, error = _answer(ran)
    details = [f"would write {path}" for path in needs.get("writes", ())]
    details += [f"the wall refused {call}" for call in ran.refused]
    outcome, reason = Outcome.REJECTED, error
    if lacks := unmet(needs, ran.refused, shows, failed=bool(error)):
        outcome, reason = Outcome.UNDECIDED, f"the code {lacks}: {error}" if error else lacks
    elif not error:
        outcome, reason = Outcome.ACCEPTED, "runs as an import; nothing tests it"
    elif name := _name_of_a_session(source, error):
        outcome, reason = Outcome.UNDECIDED, f"it needs {name}, which it does not define"
    elif error.startswith("the code does not run: SystemExit"):
        outcome, reason = Outcome.UNDECIDED, f"it ends the process: {error}"
    return Finding("import", outcome, reason, ran.seconds, tuple(details))


def _answer(ran: Trial) -> tuple[dict[str, Any], str]:
    """Return what was needed and why it failed: only the exact answer of an import passes."""
    answer = ran.value
    if not ran.ok or not isinstance(answer, dict) or not isinstance(answer.get("needs"), dict):
        return {}, ran.error or "the import gave an unusable answer"
    if answer.get("outcomes") == [] and "broken" not in answer:
        return answer["needs"], ""
    return answer["needs"], str(answer.get("broken") or "the import did not finish in time")


def _name_of_a_session(source: str, error: str) -> str:
    """Return the name that `source` reads and nothing in it defines, if that is its `error`."""
    if (found := _NOT_DEFINED.search(error)) is None:
        return ""
    name = found[1]
    if hasattr(builtins, name):
        return ""
    for statement in parsed(source).body:
        nodes = [n for n in walk(statement) if isinstance(n, ast.Name) and n.id == name]
        added_to = {id(n.target) for n in walk(statement) if isinstance(n, ast.AugAssign)}
        reads = any(isinstance(n.ctx, ast.Load) or id(n) in added_to for n in nodes)
        binds = any(not isinstance(node.ctx, ast.Load) for node in nodes)
        if binds or _defines(statement, name):
            return name if reads else ""  # `df = df.dropna()`
    return name


def _defines(statement: ast.stmt, name: str) -> bool:
    """Return whether `statement` binds `name` by an import or a definition."""
    aliases = getattr(statement, "names", ())
    imported = {(alias.asname or alias.name) for alias in aliases if isinstance(alias, ast.alias)}
    return name in imported or getattr(statement, "name", None) == name
