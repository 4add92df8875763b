"""Hundreds of trials from several threads: all end as they should and nothing piles up."""

from selfcode.sandbox import trial
from soak import holdings, soak


def test_hundreds_of_trials_of_all_kinds_leave_nothing_behind():
    assert trial("").ok
    assert soak(40) == {}
    before = holdings()
    assert soak(360) == {}
    assert holdings() == before
