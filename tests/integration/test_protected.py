"""What a session stands on is never changed, whatever a target is called."""

import builtins
import sys
import types
from pathlib import Path

import pytest

import selfcode
from selfcode import face
from selfcode.errors import ProtectedTarget
from selfcode.integration.lineage import Lineages
from selfcode.ledger import Ledger
from selfcode.validation.gate import Gate


def _names() -> dict:
    names = vars(types.ModuleType("live"))
    names |= {"vet": face.vet, "Gate": Gate}
    exec("def mine(): return vet\nclass Box:\n    Gate = Gate", names)
    return names


TARGETS = {
    "by its own name": ("selfcode.face:vet", "def vet(): return 1"),
    "by the name of a module that is not loaded": ("selfcode.nothing:f", "def f(): return 1"),
    "builtins": ("builtins:open", "def open(): return 1"),
    "the import system": ("importlib._bootstrap:_load", "def _load(): return 1"),
    "the shell": ("IPython.core.interactiveshell:InteractiveShell.run_cell", "def run_cell(): ..."),
    "a function under another name": ("__main__:vet", "def vet(*a): return 1"),
    "a class under another name": ("__main__:Gate", "class Gate:\n    def judge(self): return 1"),
    "a method": ("__main__:Gate.judge", "def judge(self, *a): return True"),
    "an attribute of a class": ("__main__:Box.Gate", "class Gate:\n    judge = None"),
    "through an attribute of a class": ("__main__:Box.Gate.judge", "def judge(self): return 1"),
    "inside a class": (
        "__main__:Box",
        "class Box:\n    class Gate:\n        def judge(self): return True",
    ),
    "beside a definition": (
        "__main__:mine",
        "def mine(): return 1\nclass Gate:\n    def judge(self): return True",
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_that_leads_to_the_ground_is_refused_and_nothing_changes(name):
    target, source = TARGETS[name]
    names = _names()
    before, methods = dict(names), dict(vars(Gate))
    code = face.vet.__code__
    with pytest.raises(ProtectedTarget):
        Lineages(names).inject(target, source)
    assert names == before
    assert dict(vars(Gate)) == methods
    assert face.vet.__code__ is code


def test_a_live_object_of_the_ground_is_refused_also_when_it_says_it_is_mine(monkeypatch):
    monkeypatch.setattr(face.vet, "__module__", "__main__")
    with pytest.raises(ProtectedTarget):
        Lineages({"vet": face.vet}).inject(face.vet, "def vet(): return 1")
    monkeypatch.setitem(sys.modules, "harmless", face)
    monkeypatch.setitem(vars(face), "__name__", "harmless")
    with pytest.raises(ProtectedTarget):
        Lineages().inject("harmless:vet", "def vet(): return 1")


def test_what_calls_the_ground_is_the_users():
    names = _names()
    Lineages(names).inject("__main__:mine", "def mine():\n    return vet and 2")
    assert names["mine"]() == 2


def test_a_class_of_the_users_lets_go_of_the_ground_and_leaves_it_as_it_is():
    names, code = _names(), face.vet.__code__
    exec("class Report:\n    check = vet", names)
    source = "class Report:\n    def check(self): return 1"
    Lineages(names).inject("__main__:Report", source)
    assert names["Report"]().check() == 1
    assert names["vet"] is face.vet
    assert face.vet.__code__ is code


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    face._freeze.cache_clear()
    yield tmp_path / "selfcode" / "ledger.sqlite"
    face._freeze.cache_clear()


def double(x):
    return 2 * x


REACHING = {
    "a target": (face.vet, "def vet(): return 1"),
    "a target by name": ("selfcode.face:vet", "def vet(): return 1"),
    "a source": (double, "import selfcode\ndef double(x):\n    selfcode.vet = None"),
    "a source that patches": (double, "import builtins\ndef double(x):\n    builtins.open = x"),
    "a source with a live name": (double, "def double(x):\n    Gate.judge = None"),
    "a source that lifts": (
        double,
        "def double(x):\n    __import__('os').remove('selfcode/frozen')",
    ),
}


@pytest.mark.parametrize("name", REACHING)
def test_the_face_refuses_it_in_one_line_and_the_ledger_tells_of_it(ledger, name):
    target, source = REACHING[name]
    opened = builtins.open
    with pytest.raises(ProtectedTarget) as caught:
        selfcode.inject(target, source)
    assert len(str(caught.value).splitlines()) == 1
    assert (double(2), builtins.open) == (4, opened)
    (entry,) = Ledger(ledger).entries()
    assert (entry.action, entry.data["attempt"], entry.data["by"]) == (
        "refused",
        "inject",
        "caller",
    )
    assert entry.target.endswith(("vet", "double"))
    assert entry.data["reason"] == str(caught.value)


def test_an_ordinary_injection_opens_no_ledger(ledger):
    selfcode.inject(double, "def double(x):\n    return 3 * x")
    assert double(2) == 6
    selfcode.revert(double)
    assert not Path(ledger).exists()
    with pytest.raises(selfcode.SwapError, match="does not run"):
        selfcode.inject(double, "def double(x:")
