"""The policy refuses what the old code could not do, and lets ordinary repairs pass."""

from __future__ import annotations

import ast
import re
import time

import pytest

from selfcode.records import Outcome
from selfcode.source import Edit, apply_edits, parse
from selfcode.validation.capabilities import CAPABILITIES
from selfcode.validation.policy import capabilities, check_parse, check_policy
from validation.hostile_texts import DISGUISED, HOSTILE, TAMPERED
from validation.ordinary_cells import CELLS, REFUSALS, SNIPPETS, refusals

CELL = """import numpy as np
import pandas as pd
totals = df.groupby("region")["price"].sum()
x = np.sqrt(totals)
"""

ABILITIES = {
    "x = 1 + 1": set(),
    "import os, sys, pickle, subprocess": set(),
    "os.path.join(a, b)": set(),
    "open('a')": {"file-read"},
    "open('a', 'w')": {"file-write"},
    "open('a', mode='r+')": {"file-read", "file-write"},
    "open('a', mode)": {"file-read", "file-write"},
    "pd.read_csv('a')": {"file-read"},
    "pd.read_csv('https://a.example')": {"file-read", "network"},
    "df.to_csv('a')": {"file-write"},
    "df.to_csv()": set(),
    "plt.savefig('a')": {"file-write"},
    "import os\nos.remove('a')": {"file-delete"},
    "requests.get(url)": {"network"},
    "import os as path\npath.system('ls')": {"subprocess", "introspection"},
    "get_ipython().system('ls')": {"subprocess"},
    "get_ipython().run_line_magic('matplotlib', 'inline')": set(),
    "get_ipython().run_cell_magic('time', '', 'open(1)')": {"file-read"},
    "os.environ['A']": {"environment"},
    "ctypes.CDLL('a')": {"native"},
    "eval(x)": {"dynamic-code"},
    "df.query('a > 1')": set(),
    "df.query(q)": {"dynamic-code"},
    "threading.Timer(9, f)": {"process"},
    "import io\npd.read_csv(io.StringIO(t))": set(),
    "class A:\n    def load(self): ...\nA().load()": set(),
    "class A:\n    def go(self): self.load('x')": {"file-read"},
    "if __name__ == '__main__':\n    import sys\n    sys.exit(1)": set(),
    "getattr(x, 'name')": set(),
    "getattr(x, name)": {"introspection"},
    "self._x + other._x": set(),
    "x._y": {"private"},
    "from IPython.display import HTML\nHTML(t)": {"browser"},
    "import my_module": {"import:my_module"},
    "from my_package.part import thing": {"import:my_package"},
    "not python (": set(),
}

