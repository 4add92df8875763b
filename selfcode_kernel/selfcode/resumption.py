"""What is left to run of a failed cell once it is repaired, so that nothing happens twice."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from selfcode.effects import names_read, names_set, opens, parts_of, text_effects
from selfcode.records import Begun, Effect
from selfcode.source import (
    COMPOUND,
    DEFINITION,
    FUNCTION,
    Definition,
    Spot,
    definitions,
    parse,
)

_ALIKE = 0.6
_AWAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True)
class Resumption:
    """What is left to run of a changed cell in which a statement raised.

    `redefined` are the definitions that had run and now have another text: they are to be injected.
    Then `statements` run in order; they keep the line numbers of the new source. `doubled` says, a
    phrase each, what had changed already and would be changed again: a list from an earlier cell
    to which a loop had begun to append, for example, or a file.
    """

    redefined: tuple[Definition, ...]
    statements: tuple[ast.stmt, ...]
    doubled: tuple[str, ...]

    @property
    def awaits(self) -> bool:
        """Whether a statement waits for something, so that only an event loop can run it."""
        return any(map(_awaits, self.statements))


def resumption(before: str, after: str, failed: Spot, begun: Begun | None = None) -> Resumption:
    """Return what is left to run of `after` when `before` failed at the spot `failed`.

    Statements that had run and are unchanged are skipped, new imports run. Any other change ahead
    of the failing statement makes everything from there on run again, a changed definition aside.
    What the failing statement had `begun` to change is made anew where the cell holds the
    statements that made it; what the text alone tells counts when `begun` is not known. What drew a
    figure that is closed draws it again. Raises `SyntaxError`.
    """
    old, new = parse(before).body, parse(after).body
    failing = index_at(old, failed)
    partner = _align(old, new)
    redefined = _redefined(old[:failing], new, partner)
    first = _first_to_run(new, partner | redefined, failing)
    if begun is None:
        begun = Begun(tuple(map(text_effects, old[:failing])) + _of_begun_block(old, failing))
    restart = _Restart(new, partner | redefined, begun, failing, first)
    doubled = restart.settle() if first < len(new) else set()
    start = restart.start
    changed = {new[index].lineno for index in redefined if index < start}
    known = partner | {index: old_index for index, old_index in redefined.items() if index < start}
    drawn = restart.drawn if start < len(new) else set()
    ahead = [s for i, s in enumerate(new[:start]) if i not in known or i in drawn]
    return Resumption(
        tuple(d for d in definitions(after) if d.line in changed),
        (*ahead, *new[start:]),
        tuple(sorted({effect.shown for effect in doubled})),
    )


def runs_all_of(other: str, before: str, failed: Spot) -> bool:
    """Return whether `other` is `before` with the statement that failed at `failed` mended.

    That is: it holds all other statements, in order, and one that is like the failing one.
    """
    try:
        old, new = parse(before).body, parse(other).body
    except SyntaxError:
        return False
    failing = index_at(old, failed)
    kept = set(_align(old, new).values())
    if not {*range(len(old))} - {failing} <= kept or failing >= len(old):
        return False
    wanted = ast.unparse(old[failing])
    matcher = difflib.SequenceMatcher(b=wanted, autojunk=False)
    for statement in new:
        matcher.set_seq1(ast.unparse(statement))
        if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
            return True
    return False


def _of_begun_block(old: Sequence[ast.stmt], failing: int) -> tuple[tuple[Effect, ...], ...]:
    blocks = [s for s in old[failing : failing + 1] if isinstance(s, COMPOUND)]
    return tuple(map(text_effects, blocks))


@dataclass
class _Restart:
    """Where a changed cell starts anew: far enough back to make anew what had been changed.

    `known` maps the statements of `new` to those that had run; all from `start` on run again, and
    of those ahead the ones that drew.
    """

    new: Sequence[ast.stmt]
    known: dict[int, int]
    begun: Begun
    failing: int
    start: int

    @property
    def drawn(self) -> set[int]:
        """The statements whose drawing is lost."""
        lost = set(self.begun.drawn)
        return {index for index, old in self.known.items() if old in lost}

    def settle(self) -> set[Effect]:
        """Move `start` back as far as needed; return the effects that would still be repeated."""
        while True:
            doubled: set[Effect] = set()
            begins = self.start
            for old, effect in self._repeated():
                needed = self._made_anew(effect, self._place(old))
                if needed is None:
                    doubled.add(effect)
                elif not needed <= {*range(self.start, len(self.new)), *self.drawn}:
                    begins = min(begins, *needed)
            if begins == self.start:
                return doubled
            self.start = begins

    def _repeated(self) -> list[tuple[int, Effect]]:
        """Return the effects of what runs again, each with the old statement that had it."""
        kept = max((self.known[i] + 1 for i in range(self.start) if i in self.known), default=0)
        again = {*range(kept, self.failing + 1), *self.begun.drawn}
        return [
            (old, effect)
            for old, effects in enumerate(self.begun.effects)
            for effect in effects
            if old in again
        ]

    def _place(self, old: int) -> int:
        """Return the statement at which the old statement, or what took its place, stands."""
        after = [index for index, partner in self.known.items() if partner >= old]
        return min(after, default=len(self.new))

    def _made_anew(self, effect: Effect, place: int) -> set[int] | None:
        """Return the statements ahead of `place` that make anew what `effect` changed, or None."""
        for index in range(place - 1, -1, -1) if effect.name else ():
            statement = self.new[index]
            if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
                continue
            reads = names_read(statement.value)
            if effect.name not in _targets(statement) or effect.name in reads:
                continue
            if opens(statement.value):
                return None
            needed = {index}
            for name in reads & self._also(statement.value, effect):
                more = self._made_anew(Effect(name, f"`{name}`"), index)
                if more is None:
                    return None
                needed |= more
            return needed
        return None

    def _also(self, value: ast.expr | None, effect: Effect) -> set[str]:
        """Return the names that must be made anew too: what is used up, or a part of another."""
        parts = set() if effect.rebinds else parts_of(value)
        return parts | set(self.begun.one_shot)


def _targets(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return set(chain.from_iterable(map(names_set, targets)))


def _awaits(statement: ast.stmt) -> bool:
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, _AWAITS) or (isinstance(node, ast.comprehension) and node.is_async):
            return True
        if not isinstance(node, (*FUNCTION, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _redefined(
    had_run: Sequence[ast.stmt], new: Sequence[ast.stmt], partner: dict[int, int]
) -> dict[int, int]:
    """Map the index of each changed definition to that of the only one of its name that had run."""
    ran = {i: s.name for i, s in enumerate(had_run) if isinstance(s, DEFINITION)}
    taken = set(partner.values())
    by_name = {name: index for index, name in ran.items() if index not in taken}
    names = Counter([*by_name, *(s.name for s in new if isinstance(s, DEFINITION))])
    return {
        index: by_name[s.name]
        for index, s in enumerate(new)
        if index not in partner
        and isinstance(s, DEFINITION)
        and s.name in by_name
        and names[s.name] == 2
    }


def index_at(body: Sequence[ast.stmt], spot: Spot) -> int:
    """Return the index of the statement that holds `spot` (the first not ended before it)."""
    ends = ((s.end_lineno or s.lineno, s.end_col_offset or 0) for s in body)
    return next((i for i, end in enumerate(ends) if end > spot), len(body))


def _align(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> dict[int, int]:
    """Map the index of each unchanged new statement to that of its old one."""
    dumps = [[ast.dump(s) for s in body] for body in (old, new)]
    matcher = difflib.SequenceMatcher(a=dumps[0], b=dumps[1], autojunk=False)
    return {b.b + i: b.a + i for b in matcher.get_matching_blocks() for i in range(b.size)}


def _first_to_run(new: Sequence[ast.stmt], partner: dict[int, int], failing: int) -> int:
    """Return the index in `new` from which everything runs, added imports aside."""
    done = 0
    for index, statement in enumerate(new):
        if index in partner:
            if partner[index] >= failing:
                return index
            done = partner[index] + 1
        elif done >= failing or not isinstance(statement, (ast.Import, ast.ImportFrom)):
            return index
    return len(new)
