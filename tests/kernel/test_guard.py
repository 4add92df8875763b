"""A proposer that reaches for the session itself is refused, and each attempt is on the record."""

import json

import pytest

pytestmark = pytest.mark.kernel

PROPOSER = """
from selfcode.records import Candidate, Target
from selfcode.session import Session
import selfcode as harmless
session = get_ipython()._selfcode_front.session
callbacks = get_ipython().events.callbacks

class Reaching:
    name = "reaching"
    def __init__(self, *texts):
        self.texts = texts
    def propose(self, scene):
        cell = scene.failure.cell
        for number, text in enumerate(self.texts):
            target = Target("cell", cell.id)
            yield Candidate(target, cell.source, text, "reaching", "reaches", number / 100)

def reach(*texts):
    session.proposers = (Reaching(*texts),)
"""

ATTEMPTS = [
    "harmless.inject(f, 'def f(): ...')",
    "session.decisions.approve(session.decisions.pending[0])",
    "Session.close = None",
    "callbacks.clear()",
    "get_ipython().run_line_magic('selfcode', 'unfreeze')",
    "import sys\nsys.modules['selfcode.decisions'] = None",
    "open('{data}/selfcode/frozen', 'w')",
    "import sqlite3\nsqlite3.connect('{data}/selfcode/ledger.sqlite')",
    "type(session).close(session)",
    "class Mine(Session):\n    pass",
    "@callbacks.setdefault\ndef f(): ...",
]


def test_each_attempt_on_the_session_is_refused_in_one_line_and_in_the_ledger(kernel):
    kernel.run(PROPOSER)
    texts = [text.format(data=kernel.folder / "data") for text in ATTEMPTS]
    kernel.run(f"reach(*{texts!r})")
    failed, shown = kernel.fail("total = 1\nprint(totl)")
    assert failed.error.startswith("NameError")
    assert "found no repair that passes" in shown.shown
    assert "no patch waits" in kernel.run("%selfcode approve").text
    kernel.run("%selfcode ledger export entries.jsonl")
    lines = (kernel.folder / "entries.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    told = [(e["action"], e["data"]["attempt"], e["data"]["by"]) for e in entries]
    assert told == [("refused", "propose", "reaching")] * len(ATTEMPTS)
    assert len({entry["hash"] for entry in entries}) == len(ATTEMPTS)
    assert all(entry["target"].startswith("cell:") for entry in entries)
    assert all(len(entry["data"]["reason"].splitlines()) == 1 for entry in entries)


HIDDEN = """
class Box: pass
box = Box()
box.inner = [(session, get_ipython(), callbacks)]
def first(x): return x.inner[0]
"""

# what the syntax does not show: a change of the session through an object of the user
UNSEEN = {
    "a method of an object": ("first(box)[0].decisions.approve = print", "decisions.approve"),
    "a method of a class": ("first(box)[0].decisions.__class__.approve = print", "approve"),
    "a list of callbacks": ("first(box)[2]['post_run_cell'].clear()", "post_run_cell"),
    "the code of a function": (
        "first(box)[0].freeze.why.__func__.__code__ = first.__code__",
        "Freeze.why",
    ),
    "the shell": ("first(box)[1].run_cell = print", "run_cell"),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_the_syntax_hides_is_seen_on_the_copy_of_the_session(kernel, name):
    text, says = UNSEEN[name]
    kernel.run("%config Selfcode.capabilities = ['introspection', 'private', 'process']")
    kernel.run(PROPOSER + HIDDEN)
    kernel.run(f"reach({text!r} + '\\ntotal = 1\\nprint(total)')")
    _, shown = kernel.fail("total = 1\nprint(totl)")
    assert "on which this session stands" in shown.shown
    assert says in shown.shown
    assert kernel.value("session.decisions.pending") == "()"
    kernel.run("%selfcode ledger export entries.jsonl")
    (entry,) = map(json.loads, (kernel.folder / "entries.jsonl").read_text().splitlines())
    assert (entry["action"], entry["data"]["by"]) == ("refused", "reaching")
    assert "on which this session stands" in entry["data"]["reason"]


def test_what_only_looks_is_proposed(kernel):
    kernel.run(PROPOSER)
    kernel.run("import matplotlib.pyplot as plt, logging")
    kernel.run(r"reach('total = 1\nplt.plot([1])\nprint(total)')")
    _, shown = kernel.fail("total = 1\nprint(totl)")
    assert "+print(total)" in shown.shown
