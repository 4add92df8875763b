"""Running the rest of a failed cell repeats and loses nothing: in a real kernel, by its values."""

import pytest

pytestmark = pytest.mark.kernel

TAKE = (
    "queue = [{'name': 'a'}, {'name': 'b'}]\n"
    "def take():\n    item = queue.pop(0)\n    return item['nmae']"
)
TALLY = (
    "class Tally:\n    def __init__(self):\n        self.count = self.total = 0\n"
    "    def add(self, x):\n        self.count += 1\n        self.total += self.cuont * x\n"
    "tally = Tally()"
)
APPEND = (
    "def note(text):\n    with open('jobs.log', 'a') as fh:\n        fh.write(text)\n"
    "        fh.write(text.uper())"
)
STORE = (
    "import sqlite3\ndef store(name):\n    con = sqlite3.connect('jobs.db')\n"
    "    con.execute('CREATE TABLE IF NOT EXISTS t (name)')\n"
    "    con.execute('INSERT INTO t VALUES (?)', (name,))\n    con.commit()\n"
    "    con.close()\n    return name.uper()\n"
    "def stored():\n    con = sqlite3.connect('jobs.db')\n"
    "    names = con.execute('SELECT name FROM t').fetchall()\n    con.close()\n    return names"
)
BEGUN = {
    "a job is taken in a called function": (TAKE, "got = take()", "`queue`", "queue"),
    "a job is taken by a call that completed": (
        TAKE.replace("nmae", "name") + "\nname = 1",
        "n = take(), nme",
        "`queue`",
        "queue",
    ),
    "a method counts": (TALLY, "tally.add(2)", "`tally`", "tally.count, tally.total"),
    "a function appends to a file": (
        APPEND,
        "note('a')",
        "the file `jobs.log`",
        "open('jobs.log').read()",
    ),
    "a function commits to a database": (
        STORE,
        "done = store('a')",
        "the database `jobs.db`",
        "stored()",
    ),
    "a reader lost its first row": (
        "import csv, io\nreader = csv.DictReader(io.StringIO('name\\na\\nb\\nc'))",
        "names = [r['nmae'] for r in reader]",
        "`reader`",
        "reader.line_num",
    ),
    "lines of a file were read": (
        "open('n.txt', 'w').write('1\\n2\\n3')\nfh = open('n.txt')",
        "total = sum(int(line.stripp()) for line in fh)",
        "the file `n.txt`",
        "fh.closed",
    ),
    "an iterator was advanced": (
        "it = iter([1, 2, 3])\nname = 1",
        "first = next(it) + nme",
        "`it`",
        "it.__length_hint__()",
    ),
}


@pytest.mark.parametrize(("setup", "cell", "named", "state"), BEGUN.values(), ids=BEGUN)
def test_what_would_happen_twice_is_said_before_and_refused(kernel, setup, cell, named, state):
    assert not kernel.run(setup).error
    _, proposal = kernel.fail(cell)
    assert f"Running on would change {named} a second time" in proposal.shown, proposal.shown
    assert "--resume`\n" not in proposal.shown
    assert "run the repaired cell" in proposal.shown
    before = kernel.value(state)
    refused = kernel.run("%selfcode approve --resume --undecided")
    assert f"running on would change {named} a second time" in refused.text
    assert kernel.value(state) == before


def test_what_is_made_in_the_same_cell_is_made_anew(kernel):
    kernel.run("import csv, io\nlog = []")
    _, proposal = kernel.fail(
        "log.append('once')\nbuf = io.StringIO('name\\na\\nb')\nreader = csv.DictReader(buf)\n"
        "names = [r['nmae'] for r in reader]"
    )
    assert "--resume" in proposal.shown, proposal.shown
    assert not kernel.run("%selfcode approve --resume").text
    assert kernel.value("names, log") == "(['a', 'b'], ['once'])"


def test_a_block_that_starts_a_file_anew_runs_again(kernel):
    kernel.run("name = 'b'")
    kernel.fail("with open('out.txt', 'w') as fh:\n    fh.write('a')\n    fh.write(nme)")
    assert not kernel.run("%selfcode approve --resume").text
    assert kernel.value("open('out.txt').read()") == "'ab'"


