"""The guard keeps selfcode, Python and Jupyter out of reach of every candidate."""

from __future__ import annotations

import builtins
import importlib
import sys
import types

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, DisplayHandle, display

import selfcode
from selfcode import face
from selfcode.ledger import Ledger
from selfcode.records import Isolation, Outcome, Target, Verdict
from selfcode.validation.gate import Gate
from selfcode.validation.guard import check_guard
from validation.ground_stories import REFUSED_SOURCES
from validation.ordinary_cells import CELLS

CELL = Target("cell", "a1")

REFUSED_TARGETS = [
    "selfcode.validation.gate:Gate.judge",
    "selfcode:repair",
    "builtins:open",
    "sys:exit",
    "importlib._bootstrap:_find_spec",
    "_frozen_importlib:_find_and_load",
    "IPython.core.interactiveshell:InteractiveShell.run_cell",
    "ipykernel.ipkernel:IPythonKernel.do_execute",
    "jupyter_client.session:Session.sign",
    "site:main",
    "traitlets.config:Config",
    "json:loads",
    "os:remove",
    "bandit.core.manager:BanditManager",
    "__main__:get_ipython",
    "__main__:__builtins__",
]

ALLOWED_TARGETS = ["__main__:clean", "__main__:Model.fit", "my_package.part:f", "test:f", "cell:7"]

ACCEPTED_SOURCES = {
    "path appended": "import sys\nsys.path.append('..')",
    "path inserted": "import sys\nsys.path.insert(0, '..')",
    "stdout written": "import sys\nsys.stdout.write('x')\nsys.stdout.flush()",
    "arguments read": "import sys\nx = sys.argv[1:]",
    "magic": "get_ipython().run_line_magic('matplotlib', 'inline')",
    "timed cell": "get_ipython().run_cell_magic('time', '', '!ls')",
    "shell": "get_ipython().system('ls')",
    "own attribute": "self.modules = {}\nmodel.modules.update(x)",
    "own vars": "vars(args)",
    "display": "from IPython.display import display\ndisplay(df)",
    "the shell under a name": "ip = get_ipython()\nif ip:\n    ip.run_line_magic('pwd', '')",
    "the kind of shell": "get_ipython().__class__.__name__ == 'ZMQInteractiveShell'",
    "the type of shell": "type(get_ipython()).__name__",
    "the shell imported": "from IPython import get_ipython\nhere = get_ipython() is not None",
    "a loaded module asked for": "import sys\n'numpy' in sys.modules and print(len(sys.modules))",
    "a module reloaded": "import importlib, mine\nimportlib.reload(mine)",
    "a module by name": "import importlib\nimportlib.import_module('numpy').zeros(3)",
    "an import alone": "import selfcode\nx = 1",
    "a sentence on it": "print('selfcode repairs this notebook')",
    "another file": "open('data/frozen.csv').read()",
    "streams handed on": "import sys, csv\ncsv.writer(sys.stdout)\nprint(1, file=sys.stderr)",
    "globals read": "globals()['x']\nglobals().update(y=1)",
    "own merge": "a.merge(b, on='id').update(c)",
    "a mock of one's own": "from unittest import mock\nwith mock.patch.dict('mine.table', {}): f()",
    "an own magic": "from IPython.core import magic\n@magic.register_line_magic\ndef up(line): ...",
    "a display updated": "h = display(1, display_id=True)\nh.update(2)",
    "widgets": "import ipywidgets as w\nslider = w.IntSlider()\nslider.value = 3",
}


@pytest.mark.parametrize("target", REFUSED_TARGETS)
def test_the_ground_of_the_session_is_no_target(target: str) -> None:
    finding = check_guard(Target.parse(target), "def f(): ...")
    assert (finding.check, finding.outcome) == ("guard", Outcome.REJECTED)


@pytest.mark.parametrize("target", ALLOWED_TARGETS)
def test_code_of_the_user_is_a_target(target: str) -> None:
    assert check_guard(Target.parse(target), "def f(): ...").outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", REFUSED_SOURCES)
def test_a_candidate_does_not_change_the_ground_of_the_session(name: str) -> None:
    finding = check_guard(CELL, REFUSED_SOURCES[name], files=["/srv/audit/ours.db"])
    assert finding.outcome is Outcome.REJECTED
    assert finding.reason


@pytest.mark.parametrize("name", ACCEPTED_SOURCES)
def test_ordinary_use_of_sys_and_the_shell_is_left_alone(name: str) -> None:
    assert check_guard(CELL, ACCEPTED_SOURCES[name]).details == ()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.splitlines()[0][:40])
def test_ordinary_cells_pass(cell: str) -> None:
    assert check_guard(CELL, cell).details == ()


# -- what live names stand for --------------------------------------------------------------------


def _renamed():
    """A function of selfcode that says it is the user's."""
    copy = types.FunctionType(face.vet.__code__, vars(face), "vet")
    copy.__module__ = "__main__"
    return copy


def _renamed_class():
    body = {"judge": Gate.judge, "__module__": "__main__"}
    return type("Mine", (), body)


