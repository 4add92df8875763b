"""The policy: a repair may do what the old code could do, and nothing more.

What a text can do is read from its syntax (`uses`); the rules of what covers a use are those of
`baseline`. The policy decides, but it is no wall: the trial runs behind one.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from selfcode.records import Finding, Outcome
from selfcode.validation.baseline import Baseline
from selfcode.validation.capabilities import CAPABILITIES
from selfcode.validation.grammar import parsed
from selfcode.validation.scope import Use
from selfcode.validation.uses import read

_HINTS = {
    "bare except": "Write `except Exception:`.",
    ".format of a computed text": "Write an f-string.",
    "getattr by computed name": "Write the attribute's name.",
    "setattr by computed name": "Write the attribute's name.",
    "type() with three arguments": "Write a class statement.",
    "attributes by computed name": "Write the attributes' names.",
}
_INSTEAD = {
    "file-read": "Work on data that is loaded already",
    "file-write": "Return or show the result",
    "file-delete": "Leave the files as they are",
    "network": "Work on data that is there already",
    "subprocess": "Use a Python library",
    "environment": "Take it as an argument",
    "native": "Use the library's public functions",
    "dynamic-code": "Write the code out",
    "process": "Return instead of ending, waiting or catching everything",
    "introspection": "Use public names, written out",
    "private": "Use the object's public names",
    "browser": "Display plain text, a table or a figure",
    "import": "Use a library that is known",
}
_HIDDEN = frozenset("\u200b\u2060\ufeff\u2028\u2029\u0085")
_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_LONGEST = 500_000
"""Characters: what is longer would keep the session's thread busy for seconds."""
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def capabilities(source: str) -> frozenset[str]:
    """Return the names of what `source` can do: those of `CAPABILITIES`, and `import:NAME`.

    Of a text that does not parse nothing is known: the answer is empty, as it cannot run either.
    """
    try:
        return frozenset(use.capability for use in read(source).uses)
    except (SyntaxError, RecursionError):
        return frozenset()


def check_parse(source: str) -> Finding:
    """Return whether `source` is Python at all, top-level `await` allowed."""
    start = time.perf_counter()
    fault = _fault(source)
    outcome = Outcome.REJECTED if fault else Outcome.ACCEPTED
    return Finding("parse", outcome, fault or "it is Python", time.perf_counter() - start)


def check_policy(
    before: str | None,
    after: str,
    granted: Collection[str] = (),
    *,
    modules: Mapping[str, str] | None = None,
) -> Finding:
    """Return whether `after` does nothing that neither `before` did nor `granted` allows.

    `modules` tells what module a name stands for that another cell bound: `{"o": "os"}`. It raises
    for no text; one that does not parse or is nested too deep is rejected.
    """
    start = time.perf_counter()
    known = tuple(sorted((modules or {}).items()))
    details = tuple(dict.fromkeys(_refusals(before, after, frozenset(granted), known)))
    if not details:
        reason = "does nothing that the old code did not" if before else "needs no capability"
        return Finding("policy", Outcome.ACCEPTED, reason, time.perf_counter() - start)
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    reason = details[0].partition(" Fix: ")[0] + more
    return Finding("policy", Outcome.REJECTED, reason, time.perf_counter() - start, details)


def _refusals(
    before: str | None, after: str, granted: frozenset[str], known: tuple[tuple[str, str], ...]
) -> Iterator[str]:
    """Yield one line for each thing that the policy refuses, by line of the text."""
    if len(after) > _LONGEST:
        yield f"it is longer than {_LONGEST:,} characters. Fix: Split the cell."
        return
    yield from _strange_text(before or "", after)
    try:
        baseline = Baseline(before, known)
        reading = read(after, baseline.known)
        refused = sorted(baseline.refuse(reading, granted), key=lambda pair: pair[0].line)
    except SyntaxError as error:
        line = error.lineno or 1
        yield f"it does not parse: {error.msg} (line {line}). Fix: Correct line {line}."
    except RecursionError:
        yield "it is nested too deep to be judged. Fix: Split it into statements."
    else:
        yield from (_line(use, why if before else "which nobody granted") for use, why in refused)


def _line(use: Use, why: str) -> str:
    kind, _, module = use.capability.partition(":")
    meaning = CAPABILITIES.get(kind, f"run the module {module}")
    hint = _HINTS.get(use.name) or f"{_INSTEAD[kind]}, or grant {use.capability}."
    said = f"line {use.line}: {use.name.lstrip('.')} needs {use.capability} ({meaning})"
    return f"{said}, {why}. Fix: {hint}"


def _strange_text(before: str, after: str) -> Iterator[str]:
    """Yield what makes a text look different from what it is."""
    for character in sorted(set(after) - set(before)):
        if _is_strange(character):
            line = after[: after.index(character)].count("\n") + 1
            name = unicodedata.name(character, "control character")
            said = f"line {line}: U+{ord(character):04X} ({name}) hides what the text says. "
            yield said + f"Fix: Leave it out, or write it as \\u{ord(character):04x} in a string."
    for old, new in zip(_cookies(before), _cookies(after), strict=True):
        if new not in ("", "utf-8", "utf8", old):
            said = f"it declares the encoding {new}, so a file of it would be read differently."
            yield f"{said} Fix: Leave the declaration out."


def _is_strange(character: str) -> bool:
    return (
        character in _HIDDEN
        or unicodedata.bidirectional(character) in _DIRECTIONS
        or (unicodedata.category(character) == "Cc" and character not in "\n\t\r")
    )


def _cookies(text: str) -> list[str]:
    """Return the encodings that the first two lines declare, `""` for none."""
    lines = [*text[:1000].split("\n", 2), "", ""][:2]
    found = (_COOKIE.match(line) for line in lines)
    return [match.group(1).lower() if match else "" for match in found]


def _fault(source: str) -> str:
    try:
        parsed(source)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno or 1})"
    except RecursionError:
        return "it is nested too deep"
    return ""
