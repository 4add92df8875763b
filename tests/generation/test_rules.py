"""The rules, told as stories of broken notebooks and judged by the final values."""

from __future__ import annotations

from collections import Counter
from statistics import median

import pytest

from generation.fresh_stories import STORIES as FRESH
from generation.later_stories import STORIES as LATER
from generation.negative_stories import STORIES as NEGATIVE
from generation.positive_stories import STORIES as POSITIVE
from generation.stories import Story, open_notebook
from generation.wider_stories import STORIES as WIDER

ALL = (*POSITIVE, *LATER, *WIDER, *FRESH, *NEGATIVE)
REPAIRABLE = tuple(story for story in ALL if story.holds)
HOPELESS = tuple(story for story in ALL if not story.holds)


class Tally:
    """Counts outcomes over all stories of a run."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []

    def note(self, kind: str, told) -> None:
        self.outcomes[f"{kind}: {told.outcome}"] += 1
        self.seconds.append(told.seconds)


@pytest.fixture(scope="module")
def tally():
    counted = Tally()
    yield counted
    if counted.seconds:
        middle, most = median(counted.seconds), max(counted.seconds)
        print(f"\n{dict(counted.outcomes)}, {middle * 1e3:.1f} ms median, {most * 1e3:.0f} ms most")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with open_notebook(tmp_path_factory.mktemp("stories")) as opened:
        yield opened


def named(stories: tuple[Story, ...]):
    return pytest.mark.parametrize("story", stories, ids=[story.name for story in stories])


@named(REPAIRABLE)
def test_the_first_repair_that_runs_gives_the_values_that_were_meant(story, notebook, tally):
    told = notebook.tell(story)
    tally.note("repairable", told)
    assert told.outcome == "fixed", f"{told.diagnosis.summary}\n{told.tried}"


@named(HOPELESS)
def test_where_no_honest_repair_exists_none_runs(story, notebook, tally):
    told = notebook.tell(story)
    tally.note("hopeless", told)
    assert told.outcome == "none", f"{told.diagnosis.summary}\n{told.tried}"


AFTER = {
    "comments and layout stay": (
        "values = [1, 2]",
        "# the sum\ntotal = sum( vaules )   # of vaules\n",
        "# the sum\ntotal = sum( values )   # of vaules\n",
    ),
    "an import goes after those that are there": (
        "",
        '"""T."""\nfrom __future__ import annotations\nimport os\n\nx = np.e',
        '"""T."""\nfrom __future__ import annotations\nimport os\nimport numpy as np\n\nx = np.e',
    ),
    "an import goes below the magics": (
        "",
        "%precision 3\n\n# sum\nx = np.ones(2)",
        "%precision 3\nimport numpy as np\n\n# sum\nx = np.ones(2)",
    ),
    "an import goes below the cell magic": (
        "",
        "%%time\nx = np.ones(2)",
        "%%time\nimport numpy as np\nx = np.ones(2)",
    ),
    "a literal keeps its quotes": (
        "d = {'price': 1}",
        'v = d["prcie"] + d["prcie"]',
        'v = d["price"] + d["price"]',
    ),
    "all uses of a misspelt name": (
        "values = [1]",
        "a = sum(vaules)\nb = max(vaules)",
        "a = sum(values)\nb = max(values)",
    ),
    "letters of several bytes before the place": (
        "values = [1]",
        "a = 'äöü'; b = sum(vaules)",
        "a = 'äöü'; b = sum(values)",
    ),
}


@pytest.mark.parametrize("name", AFTER)
def test_an_edit_changes_only_what_it_is_about(name, notebook):
    setup, cell, after = AFTER[name]
    notebook.fresh(Story(name, setup, cell))
    _, candidates = notebook.propose(notebook.failure(cell))
    assert candidates[0].after == after


def test_a_definition_gets_its_import_before_its_def(notebook):
    notebook.fresh(Story("def", "def pick():\n    return random.choice([1])", "pick()"))
    _, candidates = notebook.propose(notebook.failure("pick()"))
    assert str(candidates[0].target) == "__main__:pick"
    assert candidates[0].after == "import random\ndef pick():\n    return random.choice([1])\n"


def test_a_magic_line_is_never_changed(notebook):
    notebook.fresh(Story("magic", "values = [1]", ""))
    _, candidates = notebook.propose(notebook.failure("x = !echo hi\ny = vaules"))
    assert [c.after for c in candidates] == ["x = !echo hi\ny = values"]


def test_rivals_cost_the_same_and_what_is_far_costs_more(notebook):
    notebook.fresh(Story("rivals", "qty = '4'\nprice = 2", ""))
    _, both = notebook.propose(notebook.failure("t = qty + price"))
    assert [c.after for c in both] == ["t = int(qty) + price", "t = qty + str(price)"]
    assert both[1].cost - both[0].cost <= 0.5
    _, one = notebook.propose(notebook.failure("t = 'n: ' + price"))
    assert [c.after for c in one] == ["t = 'n: ' + str(price)"]


RIVALS = {
    "a text with leading zeros and a number": (
        "sku = '04'\nn = 5",
        "s = sku + n",
        ["s = sku + str(n)", "s = int(sku) + n"],
    ),
    "counting from one, or leaving out the first": (
        "rows = ['head', 'a']",
        "out = []\nfor i in range(1, len(rows) + 1):\n    out.append(rows[i])",
        [
            "out = []\nfor i in range(1, len(rows) + 1):\n    out.append(rows[i - 1])",
            "out = []\nfor i in range(1, len(rows)):\n    out.append(rows[i])",
        ],
    ),
    "a container too short, or a loop too long": (
        "n = 3",
        "sq = [0] * n\nfor i in range(n + 1):\n    sq[i] = i * i",
        [
            "sq = [0] * n\nfor i in range(n):\n    sq[i] = i * i",
            "sq = [0] * (n + 1)\nfor i in range(n + 1):\n    sq[i] = i * i",
        ],
    ),
    "a near key, and one in full": (
        "d = {'description': 1, 'descr': 2}",
        "v = d['desc']",
        ["v = d['descr']", "v = d['description']"],
    ),
    "texts joined, or the list shown": (
        "xs = ['a', 'b']",
        "s = 'all: ' + xs",
        ["s = 'all: ' + \", \".join(xs)", "s = 'all: ' + str(xs)"],
    ),
    "an attribute of self, and one of the outer scope": (
        "n = 0\nclass C:\n    n = 5\n    def hit(self):\n        n += 1\nc = C()",
        "c.hit()",
        [
            "class C:\n    n = 5\n    def hit(self):\n        global n\n        n += 1\n",
            "class C:\n    n = 5\n    def hit(self):\n        self.n += 1\n",
        ],
    ),
}


@pytest.mark.parametrize("name", RIVALS)
def test_repairs_with_different_results_are_offered_side_by_side(name, notebook):
    setup, cell, after = RIVALS[name]
    notebook.fresh(Story(name, setup, cell))
    _, candidates = notebook.propose(notebook.failure(cell))
    near = [c for c in candidates if c.cost <= candidates[0].cost + 0.5]
    assert sorted(c.after for c in near) == sorted(after)


def test_an_explanation_names_what_is_missing_and_what_is_near(notebook):
    setup = "import pandas as pd\ndf = pd.DataFrame({'temperature': [1]})"
    notebook.fresh(Story("words", setup, ""))
    _, candidates = notebook.propose(notebook.failure("df['temprature']"))
    assert candidates[0].explanation == "`df` has no `temprature`; the nearest is `temperature`"


def test_an_object_that_raises_on_every_look_stops_no_rule(notebook):
    setup = (
        "class Trap:\n    def __getattribute__(self, name):\n        raise RuntimeError(name)\n"
        "    def __len__(self):\n        raise RuntimeError('len')\n"
        "trap = Trap()\nvalues = [1]"
    )
    notebook.fresh(Story("trap", setup, ""))
    _, candidates = notebook.propose(notebook.failure("x = vaules[0]"))
    assert [c.after for c in candidates] == ["x = values[0]"]


def test_a_huge_container_is_searched_at_both_ends(notebook):
    setup = "d = {f'k{i}': i for i in range(200_000)}\nd['learning_rate'] = 1"
    notebook.fresh(Story("huge", setup, ""))
    _, candidates = notebook.propose(notebook.failure("x = d['learning_rat']"))
    assert [c.after for c in candidates] == ["x = d['learning_rate']"]


def test_every_story_has_a_name_of_its_own():
    names = [story.name for story in ALL]
    assert [name for name, count in Counter(names).items() if count > 1] == []
