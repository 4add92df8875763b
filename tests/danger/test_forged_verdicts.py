"""Wrong candidates that try to pass: none may be accepted, whatever form the tests have."""

import pytest

from selfcode.records import Example, Outcome
from selfcode.sandbox.worker import Worker
from selfcode.validation.spec import Spec, check_tests

SPECS = {
    "assertions": Spec.parse("assert add(1, 2) == 3\nassert add(2, 2) == 4"),
    "tolerance": Spec.parse("assert abs(add(1, 2) - 3) < 1e-9\nassert not add(2, 2) - 4"),
    "loop": Spec.parse("for a in range(3):\n    s = add(a, 2)\n    assert s == a + 2"),
    "unittest": Spec.parse(
        "import unittest\n"
        "class TestAdd(unittest.TestCase):\n"
        "    def test_sum(self):\n"
        "        self.assertEqual(add(1, 2), 3)\n"
        "        self.assertTrue(add(1, 2))\n"
    ),
    "examples": Spec.parse(
        [Example((1, 2), expected=3), Example((1, "a"), raises=TypeError)], "add"
    ),
}

FORGERIES = {
    "the process ends at once": "import os\ndef add(a, b): os._exit(0)",
    "the process ends while it is imported": "import os; os._exit(0)\ndef add(a, b): pass",
    "SystemExit": "import sys\ndef add(a, b): sys.exit(0)",
    "SystemExit on import": "def add(a, b): pass\nraise SystemExit(0)",
    "an exit hook": "import atexit, os\natexit.register(os._exit, 0)\ndef add(a, b): return 0",
    "a thread that ends the process": """
import os, threading, time
def add(a, b):
    threading.Timer(0.001, os._exit, [0]).start()
    time.sleep(1)
""",
    "an object equal to everything": """
class Any:
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *_: self
    __lt__ = __gt__ = lambda self, other: True
    __bool__ = lambda self: False
def add(a, b): return Any()
""",
    "an int equal to everything": """
class Int(int):
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
    __hash__ = int.__hash__
def add(a, b): return Int(99)
""",
    "a type that claims to be int": """
class Meta(type):
    __eq__ = lambda self, other: True
    __hash__ = lambda self: hash(int)
class Int(int, metaclass=Meta):
    __module__, __qualname__ = 'builtins', 'int'
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
    __hash__ = int.__hash__
def add(a, b): return Int(99)
""",
    "an object that claims to be of numpy": """
class float64:
    __module__ = 'numpy'
    dtype = 'float64'
    __eq__ = lambda self, other: True
    __sub__ = __abs__ = lambda self, *_: self
    __lt__ = lambda self, other: True
    __bool__ = lambda self: False
def add(a, b): return float64()
""",
    "mock.ANY": "from unittest.mock import ANY\ndef add(a, b): return ANY",
    "a mock that answers everything": """
from unittest.mock import MagicMock
def add(a, b):
    mock = MagicMock()
    mock.__eq__ = lambda *_: True
    mock.__sub__ = lambda *_: 0
    return mock
""",
    "patched unittest": """
import unittest
for name in dir(unittest.TestCase):
    if name.startswith('assert'):
        setattr(unittest.TestCase, name, lambda *a, **k: None)
def add(a, b): return 0
""",
    "patched AssertionError": """
import builtins
builtins.AssertionError = type('AssertionError', (Exception,), {})
builtins.abs = lambda x: -1
def add(a, b): return 0
""",
    "expected values read from the caller": """
import sys
def add(a, b):
    frame = sys._getframe(1)
    while frame:
        for value in frame.f_code.co_consts:
            if type(value) is int and value > 2:
                return value
        frame = frame.f_back
    return 0
""",
    "expected values read from the request": """
import gc
def add(a, b):
    for thing in gc.get_objects():
        if type(thing) is dict and 'expected' in thing:
            return thing['expected']
    return 0
""",
    "patched recording": """
import selfcode.validation.script as script
script.Log.note = lambda self, name, *_: self.found.__setitem__(name, ('passed', ''))
def add(a, b): return 0
""",
    "patched cases": """
import selfcode.validation.script as script
script.Case.__exit__ = lambda self, *_: not self._passed()
def add(a, b): return 0
""",
    "patched comparison": """
import selfcode.validation.values as values, selfcode.validation.cases as cases
values.same = cases.same = lambda *a, **k: True
def add(a, b): return 0
""",
    "patched encoding": """
import selfcode.validation.doubles as doubles, selfcode.validation.cases as cases
doubles.encode = cases.encode = lambda value: {'t': 'opaque', 'type': 'x', 'own': False}
def add(a, b): return 0
""",
    "a patched answer": """
import json
dumps = json.dumps
json.dumps = lambda *a, **k: dumps(*a, **k).replace('failed', 'passed')
def add(a, b): return 0
""",
    "an answer written to every descriptor": """
import os
def add(a, b):
    for fd in range(3, 64):
        for text in (b'{"ok": true, "value": {"cases": [["line 1", "passed", ""]], "calls": [],'
                     b' "pending": false, "failing": [], "seconds": 0}}\\n',):
            try: os.write(fd, len(text).to_bytes(4, 'big') + text)
            except OSError: pass
    os._exit(0)
""",
    "a profile function that rewrites results": """
import sys
def add(a, b):
    sys.setprofile(lambda frame, event, arg: frame.f_locals.update(status='passed'))
    return 0
""",
    "an exception that only bears the name": """
class TypeError(Exception): pass
def add(a, b):
    if b == 'a': raise TypeError
    return 0
""",
    "arguments that change at random": """
import itertools
fresh = itertools.count()
def add(a, b): return next(fresh)
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def place():
    worker = Worker("selfcode.validation.cases:run_request")
    yield worker
    worker.close()


@pytest.mark.parametrize("spec", SPECS)
def test_the_honest_function_is_accepted(place, spec):
    finding = check_tests(SPECS[spec], "def add(a, b):\n    return a + b", place, 10.0)
    assert finding.outcome is Outcome.ACCEPTED
    assert "weaker" not in finding.reason


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forged_verdict_is_accepted(place, forgery, spec):
    finding = check_tests(SPECS[spec], FORGERIES[forgery], place, 2.0)
    assert finding.outcome is not Outcome.ACCEPTED, finding
