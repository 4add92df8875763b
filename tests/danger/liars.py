"""Sources that lie about how they end: as imports, as the rest of a cell, as programs to repair.

`ANSWER` in a text stands for what a candidate needs to answer in the place of its judge.
"""

IMPORTS = {
    "an answer and the end": "ANSWER\nanswer({'outcomes': []})",
    "an answer before an error": "ANSWER\nanswer({'outcomes': []})\n1 / 0",
    "an answer from a thread": """ANSWER
import threading
threading.Thread(target=answer, args=({'outcomes': []},)).start()
while True: pass
""",
    "an answer from a finalizer": """ANSWER
class D:
    def __del__(self): answer({'outcomes': []})
D()
1 / 0
""",
    "an answer from a hook of errors": """ANSWER
import sys
sys.excepthook = lambda *_: answer({'outcomes': []})
1 / 0
""",
    "an answer from an exit hook": "ANSWER\nimport atexit\natexit.register(answer, {'outcomes': []})\n1 / 0",
    "an answer from an alarm": """ANSWER
import signal
signal.signal(signal.SIGALRM, lambda *_: answer({'outcomes': []}))
while True: pass
""",
    "an answer by its own bytes": r"""
import os
b = b'{"ok": true, "value": {"outcomes": []}, "error": ""}'
for n in range(3, 64):
    try: os.write(n, len(b).to_bytes(4, 'little') + b)
    except OSError: pass
while True: pass
""",
    "an answer by a file object": r"""
b = b'{"ok": true, "value": {"outcomes": []}, "error": ""}'
for n in range(3, 64):
    try: open(n, 'wb', closefd=False).write(len(b).to_bytes(4, 'little') + b)
    except OSError: pass
1 / 0
""",
    "an answer by a socket": r"""
import socket
b = b'{"ok": true, "value": {"outcomes": []}, "error": ""}'
for n in range(3, 64):
    try: socket.socket(fileno=n).send(len(b).to_bytes(4, 'little') + b)
    except OSError: pass
1 / 0
""",
    "a patched judge": """
import selfcode.validation.cases as cases
cases._load = lambda *_: {}
raise ValueError
""",
    "a judge in the frames": """
import sys
frame = sys._getframe(1)
while frame:
    for value in list(frame.f_locals.values()):
        if type(value) is list: value.clear()
    frame = frame.f_back
1 / 0
""",
    "an error that cannot be told": """
class E(BaseException):
    def __str__(self): raise E
raise E
""",
    "an error without a name": "raise type('', (BaseException,), {'__module__': ''})",
    "the harness' late": "import selfcode.validation.script as s\nraise s.Late",
    "the end": "import os\nos._exit(0)",
    "the end by asking": "raise SystemExit(0)",
    "no end": "while True: pass",
    "no end without work": "import time\ntime.sleep(60)",
    "a fault": "import ctypes\nctypes.string_at(0)",
    "a syntax error": "def f(:",
    "a null character": "x = 1\0",
}

REST = {
    "an answer": "ANSWER\nanswer({'error': None, 'statements': 3, 'doubled': [], 'values': {}})\nx = 1",
    "an answer by a file object": r"""
b = b'{"ok": true, "error": "", "value": {"error": null, "statements": 3, "values": {}}}'
for n in range(3, 64):
    try: open(n, 'wb', closefd=False).write(len(b).to_bytes(4, 'little') + b)
    except OSError: pass
total = 1 + '1'
""",
    "the end": "import os\nos._exit(0)",
    "the end by asking": "raise SystemExit",
    "the end by a name": "exit()",
    "a syntax error": "total = (",
    "an error": "total = 1 + '1'",
    "an error whose text never comes": """
class E(Exception):
    def __str__(self):
        while True: pass
raise E
""",
    "an error that looks like a wall's": "raise OSError(1, 'x')",
    "an error that asks a person": "total = int(input())",
    "an error of the harness": """
import selfcode.validation.trial as trial
raise trial.NeedsPerson
""",
    "no end": "while True: pass",
    "a value whose text never comes": """
class V:
    def __repr__(self):
        while True: pass
total = V()
assert total == 2
""",
    "a value whose text ends everything": """
import os
class V:
    def __repr__(self): os._exit(0)
total = V()
""",
    "a value with a lying shape": """
class V:
    shape = 1
    def __repr__(self): raise SystemExit
total = V()
assert total == 2
""",
    "a patched harness": """
import selfcode.validation.trial as trial
trial.Rerun._describe_error = lambda *_: None
total = 1 + '1'
""",
    "a frame of the harness": """
import sys
sys._getframe(3).f_locals['raised'] = None
total = 1 + '1'
""",
    "the assertion made true by builtins": """
import builtins
builtins.AssertionError = type('A', (BaseException,), {})
total = 3
assert total == 2
""",
    "every error suppressed": """
import contextlib
with contextlib.suppress(BaseException):
    total = 1 + '1'
assert total == 2
""",
    "a trace that jumps over": """
import sys
def jump(frame, event, arg):
    return jump
sys.settrace(jump)
total = 1 + '1'
""",
    "a thread that says it ran": """
import threading
threading.Thread(target=lambda: None).start()
total = 1 + '1'
""",
}

PROGRAMS = {
    "wrong": "def add(a, b):\n    return a - b",
    "wrong without end": "def add(a, b):\n    while True: pass",
    "an answer of tests that pass": "ANSWER\nanswer({'cases': [['line 1', 'passed', '']], 'calls': [], 'pending': False, 'failing': [], 'seconds': 0})\ndef add(a, b): return 0",
    "an answer of no tests": "ANSWER\nanswer({'cases': [], 'failing': [], 'seconds': 0})\ndef add(a, b): return 0",
    "an answer that is a number": "ANSWER\nanswer(5)\ndef add(a, b): return 0",
    "an answer that is a list": "ANSWER\nanswer([1])\ndef add(a, b): return 0",
    "an answer of wrong types": "ANSWER\nanswer({'cases': 5, 'failing': {}, 'seconds': 'x'})\ndef add(a, b): return 0",
    "an answer of strange lines": "ANSWER\nanswer({'cases': [['a', 'failed', '']], 'failing': [['x', None, 1e99]], 'seconds': 0})\ndef add(a, b): return 0",
    "an answer that takes for ever": "ANSWER\nanswer({'cases': [['a', 'failed', '']], 'failing': [[1]], 'seconds': 1e308})\ndef add(a, b): return 0",
    "an answer of a batch, all passed": "ANSWER\nanswer({'passed': list(range(64)), 'late': [], 'next': 64})\ndef add(a, b): return 0",
    "an answer of a batch, of other candidates": "ANSWER\nanswer({'passed': [10**9, -1], 'late': [], 'next': 1})\ndef add(a, b): return 0",
    "an answer of a batch, of wrong types": "ANSWER\nanswer({'passed': 5, 'late': None, 'next': 'x'})\ndef add(a, b): return 0",
    "an answer of a batch, without end": "ANSWER\nanswer({'passed': [], 'late': [], 'next': 0})\ndef add(a, b): return 0",
    "an object equal to everything": "class Any:\n    __eq__ = lambda s, o: True\ndef add(a, b): return Any()",
    "the end": "import os\nos._exit(0)\ndef add(a, b): return 0",
}
