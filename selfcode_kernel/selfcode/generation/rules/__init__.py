"""Rules: small named repairs that the live state supports, each for one class of mistakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from selfcode.generation.rules.attributes import misspelt_attribute
from selfcode.generation.rules.bounds import axis_past_end, index_past_end, item_set_past_end
from selfcode.generation.rules.calls import CALLS
from selfcode.generation.rules.columns import (
    ambiguous_truth,
    dropped_column,
    key_differs_in_merge,
    rows_of_text_columns,
)
from selfcode.generation.rules.conversions import CONVERSIONS
from selfcode.generation.rules.frequencies import renamed_frequency
from selfcode.generation.rules.imports import (
    exported_name,
    missing_import,
    missing_submodule,
    moved_import,
    named_beside,
)
from selfcode.generation.rules.key_forms import (
    first_of_its_key,
    key_as_attribute,
    key_of_other_type,
    several_columns,
)
from selfcode.generation.rules.keys import misspelt_in_text, misspelt_key
from selfcode.generation.rules.keywords import (
    argument_left_out,
    positional_by_name,
    unexpected_keyword,
)
from selfcode.generation.rules.loops import counted_loop, pairs_of
from selfcode.generation.rules.names import misspelt_name
from selfcode.generation.rules.options import misspelt_option, value_named_instead
from selfcode.generation.rules.other_names import (
    accessor_left_out,
    function_of_numpy,
    related_method,
)
from selfcode.generation.rules.paths import misplaced_file
from selfcode.generation.rules.renames import (
    appended_frame,
    attribute_elsewhere,
    filled_by_method,
    indexed_by_ix,
    renamed_attribute,
    root_of_squared_error,
)
from selfcode.generation.rules.results import none_from_method, sorted_in_place
from selfcode.generation.rules.scopes import attribute_of_self, variable_of_outer_scope
from selfcode.generation.rules.site import Proposal, Site, sites
from selfcode.protocols import Scene
from selfcode.records import Candidate
from selfcode.source import apply_edits, parse

Rule = Callable[[Site], Iterator[Proposal]]
RULES: tuple[Rule, ...] = (
    missing_import,
    attribute_of_self,
    variable_of_outer_scope,
    named_beside,
    misspelt_name,
    exported_name,
    missing_submodule,
    moved_import,
    renamed_attribute,
    appended_frame,
    indexed_by_ix,
    key_as_attribute,
    misspelt_attribute,
    related_method,
    accessor_left_out,
    function_of_numpy,
    attribute_elsewhere,
    several_columns,
    key_of_other_type,
    dropped_column,
    key_differs_in_merge,
    misspelt_key,
    misspelt_in_text,
    first_of_its_key,
    index_past_end,
    item_set_past_end,
    axis_past_end,
    filled_by_method,
    root_of_squared_error,
    unexpected_keyword,
    positional_by_name,
    argument_left_out,
    renamed_frequency,
    value_named_instead,
    misspelt_option,
    misplaced_file,
    *CONVERSIONS,
    rows_of_text_columns,
    ambiguous_truth,
    pairs_of,
    counted_loop,
    none_from_method,
    sorted_in_place,
    *CALLS,
)

_SECONDS = 0.4
# What a library or a convention says outright leaves guesses far behind.
_SURE = 0.1


class Rules:
    """The proposer that asks each rule in turn; it needs no model and no network."""

    name = "rules"

    def __init__(self, rules: tuple[Rule, ...] = RULES) -> None:
        self._rules = rules

    def propose(self, scene: Scene) -> Iterator[Candidate]:
        """Yield what the rules say of a scene, each text once, the likeliest first."""
        if scene.diagnosis.declined:
            return
        made = (_candidate(proposal) for proposal in self._proposals(scene))
        ordered = sorted((c for c in made if c is not None), key=lambda c: c.cost)
        sure = bool(ordered) and ordered[0].cost <= _SURE
        seen: set[str] = set()
        for candidate in ordered:
            if candidate.hash not in seen:
                seen.add(candidate.hash)
                guess = sure and candidate.cost > _SURE
                yield replace(candidate, cost=candidate.cost + 1) if guess else candidate

    def _proposals(self, scene: Scene) -> Iterator[Proposal]:
        places = sites(scene)
        deadline = time.monotonic() + _SECONDS
        for rule in self._rules if places else ():
            if time.monotonic() > deadline:
                return
            try:
                yield from rule(places[0])
            except Exception:  # noqa: BLE001 - live objects raise what they like
                continue


def _candidate(proposal: Proposal) -> Candidate | None:
    """Return the candidate, or None when its text would touch a magic or not parse."""
    site = proposal.site
    text, python = site.text.splitlines(), site.python.splitlines()
    for edit in proposal.edits:
        touched = slice(edit.line - 1, edit.end_line)
        if text[touched] != python[touched]:
            return None
    try:
        after, plain = (apply_edits(t, proposal.edits) for t in (site.text, site.python))
        parse(plain)
    except (SyntaxError, UnicodeDecodeError, IndexError):
        return None
    target, before = site.suspect.target, site.suspect.text
    return Candidate(target, before, after, Rules.name, proposal.explanation, proposal.cost)
