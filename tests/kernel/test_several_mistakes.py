"""Mistakes that hide each other: repaired together, each where it is, all live or none."""

import pytest

pytestmark = pytest.mark.kernel

ONE_CELL = {
    "two names of one line": (
        "",
        "when = datetime(2024, 2, 28) + timedelta(days=2)",
        "str(when.date())",
        "'2024-03-01'",
    ),
    "two numbers in one sum": (
        "year, month = 2024, 3",
        "name = 'report_' + year + '_' + month + '.csv'",
        "name",
        "'report_2024_3.csv'",
    ),
    "two keys of one chain": (
        "import pandas as pd\nt = pd.DataFrame({'region': ['a', 'a', 'b'], 'revenue': [1, 2, 4]})",
        "by = t.groupby('regoin')['revenu'].sum()",
        "by.to_dict()",
        "{'a': 3, 'b': 4}",
    ),
    "an import, then a keyword of the same call": (
        "",
        "p = Path('a', 'b')\nnums = sorted([3, 1, 2], reversed=True)",
        "p.name, nums",
        "('b', [3, 2, 1])",
    ),
}


@pytest.mark.parametrize("name", ONE_CELL)
def test_mistakes_of_one_cell_are_repaired_together(kernel, name):
    before, cell, value, right = ONE_CELL[name]
    kernel.run(before)
    _, proposal = kernel.fail(cell)
    assert "[accepted]" in proposal.shown, proposal.shown
    assert not kernel.run("%selfcode approve --resume").error
    assert kernel.value(value) == right


TWO_CELLS = (
    "def load(rows):\n    return [r['pirce'] for r in rows]\n\n"
    "def total(values):\n    return sum(vales)"
)


@pytest.fixture
def two_targets(kernel):
    kernel.run("rows = [{'price': 2}, {'price': 5}]")
    kernel.run(TWO_CELLS, cell_id="define")
    _, proposal = kernel.fail("paid = total(load(rows))", cell_id="call")
    assert "[accepted]" in proposal.shown, proposal.shown
    assert "--- __main__:load (before)" in proposal.shown
    assert "--- __main__:total (before)" in proposal.shown
    return kernel


def test_two_targets_are_approved_and_reverted_as_one(two_targets):
    kernel = two_targets
    approved = kernel.run("%selfcode approve --resume")
    assert not approved.error
    assert kernel.value("paid") == "7"
    (rewritten,) = approved.payload
    assert "r['price']" in rewritten["text"]
    assert "sum(values)" in rewritten["text"]

    reverted = kernel.run("%selfcode revert")
    assert reverted.shown.count("is back at version 1") == 2
    assert reverted.payload[0]["text"] == TWO_CELLS
    assert kernel.run("load(rows)").error.startswith("KeyError")
    assert kernel.run("total([1])").error.startswith("NameError")


def test_of_two_targets_none_is_changed_when_one_is_stale(two_targets):
    kernel = two_targets
    kernel.run("def total(values):\n    return 100")
    assert "total changed while the patch was being judged" in kernel.run("%selfcode approve").text
    assert kernel.value("total([1])") == "100"
    assert kernel.run("load(rows)").error.startswith("KeyError")


def test_two_repairs_one_after_the_other_both_stay_in_their_cell(kernel):
    kernel.run("rows = [{'price': 2}, {'price': 5}]")
    kernel.run(TWO_CELLS, cell_id="define")
    kernel.fail("prices = load(rows)")
    kernel.run("%selfcode approve --resume")
    kernel.fail("paid = total(prices)")
    approved = kernel.run("%selfcode approve --resume")
    assert "r['price']" in approved.payload[0]["text"]
    assert "sum(values)" in approved.payload[0]["text"]


def test_a_class_is_repaired_again_on_top_of_its_first_repair(kernel):
    kernel.run(
        "class Stock:\n    def __init__(self): self.items = {}\n"
        "    def add(self, k, n): self.itmes[k] = n\n"
        "    def count(self): return sum(self.item.values())"
    )
    kernel.fail("s = Stock(); s.add('a', 2)")
    kernel.run("%selfcode approve --resume")
    _, proposal = kernel.fail("n = s.count()")
    assert "self.items[k] = n" in proposal.shown
    assert "self.itmes" not in proposal.shown
    kernel.run("%selfcode approve --resume")
    assert kernel.value("n") == "2"
    kernel.run("%selfcode revert")
    kernel.run("%selfcode revert")
    assert kernel.run("s.add('b', 1)").error.startswith("AttributeError")


def test_a_repair_that_only_moves_the_same_failure_is_not_piled_up(kernel):
    kernel.run("data = {'a': {'x': 1}, 'b': {'x': 2}}")
    _, proposal = kernel.fail("value = data['a']['nothing like it']")
    assert "no repair" in proposal.shown
