"""Broken notebooks are healed to the right values, and those without an honest fix are not."""

import pytest

from heal.healed_values import judge, names

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("name", names())
def test_a_broken_notebook_ends_with_the_right_values_or_not_healed(name, tmp_path):
    judged = judge(name, tmp_path)
    assert judged.as_expected, judged
