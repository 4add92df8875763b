"""Capabilities that are reached on a detour: the policy refuses them all the same."""

import pytest

from selfcode.records import Outcome
from selfcode.validation.policy import check_policy
from validation.more_hostile_texts import MORE

CELL = 'import numpy as np\nimport pandas as pd\nx = df.groupby("a")["b"].sum()\n'


@pytest.mark.parametrize("name", MORE)
def test_a_detour_to_what_the_old_code_could_not_do_is_refused(name):
    findings = [check_policy(CELL, CELL + MORE[name]), check_policy(None, MORE[name])]
    assert [finding.outcome for finding in findings] == [Outcome.REJECTED] * 2


def test_a_table_is_still_summed_by_the_name_of_a_function():
    after = "df.pivot_table('price', 'region', aggfunc='mean')\npd.crosstab(a, b)"
    assert check_policy("df", f"import pandas as pd\n{after}").outcome is Outcome.ACCEPTED
