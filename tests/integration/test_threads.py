"""Threads call functions while they are swapped: each call is one version or the other."""

import subprocess
import sys
import textwrap

SWAPPING = """
import sys, threading, time, types
from selfcode.integration.functions import FunctionState

sys.setswitchinterval(1e-6)

def plain(x, k=1):
    return ('plain', x, k)

def make(a, b, c):
    def closing(x, k=2, *, m=3):
        return ('closing', x, k, a + b + c + m)
    return closing

def small(a):
    def closing(*args):
        return ('small', args, a)
    return closing

def f(x, k=1):
    return ('plain', x, k)

states = [FunctionState.of(g) for g in (plain, make(1, 2, 3), small(7))]
answers = {('plain', 5, 1), ('closing', 5, 2, 9), ('small', (5,), 7)}
wrong, calls, stop = [], [0], threading.Event()

def call():
    while not stop.is_set():
        given = f(5)
        calls[0] += 1
        if given not in answers:
            wrong.append(given)

threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
swaps, until = 0, time.monotonic() + 3
while time.monotonic() < until:
    for state in states:
        state.put_into(f)
        swaps += 1
stop.set()
for thread in threads:
    thread.join()
assert not wrong, wrong[:3]
assert swaps > 1000 and calls[0] > 1000, (swaps, calls)
print(swaps, calls[0])
"""

INJECTING = """
import sys, threading, types
from selfcode.integration.lineage import Lineages

sys.setswitchinterval(1e-6)
module = types.ModuleType('live')
sys.modules['live'] = module
FORMS = [
    'def f(x, k=1): return x + k\\n',
    'def f(x, k=2, *, m=0): return x + k + m\\n',
    'import functools\\n@functools.wraps(print)\\ndef f(x, k=3): return x + k\\n',
    'def deco(g): return lambda *a: g(*a)\\n@deco\\ndef f(x, k=4): return x + k\\n',
]
exec(FORMS[0], vars(module))
f, wrong, stop = module.f, [], threading.Event()

def call():
    while not stop.is_set():
        given = f(10)
        if given not in (11, 12, 13, 14):
            wrong.append(given)

threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
lineages = Lineages()
for n in range(60):
    lineages.inject('live:f', FORMS[n % len(FORMS)])
    lineages.revert('live:f', 1 + n // 2)
stop.set()
for thread in threads:
    thread.join()
assert not wrong, wrong[:3]
"""


def run(text):
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_closures_of_other_sizes_come_in_under_running_calls():
    run(SWAPPING)


def test_injections_and_reverts_come_in_under_running_calls():
    run(INJECTING)
