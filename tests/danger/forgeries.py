"""Wrong candidates that try to pass: none of them adds. They are only ever run behind the wall."""

# What the candidate needs to answer in the place of its judge.
ANSWER = """
import json, os, struct
CALLS = 2
def answer(value):
    body = json.dumps({'ok': True, 'value': value, 'error': ''}).encode()
    for number in range(3, 64):
        try: os.write(number, struct.pack('<I', len(body)) + body)
        except OSError: pass
    os._exit(0)
"""

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

    # results that claim to be what they are not
    "an int whose comparison lies": """
class Int(int):
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __hash__ = int.__hash__
def add(a, b): return Int(0)
""",
    "an int that changes when it is looked at": """
class Int(int):
    n = 0
    def __index__(self): return 3
    def __int__(self): return 3
    def __repr__(self): return '3'
    def __sub__(self, other): return 0
def add(a, b): return Int(7)
""",
    "a float that is every number": """
class Float(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
    __hash__ = float.__hash__
def add(a, b): return Float('nan')
""",
    "not a number": "def add(a, b): return float('nan')",
    "infinity": "def add(a, b): return float('inf')",
    "a text that shows the number": """
class Text(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
    __sub__ = lambda self, other: 0
def add(a, b): return Text('3')
""",
    "a text that is the number": "def add(a, b): return str(a) + str(b)",
    "a number of another type": "def add(a, b): return complex(99)",
    "true for one": "def add(a, b): return True",
    "an object whose class lies": """
class Any:
    __class__ = int
    __eq__ = lambda self, other: True
    __sub__ = __abs__ = lambda self, *_: 0
def add(a, b): return Any()
""",
    "an object whose class changes": """
class Any:
    def __getattribute__(self, name):
        return int if name == '__class__' else object.__getattribute__(self, name)
    __eq__ = lambda self, other: True
    __rsub__ = __sub__ = lambda self, other: 0
def add(a, b): return Any()
""",
    "a class that is equal to everything": """
class Meta(type):
    __eq__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = lambda self, other: 0
    __hash__ = lambda self: 1
class Any(metaclass=Meta): pass
def add(a, b): return Any
""",
    "an object that is reduced to the answer": """
class Any:
    def __reduce__(self): return int, (3,)
    __reduce_ex__ = lambda self, _: (int, (3,))
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
def add(a, b): return Any()
""",
    "an object put among the interpreter's": """
import builtins
class int:
    __module__ = 'builtins'
    __eq__ = lambda self, other: True
    __sub__ = __abs__ = lambda self, *_: self
    __lt__ = lambda self, other: True
    __bool__ = lambda self: False
builtins.int2 = int
int.__name__ = int.__qualname__ = 'int2'
def add(a, b): return int()
""",
    "an object put among a library's": """
import fractions
class Evil:
    __module__ = 'fractions'
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *_: self
    __lt__ = __gt__ = lambda self, other: True
    __bool__ = lambda self: False
fractions.Evil = Evil
def add(a, b): return Evil()
""",
    "an object of a library that is never unequal": """
import fractions
class Fraction(fractions.Fraction):
    __module__ = 'fractions'
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
    __hash__ = object.__hash__
fractions.Fraction = Fraction
def add(a, b): return Fraction(99)
""",
    "a masked value": "import numpy as np\ndef add(a, b): return np.ma.masked",
    "an array of nothing": "import numpy as np\ndef add(a, b): return np.array([])",
    "an array of its own kind": """
import numpy as np
class Array(np.ndarray):
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
def add(a, b): return np.zeros(1).view(Array)
""",
    "not implemented": "def add(a, b): return NotImplemented",
    "nothing but dots": "def add(a, b): return ...",
    "a list without end": "def add(a, b):\n    x = []\n    x.append(x)\n    return x",
    "very much": "def add(a, b): return list(range(300_000))",
    "an iterator that never ends": "import itertools\ndef add(a, b): return itertools.repeat(3)",
    "a generator": "def add(a, b):\n    yield 3",
    "a coroutine": "async def add(a, b): return 0",
    "a function": "def add(a, b): return add",
    "a number too long for words": "def add(a, b): return 10 ** 5000",
    "a surrogate": "def add(a, b): return '\\ud800'",
    # errors
    "the error that the tests would raise": "def add(a, b): raise AssertionError",
    "a skipped test": "import unittest\ndef add(a, b): raise unittest.SkipTest('later')",
    "an error of the harness": """
import selfcode.validation.script as script
def add(a, b): raise script.Pending
""",
    "the harness' word for unread": """
import selfcode.validation.values as values
def add(a, b): raise values.Unreadable('x')
""",
    "the harness' word for late": """
import selfcode.validation.script as script
def add(a, b): raise script.Late
""",
    "a generator that is closed": "def add(a, b): raise GeneratorExit",
    "an interrupt": "def add(a, b): raise KeyboardInterrupt",
    "an error whose class lies": """
class Odd(Exception):
    __module__ = 'builtins'
    __eq__ = lambda self, other: True
Odd.__qualname__ = Odd.__name__ = 'TypeError'
def add(a, b):
    if b == 'a': raise Odd
    return 0
""",
    "an error that is always the wanted one": """
class Meta(type):
    __instancecheck__ = __subclasscheck__ = lambda self, other: True
class Any(Exception, metaclass=Meta): pass
def add(a, b): raise Any
""",
    "a group of errors": "def add(a, b): raise ExceptionGroup('x', [TypeError()])",
    # the end of the process
    "a signal to itself": "import os\ndef add(a, b): os.kill(os.getpid(), 9)",
    "an abort": "import os\ndef add(a, b): os.abort()",
    "a fault": "import ctypes\ndef add(a, b): ctypes.string_at(0)",
    "an exec": "import os, sys\ndef add(a, b): os.execv(sys.executable, ['python', '-c', ''])",
    "the end in a finalizer": """
import os
class D:
    def __del__(self): os._exit(0)
def add(a, b):
    D()
    return 0
""",
    "the end in an alarm": """
import os, signal
signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
signal.setitimer(signal.ITIMER_REAL, 0.01)
def add(a, b): return 0
""",
    "a handler in place of the deadline's": """
import signal
signal.signal = lambda *_: None
def add(a, b):
    while True: pass
""",
    "silence": "import time\ndef add(a, b): time.sleep(60)",
    "a closed channel": """
import os, time
def add(a, b):
    os.closerange(3, 4096)
    time.sleep(60)
""",
    # the interpreter
    "a trace function": """
import sys
def trace(frame, event, arg):
    if event == 'return' and 'found' in frame.f_locals: frame.f_locals['found'].clear()
    return trace
def add(a, b):
    sys.settrace(trace)
    return 0
""",
    "an audit hook": """
import os, sys
def add(a, b):
    sys.addaudithook(lambda *_: os._exit(0))
    return 0
""",
    "a patched import": """
import builtins
original = builtins.__import__
builtins.__import__ = lambda *a, **k: original('json')
def add(a, b): return 0
""",
    "patched types": """
import builtins
builtins.type = lambda *a: int
builtins.isinstance = lambda *a: True
builtins.id = lambda _: 0
builtins.len = lambda _: 0
def add(a, b): return 0
""",
    "patched reading": """
import json
json.loads = lambda *_, **__: {'kind': 'tests'}
json.decoder.JSONDecoder.decode = lambda *_: 3
def add(a, b): return 0
""",
    "a patched encoder": """
import json
json.encoder.JSONEncoder.encode = lambda self, value: '{"ok": true, "value": 3, "error": ""}'
json.encoder.c_make_encoder = None
def add(a, b): return 0
""",
    "the number three": """
import ctypes
def add(a, b):
    ctypes.memmove(id(0), id(3), 32)
    return 0
""",
    "the constants of the caller": """
import sys
def add(a, b):
    frame = sys._getframe(1)
    code = frame.f_code
    for value in [*code.co_consts, *frame.f_locals.values()]:
        if isinstance(value, int) and value not in (a, b, True, False, 0): return value
    return 0
""",
    "the text of the tests": """
import gc, re
def add(a, b):
    for thing in gc.get_objects():
        if type(thing) is dict and 'text' in thing:
            found = re.search(r'== (\\d)', thing['text'])
            return int(found[1]) if found else 0
    return 0
""",
    "who refers to the arguments": """
import gc
def add(a, b):
    for holder in gc.get_referrers(add):
        for inner in gc.get_referrers(holder):
            if type(inner) is dict and 'examples' in inner:
                return inner['examples'][0].get('expected', {'v': 0})
    return 0
""",
    "the code of the tests rewritten": """
import gc, types
def add(a, b):
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and thing.__name__ in ('__exit__', 'note', 'unit'):
            thing.__code__ = (lambda *a, **k: True).__code__
    return 0
""",
    "the frames of the tests rewritten": """
import sys
def add(a, b):
    frame = sys._getframe(1)
    while frame:
        for name in ('status', 'found', 'log', 'known'):
            if name in frame.f_locals: frame.f_locals[name] = None
        frame = frame.f_back
    return 0
""",
    "a thread that rewrites the log": """
import gc, threading, time
def rewrite():
    while True:
        for thing in gc.get_objects():
            if type(thing).__name__ == 'Log':
                for key in list(thing.found): thing.found[key] = ('passed', '')
        time.sleep(0.001)
threading.Thread(target=rewrite, daemon=True).start()
def add(a, b): return 0
""",
    "a log that only passes": """
import gc
class Found(dict):
    def __setitem__(self, key, value): dict.__setitem__(self, key, ('passed', ''))
def add(a, b):
    for thing in gc.get_objects():
        if type(thing).__name__ == 'Log': thing.found = Found(thing.found)
    return 0
""",
    "an import hook for the judges": """
import sys
class Finder:
    def find_spec(self, *_): return None
sys.meta_path.insert(0, Finder())
for name in [n for n in sys.modules if n.startswith('selfcode.validation')]: del sys.modules[name]
def add(a, b): return 0
""",
    # the answer
    "the answer of examples": ANSWER + """
def add(a, b): answer({'outcomes': [{'value': 3, 'itself': []}] * 2})
""",
    "the answer of examples, raising all": ANSWER + """
def add(a, b):
    answer({'outcomes': [{'raises': 'x', 'names': ['builtins.TypeError', 'TypeError']}] * 2})
""",
    "the answer of tests": ANSWER + """
PASSED = [['line 1', 'passed', ''], ['line 2', 'passed', ''], ['TestAdd.test_sum', 'passed', '']]
def add(a, b):
    answer({'cases': PASSED, 'calls': [], 'pending': False, 'failing': [], 'seconds': 0})
""",
    "the answer of tests, opaque": ANSWER + """
OPAQUE = {'t': 'opaque', 'type': 'numpy.matrix', 'own': False}
def add(a, b): answer({'outcomes': [{'value': OPAQUE, 'itself': []}] * CALLS})
""",
    "the answer of tests, too large to be told": ANSWER + """
LARGE = {'t': 'opaque', 'type': 'list', 'own': False, 'large': True}
def add(a, b): answer({'outcomes': [{'value': LARGE, 'itself': []}] * CALLS})
""",
    "an answer that is the argument": ANSWER + """
def add(a, b): answer({'outcomes': [{'value': 0, 'itself': [0]}] * CALLS})
""",
    "an answer of other arguments": ANSWER + """
AFTER = [[9, 9], {'t': 'dict', 'v': []}]
def add(a, b): answer({'outcomes': [{'value': 0, 'itself': [], 'after': AFTER}] * CALLS})
""",
    "an answer that is late": ANSWER + """
def add(a, b): answer({'outcomes': [{'late': True}]})
""",
    "an answer of no outcomes": ANSWER + "def add(a, b): answer({'outcomes': []})\n",
    "an answer that is nothing": ANSWER + "def add(a, b): answer(None)\n",
    "an answer of true": ANSWER + "def add(a, b): answer(True)\n",
    "an answer of unknown kinds": ANSWER + """
def add(a, b): answer({'outcomes': [{'value': {'t': 'os.system', 'v': ['true']}, 'itself': []}] * CALLS})
""",
    "an answer of kinds that are not themselves": ANSWER + """
VALUE = {'t': 'numpy.generic', 'v': ['O', {'t': 'float', 'v': 'nan'}]}
def add(a, b): answer({'outcomes': [{'value': VALUE, 'itself': []}] * CALLS})
""",
    "an answer at once": ANSWER + "answer({'outcomes': [{'value': 3, 'itself': []}] * 2})\n",
    "the answers told from one process to the other": ANSWER + """
import sys
told = {}
def add(a, b):
    if type(a) is dict: return told.update(a) or 0
    frame = sys._getframe(1)
    while frame and frame.f_code.co_filename != '<tests>': frame = frame.f_back
    if frame is None: return told.get(f'{a},{b}', 0)
    secret = {'t': 'dict', 'v': [['1,2', 3], ['2,2', 4], ['0,2', 2], ['2,2', 4]]}
    none = {'t': 'dict', 'v': []}
    calls = [['add', [secret, 0], none], *[['add', c, none] for c in ([1, 2], [2, 2], [0, 2])]]
    cases = [[f'line {n}', 'passed', ''] for n in range(1, 8)]
    answer({'cases': cases, 'calls': calls, 'pending': False, 'failing': [], 'seconds': 0})
""",
    "files left for the next process": """
import os
paths = ['/tmp/told', '/dev/shm/told', 'told']
told = any(map(os.path.exists, paths))
for path in paths: open(path, 'w').close()
def add(a, b): return a + b if told else 0
""",
    "what ran before": """
import sys
def add(a, b):
    sys.told = getattr(sys, 'told', 0) + 1
    return sys.told if sys.told > 9 else 0
""",
    "random numbers": "import random\ndef add(a, b): return random.randint(1, 4)",
    "the clock": "import time\ndef add(a, b): return int(time.time() * 1000) % 5",
    "the number of the process": "import os\ndef add(a, b): return os.getpid() % 5",
    # arguments
    "arguments that are changed": "def add(a, b):\n    a = b = 3\n    return a",
    "the first argument": "def add(a, b): return a",
    "both arguments": "def add(a, b): return [a, b]",
    "nothing": "def add(a, b): pass",
    "another function of the name": "def add(a, b): return 0\nadd.__code__ = (lambda a, b: 4).__code__",
    "a name that is no function": "add = 3",
    "a class in place of the function": """
class add:
    def __new__(cls, a, b): return object.__new__(cls)
    __eq__ = lambda self, other: True
    __sub__ = __abs__ = lambda self, *_: 0
""",
    "a callable that answers everything": """
class Add:
    def __call__(self, a, b): return self
    __eq__ = lambda self, other: True
    __sub__ = __abs__ = lambda self, *_: 0
add = Add()
""",
    "no function": "x = 1",
    "names of the tests defined here": """
def add(a, b): return 0
def range(n): return []
class unittest:
    class TestCase: pass
def abs(x): return -1
""",
    "the tests' own names taken": """
__case__ = __seen__ = lambda *a: None
__name__ = 'tests'
def add(a, b): return 0
""",
}  # fmt: skip
