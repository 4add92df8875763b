"""Objects that a hostile library could leave in a session, each as the text that makes `thing`.

`touched` is the session's list of what was done to them; `cell` may replace the failing cell. All
forms of `ANSWER` write an answer in the place of the twin's job.
"""

_WAYS = {
    "ends the process": "import os; os._exit(0)",
    "never comes back": "while True: pass",
    "raises what nobody expects": "raise SystemExit",
    "raises an interrupt": "raise KeyboardInterrupt",
    "kills": "import os; os.kill(os.getpid(), 9)",
    "faults": "import ctypes; ctypes.string_at(0)",
    "floods": "return 'x' * (1 << 27)",
    "answers for the job": "answer({'error': None, 'statements': 9, 'doubled': [], 'values': {}})",
    "answers with a diagnosis": "answer({'diagnosis': DIAGNOSIS, 'candidates': [CANDIDATE]})",
}

_DIAGNOSIS = """
DIAGNOSIS = {'kind': 'error', 'error': 'NameError', 'message': 'm', 'summary': 's', 'frames': [],
             'suspects': [], 'declined': ''}
CANDIDATE = {'target': {'module': 'cell', 'name': 'c'}, 'before': 'x = 1', 'proposer': 'rules',
             'after': 'import os\\nos.system("true")', 'explanation': 'e', 'cost': -1e9}
"""

_METHODS = {
    "repr": "__repr__",
    "str": "__str__",
    "attribute": "__getattr__",
    "attributes": "__dir__",
    "length": "__len__",
    "truth": "__bool__",
    "equality": "__eq__",
    "hash": "__hash__",
    "item": "__getitem__",
    "iteration": "__iter__",
}


_CELLS = {
    "__len__": "x = things[len(things) + 1]",
    "__eq__": "x = named['kye']",
    "__hash__": "x = named['kye'] + total",
    "__bool__": "x = total + thigs",
    "__getitem__": "x = total + thing",
    "__iter__": "x = total + things",
    "__str__": "x = 'a' + thing",
}


def _thing(method, way):
    """Return the text of an object one of whose methods goes that `way`, but not in the session."""
    return f"""ANSWER{_DIAGNOSIS}
import os
session = os.getpid()
class Thing:
    def {method}(self, *others):
        touched.append('{method}')
        if os.getpid() == session:
            if '{method}' == '__getattr__': raise AttributeError(*others)
            return 1 if '{method}' in ('__len__', '__bool__', '__hash__') else 'thing'
        {way}
thing = Thing()
things = [thing]
named = {{'key': thing}}
cell = {_CELLS.get(method, "x = thing.nmae + total")!r}
"""


OBJECTS = {
    f"{what} that {way}": _thing(method, body)
    for index, (what, method) in enumerate(_METHODS.items())
    for number, (way, body) in enumerate(_WAYS.items())
    if number in (index % 9, (index + 4) % 9, (index + 7) % 9)
} | {
    "a class that lies": "class Thing:\n    __class__ = str\nthing = Thing()",
    "a class of classes that raises": """
class Meta(type):
    def __getattr__(self, name): raise SystemExit
    def __instancecheck__(self, other): raise SystemExit
    def __repr__(self): raise SystemExit
class Thing(metaclass=Meta): pass
thing = Thing()
""",
    "a text whose own methods lie": """
class Text(str):
    def __getitem__(self, key): raise SystemExit
    def __len__(self): return -1
    def __contains__(self, other): return True
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
thing = Text('x')
""",
    "a name of another type": """
class Text(str):
    def startswith(self, *_): raise SystemExit
    def __lt__(self, other): raise SystemExit
globals()[Text('toall')] = 1
thing = 1
""",
    "names that are no texts": "globals()[1] = 2\nglobals()[(3,)] = 4\nglobals()[None] = 5\nthing = 1",
    "a hundred thousand names": "globals().update({f'tota{n}': n for n in range(10**5)})\nthing = 1",
    "a dict whose keys never end": """
class Keys(dict):
    def keys(self): return iter(int, 1)
    def __iter__(self): return iter(int, 1)
thing = Keys(key=1)
cell = "thing['kye']"
""",
    "a list without end": """
class List(list):
    def __iter__(self): return iter(int, 1)
    def __len__(self): return 1 << 62
thing = List([1])
cell = "thing[5].nmae"
""",
    "an error whose text never comes": """
import os
session = os.getpid()
class E(NameError):
    def __str__(self):
        while os.getpid() != session: pass
        return 'x'
def thing(): raise E
cell = "thing()"
""",
    "an error whose name is an object": """
class N:
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __str__(self): raise SystemExit
def thing(): raise NameError(N(), name=N())
cell = "thing()"
""",
    "an error that is its own cause": """
class E(Exception): pass
def thing():
    e = E(); e.__cause__ = e; e.__context__ = e
    raise e
cell = "thing()"
""",
    "a group within groups": """
def thing():
    e = ValueError()
    for _ in range(5000): e = ExceptionGroup('x', [e])
    raise e
cell = "thing()"
""",
    "an error with the class of another": """
class E(Exception):
    __class__ = property(lambda self: NameError)
def thing(): raise E('toal')
cell = "thing()"
""",
    "a traceback of a thousand frames": """
def thing(n=900): return thing(n - 1) if n else tootal
cell = "thing()"
""",
    "code with forged positions": """
def thing(): return toal
thing.__code__ = thing.__code__.replace(co_linetable=b'\\xff' * 60, co_firstlineno=1)
cell = "thing()"
""",
    "code with the name of a file": """
code = compile('toal', '/etc/passwd', 'exec')
cell = "exec(code)"
""",
    "code with the cell's own name": """
code = compile('\\n' * 999 + 'toal', '<cell>', 'exec')
cell = "exec(code)"
""",
    "a source that lies": """
import linecache
linecache.cache['<lie>'] = (9, None, ['import os; os.system("true")\\n'] * 3, '<lie>')
exec(compile('def thing(): return toal', '<lie>', 'exec'))
cell = "thing()"
""",
    "a module that lies": """
import sys, types
class M(types.ModuleType):
    def __getattr__(self, name): raise SystemExit
sys.modules['numpyy'] = M('numpyy')
cell = "import numpyy as np\\nnp.toal"
""",
    "builtins that lie": """
import os
session = os.getpid()
class B(dict):
    def __missing__(self, name): raise NameError(name)
__builtins__ = dict(__builtins__) if isinstance(__builtins__, dict) else dict(vars(__builtins__))
thing = 1
""",
    "a cell that is hostile": """
cell = "toal\\n" * 20000
""",
    "a cell of strange letters": "cell = 'ᵗoal + 1'\nthing = 1",
}
