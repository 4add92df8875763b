"""What is published of the hostile cases is current."""

import pytest

from danger.publish import README, groups, rendered

pytestmark = pytest.mark.danger


def test_the_readme_says_what_the_tables_and_lists_hold():
    assert README.read_text() == rendered()


def test_there_are_as_many_cases_as_were_asked_for():
    counts = {name: count for name, count, _ in groups()}
    forged = sum(count for name, count in counts.items() if name.startswith("verdict forgery"))
    evasions = counts["static evasions (never run)"]
    assert sum(counts.values()) - evasions >= 600
    assert forged >= 60
    assert evasions >= 150
