"""What a failed cell had done, and what follows for running its rest: in a real IPython shell."""

from __future__ import annotations

import ast

import pytest

from generation.stories import Story, open_notebook
from selfcode.perception.begun import begun
from selfcode.records import Begun, as_json, from_json
from selfcode.resumption import resumption
from selfcode.validation.trial import spot_in_cell

pytestmark = pytest.mark.filterwarnings(  # the cells leave files open
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with open_notebook(tmp_path_factory.mktemp("begun")) as opened:
        yield opened


def rest(notebook, setup: str, cell: str):
    """Run a cell that fails; return what running on would repeat, and the rest, as text."""
    notebook.fresh(Story("begun", setup, cell, files=(("rows.csv", "Name,n\na,1\nb,2\n"),)))
    failure = notebook.failure(cell)
    assert failure is not None, "the cell does not fail"
    done = begun(failure)
    assert from_json(Begun, as_json(done)) == done
    code = failure.cell.code
    plan = resumption(code, code, spot_in_cell(failure, failure.error), done)
    return plan.doubled, [ast.unparse(statement) for statement in plan.statements]


TAKE = "queue = [{'name': 1}]\ndef take():\n    item = queue.pop(0)\n    return item['nmae']"
ACCOUNT = (
    "class Tally:\n    def __init__(self):\n        self.count = self.total = 0\n"
    "    def add(self, x):\n        self.count += 1\n        self.totl += x\n"
)
LOG = (
    "def log(text, path='jobs.log'):\n    with open(path, 'a') as fh:\n        fh.write(text)\n"
    "        fh.write(text.uper())"
)
STORE = (
    "import sqlite3\ncon = sqlite3.connect(':memory:')\ncon.execute('CREATE TABLE t (a)')\n"
    "def store(x):\n    con.execute('INSERT INTO t VALUES (?)', (x,))\n    con.commit()\n"
    "    return x.nme"
)
OWN_STORE = (
    "import sqlite3\ndef store(x):\n    with sqlite3.connect('t.db') as con:\n"
    "        con.execute('CREATE TABLE IF NOT EXISTS t (a)')\n"
    "        con.execute('INSERT INTO t VALUES (?)', (x,))\n    return x.nme"
)
READER = "import csv, io\nbuf = io.StringIO('Name,n\\na,1\\nb,2')\n"

REPEATED = {
    "a called function took from a list": (TAKE, "got = take()", "`queue`"),
    "a function that completed in the failing statement": (
        "queue = [1, 2]\ndef take():\n    return queue.pop(0)",
        "n = take() + nme",
        "`queue`",
    ),
    "a method of a list in the failing statement": ("q = [1, 2]", "n = q.pop() + nme", "`q`"),
    "a method counted": (f"{ACCOUNT}tally = Tally()", "tally.add(3)", "`tally`"),
    "a method that completed counted": (
        f"{ACCOUNT.replace('totl', 'total')}tally = Tally()",
        "done = (tally.add(3), nme)",
        "`tally`",
    ),
    "a function appended to a file": (LOG, "log('a')", "the file `jobs.log`"),
    "a file was opened to append in an earlier cell": (
        "fh = open('all.log', 'a')",
        "out = [fh.write('a'), nme]",
        "the file `all.log`",
    ),
    "a function inserted and committed": (STORE, "store('a')", "`con`"),
    "a function inserted into a database of its own": (
        OWN_STORE,
        "store('a')",
        "the database `t.db`",
    ),
    "a function further in": (
        f"{TAKE}\n# ---\ndef outer():\n    first = 1\n    return take() + first",
        "got = outer()",
        "`queue`",
    ),
    "a function called back": (
        "seen = []\ndef note(x):\n    seen.append(x)\n    return x.nme",
        "out = list(map(note, [1, 2]))",
        "`seen`",
    ),
    "a decorated function": (
        (
            "import functools\ncalls = []\ndef counted(f):\n    @functools.wraps(f)\n"
            "    def inner(*a):\n        calls.append(a)\n        return f(*a)\n    return inner\n"
            "@counted\ndef half(x):\n    return x.nme"
        ),
        "half(1)",
        "`calls`",
    ),
    "a parameter is an alias": (
        "rows = [{'n': 1}]\ndef bump(row):\n    row['n'] += 1\n    return row['m']",
        "bump(rows[0])",
        "`rows`",
    ),
    "a global is counted": (
        "count = 0\ndef step():\n    global count\n    count += 1\n    return nme",
        "step()",
        "`count`",
    ),
    "a value of a dictionary is built from itself": (
        (
            "state = {'n': 1}\ndef step():\n    old = state['n']\n    state['n'] = old + 1\n"
            "    return state['m']"
        ),
        "step()",
        "`state`",
    ),
    "a loop in a called function": (
        "done = []\ndef run(xs):\n    for x in xs:\n        done.append(1 / x)",
        "run([1, 0])",
        "`done`",
    ),
    "a module's function changes its argument": (
        "import heapq\nheap = [1, 2, 3]",
        "n = heapq.heappop(heap) + nme",
        "`heap`",
    ),
    "a file is moved": (
        "import os\nopen('a.txt', 'w').close()",
        "out = [os.rename('a.txt', 'b.txt'), nme]",
        "what `os.rename` changed",
    ),
    "a reader of an earlier cell": (
        f"{READER}reader = csv.DictReader(buf)",
        "names = [r['name'] for r in reader]",
        "`reader`",
    ),
    "a reader made here of a buffer of an earlier cell": (
        READER,
        "reader = csv.DictReader(buf)\nnames = [r['name'] for r in reader]",
        "`reader`",
    ),
    "an open file": (
        "fh = open('rows.csv')",
        "total = sum(int(line.stripp()) for line in fh)",
        "the file `rows.csv`",
    ),
    "a generator": (
        "gen = (i for i in [1, 2, 3])",
        "total = sum(x.nme for x in gen)",
        "`gen`",
    ),
    "next of an iterator": ("it = iter([1, 2])", "n = next(it) + nme", "`it`"),
    "a pair of sequences": ("z = zip([1, 2], [3, 4])", "out = [a.nme for a, b in z]", "`z`"),
    "a loop over an iterator": ("m = map(str, [1, 2])", "for s in m:\n    print(s.nme)", "`m`"),
    "an iterator unpacked by a call": ("m = iter([1, 2])", "print(*m, nme)", "`m`"),
    "a property that was read counts": (
        (
            "class P:\n    n = 0\n    @property\n    def next(self):\n        self.n += 1\n"
            "        return self.n\np = P()"
        ),
        "p.next + nme",
        "`p`",
    ),
    "a part of a function that completed": (
        (
            "import functools\nseen = []\ndef f(a, b):\n    seen.append(a)\n    return b\n"
            "g = functools.partial(f, 1)"
        ),
        "g(2) + nme",
        "`seen`",
    ),
    "a method of the class above": (
        (
            "class B:\n    def __init__(self):\n        self.xs = []\n    def add(self, x):\n"
            "        self.xs.append(x)\n        return x.nme\nclass C(B):\n    def add(self, x):\n"
            "        return super().add(x)\nc = C()"
        ),
        "c.add(1)",
        "`c`",
    ),
    "a dictionary counts": (
        "d = {}\ndef f(k):\n    d[k] = d.get(k, 0) + 1\n    return k.nme",
        "f('a')",
        "`d`",
    ),
    "a default is shared by all calls": (
        "def f(x, seen=[]):\n    seen.append(x)\n    return x.nme",
        "f(1)",
        "the default of `seen`",
    ),
    "a later round of a loop": (
        "out = []\nrows = [(1, 'a'), (2, 3)]",
        "for n, text in rows:\n    out.append(text.upper())",
        "`out`",
    ),
    "a module's own list": (
        (
            "import sys\nsys.path.insert(0, '.')\nopen('own_begun.py', 'w').write("
            "'DONE = []\\ndef f(x):\\n    DONE.append(x)\\n    return x.nme\\n')\nimport own_begun"
        ),
        "own_begun.f(1)",
        "`own_begun.DONE`",
    ),
    "a coroutine took from a list": (
        "q = [1, 2]\nasync def take():\n    return q.pop().nme",
        "r = await take()",
        "`q`",
    ),
    "an iterator that was unpacked": ("it = iter([1])", "a, b = it", "`it`"),
    "a loop over what shrinks": (
        "q = [1, 2]",
        "while q:\n    q.pop().nme",
        "`q`",
    ),
    "an iterator given to a function that reads it": (
        "m = iter([1, 2])\ndef first(values):\n    return [v.nme for v in values]",
        "first(m)",
        "`m`",
    ),
}


@pytest.mark.parametrize(("setup", "cell", "repeated"), REPEATED.values(), ids=REPEATED)
def test_what_the_failing_statement_had_begun_is_named(notebook, setup, cell, repeated):
    assert rest(notebook, setup, cell)[0] == (repeated,)


AGAIN = {
    "a plain mistake": ("", "a = 1\nb = nme + 1", ["b = nme + 1"]),
    "the failing expression comes first": ("q = [1]", "n = nme + q.pop()", ["n = nme + q.pop()"]),
    "what a function itself made": (
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x.nme)\n    return out",
        "f([1])",
        ["f([1])"],
    ),
    "a fresh object of the same statement": (
        ACCOUNT,
        "total = Tally().add(3)",
        ["total = Tally().add(3)"],
    ),
    "a file that is written anew": (
        "def save(p):\n    with open(p, 'w') as fh:\n        fh.write('a')\n        fh.write(nme)",
        "save('a.txt')",
        ["save('a.txt')"],
    ),
    "a block that starts a file anew": (
        "",
        "with open('a.txt', 'w') as fh:\n    fh.write('a')\n    fh.write(nme)",
        ["with open('a.txt', 'w') as fh:\n    fh.write('a')\n    fh.write(nme)"],
    ),
    "a file that is read anew": (
        "",
        "x = 1\nfh = open('rows.csv')\nn = sum(int(line.stripp()) for line in fh)",
        ["fh = open('rows.csv')", "n = sum((int(line.stripp()) for line in fh))"],
    ),
    "a reader and its buffer are made anew": (
        "import csv, io",
        (
            "buf = io.StringIO('Name\\na')\nx = 1\nreader = csv.DictReader(buf)\n"
            "names = [r['name'] for r in reader]"
        ),
        [
            "buf = io.StringIO('Name\\na')",
            "x = 1",
            "reader = csv.DictReader(buf)",
            "names = [r['name'] for r in reader]",
        ],
    ),
    "a list of the same cell is made anew": (
        "def take(q):\n    return q.pop(0)['nmae']",
        "queue = [{'name': 1}]\ngot = take(queue)",
        ["queue = [{'name': 1}]", "got = take(queue)"],
    ),
    "a table's method gives a new one": (
        "import pandas as pd\ndf = pd.DataFrame({'a': [1]})",
        "n = df.add(1)['b']",
        ["n = df.add(1)['b']"],
    ),
    "a column is made of another": (
        (
            "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\n"
            "def more(t):\n    t['b'] = t['a'] * 2\n    return t['c']"
        ),
        "more(df)",
        ["more(df)"],
    ),
    "a select": (
        (
            "import sqlite3\ncon = sqlite3.connect(':memory:')\n"
            "def rows():\n    return con.execute('SELECT 1 AS a').fetchall()[0]['b']"
        ),
        "rows()",
        ["rows()"],
    ),
    "the first round of a loop": (
        "out = []\nwords = ['a', 'b']",
        "for w in words:\n    out.append(w.uper())",
        ["for w in words:\n    out.append(w.uper())"],
    ),
    "the first round of a numbered loop": (
        "out = []\nwords = ['a', 'b']",
        "for i, w in enumerate(words):\n    out.append(w.uper())",
        ["for i, w in enumerate(words):\n    out.append(w.uper())"],
    ),
    "a copy is changed": (
        (
            "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\n"
            "def f(t):\n    t = t.copy()\n    t['a'] += 1\n    return t['c']"
        ),
        "f(df)",
        ["f(df)"],
    ),
    "an object that the function made": (
        f"{ACCOUNT}\ndef f():\n    own = Tally()\n    own.count += 1\n    return own.nme",
        "f()",
        ["f()"],
    ),
    "a list that shrinks is made anew": (
        "",
        "q = [1, 2]\nwhile q:\n    q.pop().nme",
        ["q = [1, 2]", "while q:\n    q.pop().nme"],
    ),
    "a local counter": (
        "def count(n):\n    n += 1\n    return n.nme",
        "count(1)",
        ["count(1)"],
    ),
    "library calls": (
        "import json\ntext = '{\"a\": 1}'",
        "n = json.loads(text)['b']",
        ["n = json.loads(text)['b']"],
    ),
}


@pytest.mark.parametrize(("setup", "cell", "left"), AGAIN.values(), ids=AGAIN)
def test_what_had_no_effect_or_is_made_anew_is_run_without_alarm(notebook, setup, cell, left):
    assert rest(notebook, setup, cell) == ((), left)
