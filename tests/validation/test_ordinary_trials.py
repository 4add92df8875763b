"""Ordinary snippets run behind the wall; what does not is on the published list."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import selfcode
from selfcode.sandbox import close_workers
from validation.ordinary_cells import SNIPPETS, WALL

ALONE = [s for s in SNIPPETS if s.stands_alone and not s.grants]
LISTED = set(re.findall(r"(?m)^- \*\*(.+?)\*\*:", WALL.read_text()))


@pytest.fixture(scope="module", autouse=True)
def workers() -> Iterator[None]:
    yield
    close_workers()


@pytest.mark.parametrize("snippet", ALONE, ids=lambda snippet: snippet.name)
def test_an_ordinary_snippet_runs_behind_the_wall_unless_the_list_says_why_not(snippet) -> None:
    trial = selfcode.trial(snippet.source, profile="sci", timeout=30)
    if "ModuleNotFoundError" in trial.error:
        pytest.skip(trial.error)
    ran = trial.ok or "the answer is not JSON" in trial.error
    listed = snippet.name in LISTED
    assert (ran and not trial.refused) is not listed, (trial.error, trial.refused)


def test_the_list_names_only_what_was_run_and_is_short() -> None:
    assert {snippet.name for snippet in ALONE} >= LISTED
    assert len(ALONE) > 300
    assert len(LISTED) <= 0.02 * len(ALONE)
