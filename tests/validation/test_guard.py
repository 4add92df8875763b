"""The guard keeps selfcode, Python and Jupyter out of reach of every candidate."""

from __future__ import annotations

import pytest

from selfcode.records import Outcome, Target
from selfcode.validation.guard import check_guard
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

REFUSED_SOURCES = {
    "sys.modules item": "import sys\nsys.modules['json'] = x",
    "sys.modules deleted": "import sys\ndel sys.modules['json']",
    "sys.modules by alias": "import sys as s\nm = s.modules\nm['json'] = x",
    "sys.modules imported": "from sys import modules\nmodules.update(x)",
    "sys.modules popped": "import sys\nsys.modules.pop('json')",
    "sys without import": "sys.modules['json'] = x",
    "module as a value": "import sys\ns = sys\ns.meta_path = []",
    "tuple": "import sys\na, b = sys, 1\na.path_hooks.clear()",
    "meta path": "import sys\nsys.meta_path.insert(0, x)",
    "path hooks": "import sys\nsys.path_hooks.append(x)",
    "path slice": "import sys\nsys.path[:0] = ['a']",
    "augmented": "import sys\nsys.path += ['a']",
    "stdout": "import sys\nsys.stdout = x",
    "excepthook": "import sys\nsys.excepthook = x",
    "settrace": "import sys\nsys.settrace(x)",
    "audit hook": "from sys import addaudithook\naddaudithook(x)",
    "builtins": "import builtins\nbuiltins.open = x",
    "builtins setattr": "import builtins\nsetattr(builtins, 'open', x)",
    "builtins delattr": "import builtins\ndelattr(builtins, 'open')",
    "builtins by name": "__builtins__.open = x",
    "builtins item": "__builtins__['open'] = x",
    "builtins dict": "import builtins\nbuiltins.__dict__['open'] = x",
    "builtins vars": "import builtins\nvars(builtins)['open'] = x",
    "builtins rebound": "__builtins__ = {}",
    "with target": "import builtins\nwith x as builtins.open: pass",
    "loop target": "import sys\nfor sys.stdout in xs: pass",
    "mock": "from unittest import mock\nwith mock.patch('builtins.open'): pass",
    "mock object": "from unittest.mock import patch\nimport sys\npatch.object(sys, 'exit')",
    "selfcode attribute": "import selfcode\nselfcode.vet = x",
    "selfcode inner": "from selfcode.validation import gate\ngate.Gate.judge = x",
    "selfcode used": "import selfcode\nselfcode.inject(f, text)",
    "selfcode imported": "from selfcode import inject",
    "selfcode inner imported": "import selfcode.validation.policy as p",
    "selfcode reloaded": "import importlib, selfcode\nimportlib.reload(selfcode)",
    "selfcode magic": "get_ipython().run_line_magic('selfcode', 'approve')",
    "selfcode unloaded": "get_ipython().run_line_magic('unload_ext', 'selfcode')",
    "selfcode configured": "get_ipython().run_line_magic('config', 'Selfcode.mode = \"auto\"')",
    "selfcode by the old magic": "get_ipython().magic('selfcode approve')",
    "timed cell": "get_ipython().run_cell_magic('time', '', 'import sys\\nsys.stdout = x')",
    "events": "get_ipython().events.register('post_run_cell', f)",
    "events by alias": "ip = get_ipython()\nip.events.callbacks['post_run_cell'] = []",
    "user namespace": "get_ipython().user_ns['x'] = 1",
    "transformers": "get_ipython().ast_transformers.append(x)",
    "kernel": "get_ipython().kernel.do_execute = x",
    "shell rebound": "def get_ipython(): ...",
    "shell assigned": "get_ipython = x",
    "shell imported": "from IPython import get_ipython\nget_ipython().events.trigger('x')",
    "IPython class": "from IPython.core.magic import MagicsManager as M\nM.register = x",
    "importlib": "import importlib\nimportlib.import_module = x",
    "import machinery": "import importlib.util\nimportlib.util.find_spec = x",
    "traitlets": "import traitlets\ntraitlets.HasTraits.observe = x",
    "syntax": "x = (",
    "nested": "-" * 50_000 + "1",
}

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
    finding = check_guard(CELL, REFUSED_SOURCES[name])
    assert finding.outcome is Outcome.REJECTED
    assert finding.reason


@pytest.mark.parametrize("name", ACCEPTED_SOURCES)
def test_ordinary_use_of_sys_and_the_shell_is_left_alone(name: str) -> None:
    assert check_guard(CELL, ACCEPTED_SOURCES[name]).details == ()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.splitlines()[0][:40])
def test_ordinary_cells_pass(cell: str) -> None:
    assert check_guard(CELL, cell).details == ()
