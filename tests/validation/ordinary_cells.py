"""Ordinary notebook code, ours, from `ordinary/*.txt`: what must not be refused.

A snippet begins with a line `### title [grants]`; the grants are the capabilities that a person
would have to give it. `cells.txt` holds cells of a running notebook, all others stand alone.
Run this file to write the published lists of refusals anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from selfcode.records import Outcome
from selfcode.validation.policy import check_policy

FOLDER = Path(__file__).parent / "ordinary"
REFUSALS = FOLDER / "REFUSALS.md"
WALL = FOLDER / "WALL.md"


@dataclass(frozen=True)
class Snippet:
    """One piece of ordinary code, and the capabilities that it must be granted."""

    name: str
    source: str
    grants: tuple[str, ...]

    @property
    def stands_alone(self) -> bool:
        return not self.name.startswith("cells/") and "get_ipython" not in self.source


def _read(path: Path) -> list[Snippet]:
    found = []
    for block in re.split(r"(?m)^### ", path.read_text())[1:]:
        head, _, source = block.partition("\n")
        title, _, grants = head.removesuffix("]").partition(" [")
        found.append(Snippet(f"{path.stem}/{title}", source.strip("\n"), tuple(grants.split())))
    return found


SNIPPETS = tuple(s for path in sorted(FOLDER.glob("*.txt")) for s in _read(path))
CELLS = tuple(s.source for s in SNIPPETS if s.name.startswith("cells/"))


def refusals() -> str:
    """Return the list of what the policy refuses of the snippets, with its reasons."""
    lines = []
    for snippet in SNIPPETS:
        finding = check_policy(None, snippet.source, snippet.grants)
        if finding.outcome is not Outcome.ACCEPTED:
            lines += [f"- **{snippet.name}**", *(f"  - {line}" for line in finding.details)]
    count = sum(line.startswith("- **") for line in lines)
    share = f"{count} of {len(SNIPPETS)} ({count / len(SNIPPETS):.1%})"
    head = [
        "# Ordinary snippets that the policy refuses",
        "",
        f"{share}, each with the capabilities in the heading of the snippet granted.",
        "When they were first put through it, the policy refused 39 of the 343 in all files but",
        "`cells` and `more`, and then, mended by class, 10 of the 57 in `more`.",
        "Written by `python tests/validation/ordinary_cells.py`; a test keeps it current.",
        "",
    ]
    return "\n".join([*head, *lines, ""])


if __name__ == "__main__":
    REFUSALS.write_text(refusals())
    print(REFUSALS.read_text())
