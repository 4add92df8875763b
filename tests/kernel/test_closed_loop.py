"""Fail, propose, approve, resume, revert: in a real kernel, judged by the live values."""

import re

import pytest

pytestmark = pytest.mark.kernel


def test_a_failing_cell_is_repaired_approved_and_run_to_its_end(kernel):
    kernel.run("import pandas as pd\nlog = []\ndf = pd.DataFrame({'temperature': [1.0, 2.0, 6.0]})")
    failed, proposal = kernel.fail(
        "log.append('once')\nmean = df['temprature'].mean()\ndoubled = mean * 2"
    )
    assert failed.error.startswith("KeyError: 'temprature'")
    assert "+mean = df['temperature'].mean()" in proposal.shown
    assert kernel.value("'mean' in globals(), log") == "(False, ['once'])"

    approved = kernel.run("%selfcode approve --resume")
    assert not approved.error
    assert kernel.value("float(mean), float(doubled), log") == "(3.0, 6.0, ['once'])"
    assert approved.payload[0]["source"] == "set_next_input"
    assert approved.payload[0]["replace"] is True
    assert "df['temperature']" in approved.payload[0]["text"]


def test_the_root_cause_in_another_cell_is_repaired_where_it_is(kernel):
    kernel.run("def last(values):\n    return values[len(values)]\nkept = last", cell_id="define")
    failed, proposal = kernel.fail("tail = last([3, 4, 5])", cell_id="call")
    assert "IndexError" in failed.error
    assert "__main__:last" in proposal.shown
    approved = kernel.run("%selfcode approve --resume")
    assert not approved.error, approved
    assert kernel.value("tail, kept([7, 8]), kept is last") == "(5, 8, True)"
    assert "def last(values):" in approved.payload[0]["text"]
    assert "kept = last" in approved.payload[0]["text"]

    kernel.run("%selfcode revert last")
    assert kernel.run("kept([7, 8])").error.startswith("IndexError")
    kernel.run("%selfcode revert last --to 2")
    assert kernel.value("kept([7, 8])") == "8"


def test_a_function_defined_and_failing_in_one_cell_is_changed_in_place(kernel):
    kernel.run("log = []")
    cell = (
        "def shifted(x):\n    return x + ofset\n"
        "offset = 2\nlog.append('once')\nkept = shifted\nresult = shifted(1)"
    )
    _, proposal = kernel.fail(cell, cell_id="both")
    assert "+    return x + offset" in proposal.shown
    kernel.run("%selfcode approve")
    assert kernel.value("kept(1), log, 'result' in globals()") == "(3, ['once'], False)"
    kernel.run("%selfcode revert cell:both")
    assert kernel.run("kept(1)").error.startswith("NameError")
    kernel.run("%selfcode revert cell:both --to 2")
    assert kernel.value("kept(1), kept is shifted") == "(3, True)"


def test_a_stale_patch_is_refused_and_proposed_again_on_request(kernel):
    kernel.run("def last(values):\n    return values[len(values)]")
    _, first = kernel.fail("last([1, 2])")
    name = re.search(r"\b[0-9a-f]{12}\b", first.shown).group()
    kernel.run("def last(values):\n    'mine'\n    return values[len(values)]")
    refused = kernel.run(f"%selfcode approve {name}")
    assert "changed while the patch was being judged" in refused.text
    assert kernel.value("last.__doc__") == "'mine'"

    again = kernel.run("%selfcode fix --wait")
    kernel.run("%selfcode approve --resume")
    assert kernel.value("last([1, 2]), last.__doc__") == "(2, 'mine')", again


def test_fix_says_so_when_the_cell_would_run_by_now(kernel):
    kernel.fail("missing_one + 1")
    kernel.run("missing_one = 1")
    _, said = kernel.watch("%selfcode fix")
    assert "runs now" in said.shown


def test_the_traceback_is_the_one_of_plain_ipython(kernel, tmp_path):
    code = "def f(x):\n    return x['a']\nf({'b': 1})"
    with_selfcode = kernel.run(code).traceback
    kernel.run("%unload_ext selfcode")
    without = kernel.run(code).traceback
    normal = re.sub(r"In\[\d+\]|ipykernel_\d+/\d+|line: \d+", "", without)
    assert re.sub(r"In\[\d+\]|ipykernel_\d+/\d+|line: \d+", "", with_selfcode) == normal