PLOT = (
    "shown = []\nshown.append('once')\nfig, ax = plt.subplots()\nax.plot(xs, [1, 2, 3])\n"
    "ax.plot(xs, [3, 2, 1])\nax.set_title(titel)\nlines = len(ax.lines)"
)


def test_a_picture_that_was_closed_is_drawn_whole_and_once(kernel):
    kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nxs = [1, 2, 3]\ntitle = 't'")
    failed = kernel.run(PLOT, cell_id="plot")
    assert "NameError" in failed.error
    resumed = kernel.run("%selfcode approve --resume")
    assert not resumed.error, resumed.traceback
    assert not resumed.text
    assert sum("image/png" in data for data in resumed.displays) == 1
    assert kernel.value("lines, shown, ax.get_title()") == "(2, ['once'], 't')"


def test_a_picture_by_pyplot_and_a_table_is_drawn_whole(kernel):
    kernel.run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt, pandas as pd\ntitle = 't'\n"
        "df = pd.DataFrame({'a': [1, 2], 'b': [2, 1]})"
    )
    kernel.run(
        "total = df.sum()\ndf.plot()\nplt.axhline(1)\nplt.title(titel)\nn = len(plt.gca().lines)"
    )
    resumed = kernel.run("%selfcode approve --resume")
    assert sum("image/png" in data for data in resumed.displays) == 1
    assert kernel.value("n") == "3"


def test_a_rest_that_awaits_is_handed_over_as_the_next_cell(kernel):
    kernel.run(
        "import asyncio\nlog = []\nasync def two():\n    await asyncio.sleep(0)\n    return 2"
    )
    _, proposal = kernel.fail("log.append('once')\nvalue = await twoo()\nlog.append(value)")
    assert "awaits something" in proposal.shown
    said = kernel.run("%selfcode approve --resume")
    assert not said.error
    assert "Traceback" not in said.text + said.shown
    assert "run it from the next cell" in said.shown
    assert kernel.value("log") == "['once']"
    (left,) = said.payload
    assert (left["text"], left["replace"]) == ("value = await two()\nlog.append(value)", False)
    assert not kernel.run(left["text"]).error
    assert kernel.value("log") == "['once', 2]"


MENDED = "log.append(1)\ntotal = 1\nresult = total + 1\nlog.append(2)"


@pytest.mark.parametrize(
    ("failed_id", "again_id"), [("a", "a"), (None, None), ("a", "b")], ids=["id", "no id", "pasted"]
)
def test_a_cell_that_was_mended_by_hand_and_ran_is_not_run_on(kernel, failed_id, again_id):
    kernel.run("log = []")
    kernel.fail(MENDED.replace("total +", "totl +"), cell_id=failed_id)
    kernel.run(MENDED, cell_id=again_id)
    refused = kernel.run("%selfcode approve --resume")
    assert "nothing is left to run" in refused.text
    assert kernel.value("log") == "[1, 1, 2]"


def test_a_definition_is_not_resumed_with_when_its_caller_ran_again(kernel):
    kernel.run("log = []\ndef last(xs):\n    return xs[len(xs)]", cell_id="define")
    kernel.fail("log.append(1)\nn = last([1, 2])\nlog.append(n)", cell_id="call")
    kernel.run("log.append(1)\nn = [1, 2][-1]\nlog.append(n)", cell_id="call")
    assert "nothing is left to run" in kernel.run("%selfcode approve --resume").text
    assert kernel.value("log") == "[1, 1, 2]"
    assert kernel.run("last([1])").error
    assert not kernel.run("%selfcode approve").text
    assert kernel.value("last([1, 2])") == "2"


def test_the_evidence_shows_what_was_changed_in_place_or_is_as_before(kernel):
    kernel.run("out = [1]\nsame = 2\ntotal = 1")
    _, proposal = kernel.fail("print(totl)\nout.append(2)\nsame = 2")
    assert "out = [1, 2]" in proposal.shown
    assert "same = 2" in proposal.shown


def test_the_summary_says_the_lines_of_the_traceback(kernel):
    cell = "rows = [{'name': 1}]\n\ndef take():\n    return rows[0]['nmae']"
    kernel.run(cell)
    failed, proposal = kernel.fail("got = take()")
    assert "line 4, in take()" in failed.traceback
    assert "in `take`, line 4" in proposal.shown