REPAIRS = {
    "misspelt reader": ("df = pd.read_cvs('a.csv')", "df = pd.read_csv('a.csv')"),
    "misspelt writer": ("df.to_cvs('a.csv')", "df.to_csv('a.csv')"),
    "misspelt request": ("r = requests.gte(url)", "r = requests.get(url)"),
    "misspelt module": ("r = reqeusts.get(url)", "r = requests.get(url)"),
    "misspelt open": ("f = opne('a')", "f = open('a')"),
    "misspelt figure call": ("plt.savfig('a.png')", "plt.savefig('a.png')"),
    "misspelt run": ("subprocess.rum(['ls'])", "subprocess.run(['ls'])"),
    "misspelt private": ("obj._cofnig", "obj._config"),
    "misspelt in a timed cell": (
        "get_ipython().run_cell_magic('time', '', \"df = pd.read_cvs('a')\")",
        "get_ipython().run_cell_magic('time', '', \"df = pd.read_csv('a')\")",
    ),
    "renamed since": (
        "import inspect\ns = inspect.getargspec(f)",
        "import inspect\ns = inspect.getfullargspec(f)",
    ),
    "misspelt file": ("open('ouput.txt', 'w')", "open('output.txt', 'w')"),
    "misspelt own module": ("import halpers", "import helpers"),
    "import os": ("os.remove(path)", "import os\nos.remove(path)"),
    "import os for path": ("os.path.join(a, b)", "import os\nos.path.join(a, b)"),
    "import subprocess": ("subprocess.run(c)", "import subprocess\nsubprocess.run(c)"),
    "import glob": ("glob.glob('*')", "import glob\nglob.glob('*')"),
    "import Path": ("Path('a').write_text(t)", "from pathlib import Path\nPath('a').write_text(t)"),
    "import pickle": ("pickle.load(f)", "import pickle\npickle.load(f)"),
    "import urlopen": ("urlopen(u)", "from urllib.request import urlopen\nurlopen(u)"),
    "import pool": (
        "ThreadPoolExecutor(4)",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(4)",
    ),
    "import own module": ("tools.clean(df)", "import tools\ntools.clean(df)"),
    "import of a library": ("x = np.ones(3)", "import numpy as np\nx = np.ones(3)"),
    "another file read": ("open('a.txt').read()", "open('b.txt').read()"),
    "open as another way": ("f = open(p)\nt = f.read()", "with open(p) as f:\n    t = f.read()"),
    "keyword of a writer": ("df.to_csv('a', seperator=';')", "df.to_csv('a', sep=';')"),
    "binary mode": ("open(p, 'w').write(data)", "open(p, 'wb').write(data)"),
    "encoding": ("open(p, 'w')", "open(p, 'w', encoding='utf-8')"),
    "argument of a request": ("requests.get(url, tiemout=3)", "requests.get(url, timeout=3)"),
    "key in a request": ("requests.get(row['ulr'])", "requests.get(row['url_2'])"),
    "beside exec": ("exec(code)\nx = 1 + '1'", "exec(code)\nx = 1 + int('1')"),
    "beside a bare except": (
        "try:\n    f(x)\nexcept:\n    y = xx",
        "try:\n    f(x)\nexcept:\n    y = x",
    ),
    "beside a private name": ("obj._a + '1'", "obj._a + 1"),
    "beside a shell line": (
        "get_ipython().system('pip install a')\nimport numpyy",
        "get_ipython().system('pip install a')\nimport numpy",
    ),
    "syntax of a cell that reads": (
        "df = pd.read_csv('a.csv'\ndf",
        "df = pd.read_csv('a.csv')\ndf",
    ),
    "syntax of a cell that runs": ("os.system('ls'", "os.system('ls')"),
    "format": ("t = template.fromat(x)", "t = template.format(x)"),
    "string and number": ("print('n: ' + n)", "print('n: ' + str(n))"),
    "alias of an earlier cell": ("req.get(ulr)", "req.get(url)"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_old_code_could_not_do_is_refused(name: str) -> None:
    text = HOSTILE[name]
    findings = [check_policy(CELL, CELL + text), check_policy(None, text)]
    assert [f.outcome for f in findings] == [Outcome.REJECTED] * 2
    assert all(f.reason and f.details for f in findings)


@pytest.mark.parametrize("name", DISGUISED)
def test_a_disguise_is_seen_through(name: str) -> None:
    assert check_policy(None, DISGUISED[name]).outcome is Outcome.REJECTED


@pytest.mark.parametrize("name", TAMPERED)
def test_a_capability_of_the_old_code_is_no_licence_for_another_deed(name: str) -> None:
    before, after = TAMPERED[name]
    assert check_policy(before, after).outcome is Outcome.REJECTED


@pytest.mark.parametrize("name", REPAIRS)
def test_an_ordinary_repair_passes(name: str) -> None:
    before, after = REPAIRS[name]
    finding = check_policy(before, after)
    assert (finding.outcome, finding.details) == (Outcome.ACCEPTED, ())


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.splitlines()[0][:40])
def test_an_unchanged_cell_passes(cell: str) -> None:
    assert check_policy(cell, cell).details == ()


@pytest.mark.parametrize("text", ABILITIES)
def test_capabilities_are_read_off_the_text(text: str) -> None:
    assert capabilities(text) == ABILITIES[text]


def slipped(word: str) -> str:
    """Return `word` with its last two letters swapped, or one more."""
    return word[:-2] + word[-1] + word[-2] if len(word) > 3 and word[-1] != word[-2] else word + "x"


def broken(cell: str, node: ast.AST) -> str | None:
    """Return `cell` with one slip at `node`, or None where there is nothing to get wrong."""
    match node:
        case ast.Attribute(attr=name, end_lineno=line, end_col_offset=end):
            return apply_edits(cell, [Edit(line, end - len(name), line, end, slipped(name))])
        case ast.Name(id=name, ctx=ast.Load()):
            return apply_edits(cell, [Edit.at(node, slipped(name))])
        case ast.Constant(value=int(number)):
            return apply_edits(cell, [Edit.at(node, f"({number} + 1)")])
        case ast.Import() | ast.ImportFrom() if node.col_offset == 0:
            return apply_edits(cell, [Edit.at(node, "pass")])
        case _:
            return None


def slips() -> list[tuple[str, str]]:
    """Return each ordinary cell with one slip in it, and the cell."""
    pairs = ((broken(cell, node), cell) for cell in CELLS for node in ast.walk(parse(cell)))
    return [(before, after) for before, after in pairs if before is not None]


def test_nearly_every_slip_in_an_ordinary_cell_can_be_repaired(capsys) -> None:
    pairs = slips()
    refused = [pair for pair in pairs if not_accepted(*pair)]
    with capsys.disabled():
        print(f"\npolicy: {len(pairs) - len(refused)} of {len(pairs)} slips repairable")
    assert len(CELLS) >= 150
    assert len(refused) <= 0.01 * len(pairs)
    grave = {"subprocess", "dynamic-code", "introspection", "process"}
    assert all(capabilities(after) & grave for _, after in refused)


def not_accepted(before: str, after: str) -> bool:
    """Return whether the policy refuses the step from `before` to `after`."""
    return check_policy(before, after).outcome is not Outcome.ACCEPTED


def test_there_are_enough_evasions_and_none_gets_through(capsys) -> None:
    pairs = [(CELL, CELL + text) for text in HOSTILE.values()] + list(TAMPERED.values())
    refused = sum(not_accepted(*pair) for pair in pairs)
    with capsys.disabled():
        print(f"\npolicy: {refused} of {len(pairs)} evasions refused")
    assert (len(pairs) >= 100, refused) == (True, len(pairs))


@pytest.mark.parametrize("name", HOSTILE)
def test_granting_every_capability_leaves_only_what_hides_or_does_not_parse(name: str) -> None:
    text = HOSTILE[name]
    granted = capabilities(text) | set(CAPABILITIES)
    outcome = check_policy(None, text, granted).outcome
    hides = {"bidi", "zero width", "null-like", "syntax", "nested", "long chain"}
    assert (outcome is Outcome.REJECTED) == (name in hides)


def test_a_refusal_names_the_line_the_capability_and_a_way_out() -> None:
    finding = check_policy("x = 1", "x = 1\nopen('a', 'w')")
    line = (
        "line 2: open needs file-write (create or overwrite files, or change a database), which "
        "the old code did not use."
    )
    fix = "Fix: Return or show the result, or grant file-write."
    assert (finding.check, finding.reason, finding.details) == ("policy", line, (f"{line} {fix}",))


def refusals_of_every_kind() -> list[str]:
    """Return every line that the policy says of the hostile, tampered and odd texts."""
    odd = ("x = (", "\x00", "# coding: utf-7\n", "x = 1\n" * 100_000, "-" * 20_000 + "1")
    texts = (*HOSTILE.values(), *DISGUISED.values(), *odd)
    pairs = [(None, text) for text in texts] + list(TAMPERED.values())
    return [line for pair in pairs for line in check_policy(*pair).details]


def test_every_refusal_carries_a_fix() -> None:
    lines = refusals_of_every_kind()
    assert len(lines) > 250
    assert [line for line in lines if not re.search(r" Fix: [A-Z].+\.$", line)] == []


def test_a_refusal_says_grant_only_where_a_grant_would_help() -> None:
    text = "import os\nos.remove('a')"
    (line,) = check_policy(None, text).details
    assert line.endswith(
        "which nobody granted. Fix: Leave the files as they are, or grant file-delete."
    )
    assert check_policy(None, text, ["file-delete"]).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_an_ordinary_snippet_is_refused_only_if_the_published_list_says_so(snippet) -> None:
    refused = check_policy(None, snippet.source, snippet.grants).outcome is not Outcome.ACCEPTED
    assert refused == (f"- **{snippet.name}**\n" in REFUSALS.read_text())


def test_at_most_two_in_a_hundred_ordinary_snippets_are_refused() -> None:
    text = REFUSALS.read_text()
    assert text == refusals()
    assert len({s.source for s in SNIPPETS}) == len(SNIPPETS) >= 500
    assert text.count("\n- **") <= 0.02 * len(SNIPPETS)


def test_a_name_that_another_cell_bound_to_a_module_is_known_when_told() -> None:
    after = "files.remove('a')"
    assert check_policy("x", after).outcome is Outcome.ACCEPTED
    assert check_policy("x", after, modules={"files": "os"}).outcome is Outcome.REJECTED


@pytest.mark.parametrize("text", ["x = (", "\x00", "\ud800", "-" * 50_000 + "1", "(" * 500])
def test_no_text_makes_the_checks_raise(text: str) -> None:
    assert check_policy("x = 1", text).outcome is Outcome.REJECTED
    assert check_parse(text).outcome is Outcome.REJECTED
    assert check_policy(text, "x = 1").outcome is Outcome.ACCEPTED
    assert capabilities(text) == frozenset()


def test_a_cell_of_megabytes_is_declined_at_once() -> None:
    finding = check_policy("x = 1", "x = df['a'].sum()\n" * 110_000)
    assert (finding.outcome, finding.seconds < 0.1) == (Outcome.REJECTED, True)


def test_await_at_the_top_of_a_cell_parses() -> None:
    finding = check_parse("x = await f()")
    assert (finding.check, finding.outcome) == ("parse", Outcome.ACCEPTED)


def test_a_hundred_lines_are_judged_in_milliseconds() -> None:
    cell = "\n".join(f"t{i} = df[df.a > {i}].groupby('k').b.sum()" for i in range(100))
    check_policy(cell, cell)
    seconds = []
    for number in range(20):
        began = time.process_time()
        check_policy(cell, f"{cell}\nn = {number}")
        seconds.append(time.process_time() - began)
    assert min(seconds) < 0.02