def _live_names() -> dict[str, object]:
    shell = InteractiveShell()
    ledger = Ledger.__new__(Ledger)
    disguised = types.ModuleType("mine")
    disguised.__dict__.update(vars(sys))
    return {
        "s": selfcode,
        "b": builtins,
        "y": sys,
        "loaded": importlib,
        "vet": selfcode.vet,
        "renamed": _renamed(),
        "Gate": Gate,
        "Renamed": _renamed_class(),
        "ledger": ledger,
        "append": ledger.append,
        "ip": shell,
        "get_ipython": shell.get_ipython,
        "In": shell.user_ns["In"],
        "events": shell.events,
        "callbacks": shell.events.callbacks,
        "hooks": shell.events.callbacks["post_run_cell"],
        "magics": shell.magics_manager.magics["line"],
        "modules": sys.modules,
        "finders": sys.meta_path,
        "open_names": vars(builtins),
        "own_names": vars(face),
        "history": shell.history_manager,
        "Shell": InteractiveShell,
        "verdict": Verdict.of((), Isolation.A),
        "html": HTML("x"),
        "handle": DisplayHandle(),
        "table": {"a": 1},
        "mine": lambda x: x,
        "disguised": disguised,
        "Own": type("Own", (), {"show": staticmethod(display)}),
    }


REFUSED_WITH_LIVE_NAMES = {
    "a module by alias": "s.vet = x",
    "a module used by alias": "s.inject(f, text)",
    "a module handed on": "help_out(s)",
    "builtins by alias": "b.open = x",
    "builtins by alias, set": "setattr(b, 'open', x)",
    "sys by alias": "y.modules['json'] = x",
    "sys by alias, called": "y.meta_path.insert(0, x)",
    "the import system": "loaded.import_module = x",
    "a function": "vet.__code__ = x",
    "a function called": "vet.__globals__['Gate'] = x",
    "a function that says it is mine": "renamed.__code__ = x",
    "a class": "Gate.judge = x",
    "a class, set": "setattr(Gate, 'judge', x)",
    "a class that says it is mine": "Renamed.judge = x",
    "a class body": "class Mine:\n    Gate.judge = x",
    "a decorator": "@Gate.__dict__.setdefault\ndef judge(): ...",
    "an object": "ledger.path = x",
    "an object used": "ledger.append('user', 'approve')",
    "an object's class": "ledger.__class__.append = x",
    "an object's class by type": "type(ledger).append = x",
    "an object handed on": "help_out(ledger)",
    "an object kept": "self.ledger = ledger",
    "an object chained": "a = ledger\nb = a\nb.path = x",
    "a bound method": "append('user', 'approve')",
    "the shell": "ip.events.register('post_run_cell', f)",
    "the shell's names": "ip.user_ns['x'] = 1",
    "the shell's command": "ip.run_line_magic('selfcode', 'approve')",
    "the shell handed on": "help_out(ip)",
    "callbacks": "events.callbacks['post_run_cell'].clear()",
    "callbacks registered": "events.register('post_run_cell', f)",
    "a table of callbacks": "callbacks.clear()",
    "a list of callbacks": "hooks.append(f)",
    "a list of callbacks, sliced": "hooks[:] = []",
    "a list of callbacks, added to": "hooks += [f]",
    "a list of callbacks, removed": "del hooks[0]",
    "a table of magics": "magics['selfcode'] = f",
    "a table of magics, in a class": "class A:\n    magics['selfcode'] = f",
    "a table of magics, handed on": "help_out(magics)",
    "loaded modules": "modules['json'] = x",
    "finders": "finders.insert(0, x)",
    "the names of builtins": "open_names['open'] = x",
    "the names of selfcode": "own_names['vet'] = x",
    "the history": "history.input_hist_raw = []",
    "the shell's class": "Shell.run_cell = x",
}

ACCEPTED_WITH_LIVE_NAMES = {
    "a verdict read": "print(verdict.findings, bool(verdict))",
    "a page changed": "html.data = 'y'",
    "a display updated": "handle.update(3)",
    "what was typed": "print(In[-1])\nIn.append('')",
    "own things": "table.update(b=2)\nmine.note = 1\nOwn.show = x",
    "the shell looked at": "if ip:\n    ip.run_line_magic('matplotlib', 'inline')",
}


@pytest.fixture(scope="module")
def live_names():
    names = _live_names()
    yield names
    names["ip"].history_manager.end_session()


@pytest.mark.parametrize("name", REFUSED_WITH_LIVE_NAMES)
def test_a_live_object_of_the_ground_is_known_under_any_name(live_names, name):
    finding = check_guard(CELL, REFUSED_WITH_LIVE_NAMES[name], live_names)
    assert finding.outcome is Outcome.REJECTED


@pytest.mark.parametrize("name", ACCEPTED_WITH_LIVE_NAMES)
def test_what_only_tells_or_shows_something_may_be_used(live_names, name):
    assert check_guard(CELL, ACCEPTED_WITH_LIVE_NAMES[name], live_names).details == ()


@pytest.mark.parametrize("name", ["vet", "renamed", "Gate", "Gate.judge", "Renamed", "Shell", "s"])
def test_a_target_whose_name_leads_to_the_ground_is_refused(live_names, name):
    finding = check_guard(Target("__main__", name), "def f(): ...", live_names)
    assert finding.outcome is Outcome.REJECTED
    assert "cannot be a target" in finding.reason


def test_a_module_of_selfcode_under_another_name_is_no_target(monkeypatch):
    monkeypatch.setitem(sys.modules, "harmless", face)
    assert check_guard(Target("harmless", "vet"), "def vet(): ...").outcome is not Outcome.ACCEPTED


@pytest.mark.parametrize("name", ["mine", "Own", "table", "missing", "missing.part"])
def test_names_of_the_user_are_targets(live_names, name):
    assert check_guard(Target("__main__", name), "x = 1", live_names).details == ()
