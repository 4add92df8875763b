"""Attempts on memory and the interpreter, to use everything up, and to flood the answer."""

GROUPS = {}

GROUPS["memory"] = r"""
- very much at once :: __import__('mmap').mmap(-1, 1 << 43) ;; bytearray(1 << 40)
- more than the limit :: __import__('mmap').mmap(-1, 6 << 30)
- without a reserve :: call('mmap', 0, 1 << 46, 3, 0x4022, -1, 0)
- locked :: call('mlock', 0, 1 << 20) ;; call('mlockall', 3) ;; call('mlock2', 0, 4096, 1)
- the first page :: call('mmap', 0, 4096, 7, 0x32, -1, 0)
- beyond user space :: call('mmap', 1 << 63, 4096, 7, 0x32, -1, 0) ;; call('mprotect', -4096, 4096, 7)
- poisoned pages :: call('madvise', id(result) & ~4095, 4096, 100) ;; call('madvise', id(result) & ~4095, 4096, 101)
- remapped pages :: call('remap_file_pages', 0, 4096, 0, 0, 0)
- sealed pages :: call('mseal', id(result) & ~4095, 4096, 0)
- pages of secrets :: call('memfd_secret', 0)
## wild writes
import random
while True: ctypes.memset(random.getrandbits(46), 0, 4096)
## wild reads
import random
while True: ctypes.string_at(random.getrandbits(46), 4096)
## none is overwritten
ctypes.memset(id(None), 255, 64)
## true is false
ctypes.memmove(id(True), id(False), 32)
result = None
## a type is overwritten
ctypes.memset(id(int) + 16, 0, 400)
## the thread's state
libc2 = ctypes.pythonapi
libc2.PyThreadState_Get.restype = ctypes.c_void_p
ctypes.memset(libc2.PyThreadState_Get(), 255, 256)
## the interpreter ends itself
ctypes.pythonapi.Py_FinalizeEx()
## a fatal error
ctypes.pythonapi._Py_FatalErrorFunc(b'f', b'x')
## released too often
x = object()
for _ in range(10): ctypes.pythonapi.Py_DecRef(ctypes.py_object(x))
## freed twice
libc.malloc.restype = ctypes.c_void_p
p = libc.malloc(64)
libc.free(ctypes.c_void_p(p)); libc.free(ctypes.c_void_p(p))
## code made by hand
f = lambda: 0
f.__code__ = f.__code__.replace(co_code=b'\xff' * 64)
f()
## code from marshal
import marshal
exec(marshal.loads(marshal.dumps(compile('import os; os.fork()', '', 'exec'))))
## constants beyond the end
f = lambda: 0
f.__code__ = f.__code__.replace(co_consts=())
f()
## the stack
sys.setrecursionlimit(10**9)
def g(): return g()
g()
## the stack of C
x = ()
for i in range(10**6): x = (x,)
repr(x)
## the stack of the parser
eval('(' * 10**6)
## the stack of a pattern
import re
re.match('(a*)*' * 30 + 'b', 'a' * 40)
## a deep object let go
x = None
for i in range(10**6): x = [x]
del x
## an iterator of iterators
import itertools
x = iter(())
for i in range(10**6): x = itertools.chain(x)
next(x)
## a null pointer called
ctypes.CFUNCTYPE(None)(8)()
## an abort
os.abort()
## an illegal instruction
machine('0f0b')
## a fault in a handler
import signal
signal.signal(11, lambda *a: ctypes.string_at(0))
ctypes.string_at(0)
## memory that may be run
import mmap
m = mmap.mmap(-1, 1 << 20, prot=7)
m.write(b'\xb8\x39\0\0\0\x0f\x05\xc3' * 1000)
"""

GROUPS["exhaustion"] = r"""
## memory
x = []
while True: x.append(b'x' * (1 << 26))
## memory in small pieces
x = []
while True: x.append([x] * 1000)
## memory in one string
x = 'x'
while True: x += x
## memory in arrays
import mmap
x = []
while True: x.append(mmap.mmap(-1, 1 << 28))
## threads
import threading, time
while True: threading.Thread(target=time.sleep, args=(9,)).start()
## threads that work
import threading
def w():
 while True: pass
for _ in range(64): threading.Thread(target=w).start()
w()
## threads of libc
while True:
 libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, libc.pause, None)
## descriptors
x = []
try:
 while True: x.append(os.dup(0))
except OSError: pass
tries(lambda: len(x) > 4096 or None)
## pipes that are full
x = []
try:
 while True:
  r, w = os.pipe(); x += [r, w]; os.set_blocking(w, False); os.write(w, bytes(1 << 16))
except OSError: pass
tries(lambda: len(x) > 4096 or None)
## pairs that are full
x = []
try:
 while True:
  p = socket.socketpair(); x += p; p[0].setblocking(False); p[0].send(bytes(1 << 18))
except OSError: pass
tries(lambda: len(x) > 4096 or None)
## larger pipes
import fcntl
tries(lambda: (fcntl.fcntl(os.pipe()[1], 1031, 1 << 22) > 1 << 20) or None)
## timers
x = []
try:
 while True: x.append(call('timerfd_create', 1, 0))
except OSError: pass
tries(lambda: len([n for n in x if n]) > 4096 or None) if len(x) < 10000 else None
## watched descriptors
import select
p = select.epoll()
for n in range(300):
 try: p.register(os.dup(1), 1)
 except OSError: pass
## the disk
f = open('/tmp/f', 'wb')
n = 0
try:
 while True: n += f.write(bytes(1 << 20))
except OSError: pass
tries(lambda: n > 100 << 20 or None)
## the disk beyond a hole
f = open('/tmp/f', 'wb')
tries(lambda: f.truncate(1 << 40), lambda: f.seek(1 << 40) and f.write(b'x') and f.flush())
## the disk by reserving
f = open('/tmp/f', 'wb')
tries(lambda: os.posix_fallocate(f.fileno(), 0, 1 << 38) or 1)
## many files
n = 0
try:
 while True:
  with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(50 << 20))
  n += 1
except OSError: pass
tries(lambda: n > 6 or None)
## inodes
n = 0
try:
 while True: os.mkdir(f'/tmp/{n}'); n += 1
except OSError: pass
tries(lambda: n > 20000 or None)
## links to one file
open('/tmp/a', 'w').close()
n = 0
try:
 while True: os.link('/tmp/a', f'/tmp/{n}'); n += 1
except OSError: pass
tries(lambda: n > 70000 or None)
## deep folders
os.chdir('/tmp')
while True: os.mkdir('d'); os.chdir('d')
## long names
os.chdir('/tmp')
for _ in range(60): os.mkdir('n' * 250); os.chdir('n' * 250)
for n in range(2000): open(f'{n:05}' + 'é' * 100, 'w').close()
## shared memory
f = open('/dev/shm/f', 'wb')
n = 0
try:
 while True: n += f.write(bytes(1 << 20))
except OSError: pass
tries(lambda: n > 100 << 20 or None)
## scratch and shared memory together
n = 0
for d in ('/tmp', '/dev/shm'):
 for k in range(9):
  try:
   with open(f'{d}/{k}', 'wb') as f: n += f.write(bytes(50 << 20))
  except OSError: pass
tries(lambda: n > 300 << 20 or None)
## memory files
n = 0
try:
 while True:
  f = os.memfd_create('m'); os.write(f, bytes(50 << 20)); n += 1
except (OSError, MemoryError): pass
tries(lambda: n > 9 or None)
## a file larger than allowed
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open('/tmp/f', 'wb') as f: f.write(bytes(200 << 20))
## time
while True: pass
## time in C
pow(7, 10**9)
## time in a pattern
import re
re.match('(a+)+$', 'a' * 40 + 'b')
## time in a sort
class S:
 def __lt__(self, other): sum(range(10**6)); return True
sorted(S() for _ in range(10**4))
## sleep
import signal
while True: signal.pause()
## sleep that cannot be interrupted
import time
while True:
 try: time.sleep(60)
 except BaseException: pass
## every exception caught
while True:
 try:
  while True: pass
 except BaseException: continue
## alarms
import signal
signal.signal(14, lambda *a: None)
signal.setitimer(0, 1e-6, 1e-6)
while True: pass
## stopped
import signal
os.kill(os.getpid(), signal.SIGSTOP)
## locks
import threading
x = threading.Lock()
x.acquire(); x.acquire()
## a lock of the import system
import _imp
_imp.acquire_lock()
__import__('threading').Thread(target=__import__, args=('antigravity',)).start()
while True: pass
## the lock of the interpreter
libc = ctypes.PyDLL(None)
libc.sleep(60)
## digits
sys.set_int_max_str_digits(0)
str(10 ** 10 ** 7)
## digits of a product
import math
math.factorial(10**7)
## a garbage collector that never ends
import gc
class G:
 def __del__(self): G()
G()
while True: gc.collect()
## a hash that collides
class H:
 def __hash__(self): return 1
 def __eq__(self, other): return False
{H() for _ in range(10**5)}
## a switch that never comes
sys.setswitchinterval(1e9)
import threading
threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
while True: pass
## random numbers
while True: os.getrandom(1 << 25)
"""

GROUPS["floods"] = r"""
## standard output
while True: print('x' * 4096)
## raw output
while True: os.write(1, b'x' * 65536)
## standard error
while True: os.write(2, b'x' * 65536)
## warnings
import warnings
while True: warnings.warn('x' * 4096 + str(len(result)))
## the answer
result = 'x' * (1 << 26)
## an answer just beyond the limit
result = 'x' * ((1 << 20) + 1)
## a deep answer
result = x = []
for _ in range(10**5): x.append([]); x = x[0]
## a broad answer
result = {str(n): [] for n in range(10**6)}
## an answer without end
class L(list):
 def __iter__(self):
  while True: yield 'x' * 1000
result = L([1])
## an answer that refers to itself
result = []
result.append(result)
## an answer of strange numbers
result = None
x = [float('nan'), float('inf'), -float('inf'), 10**4000]
## an answer that is no JSON
result = {1: object(), (2,): 3}
## an answer that raises
class D(dict):
 def items(self): raise SystemExit
result = D(a=1)
## an answer of another encoding
import json
json.JSONEncoder.default = lambda self, value: 1 / 0
result = object()
## an encoder that floods
import json
json.dumps = lambda *a, **k: 'x' * (1 << 27)
## an encoder that lies
import json
json.dumps = lambda *a, **k: '{"ok": 1, "value": ' + '[' * 100000
## half a head
for n in range(3, 64):
 try: os.write(n, b'\1\0')
 except OSError: pass
## a head of four gigabytes
for n in range(3, 64):
 try: os.write(n, b'\xff\xff\xff\xff')
 except OSError: pass
## a body that never comes
import time
for n in range(3, 64):
 try: os.write(n, b'\0\0\x0f\0')
 except OSError: pass
time.sleep(9)
## a body in drops
import time
for n in range(3, 64):
 try:
  os.write(n, b'\0\0\x0f\0')
  while True: os.write(n, b' ')
 except OSError: pass
## a body that is no text
for n in range(3, 64):
 try: os.write(n, b'\4\0\0\0\xff\xfe\xfd\xfc')
 except OSError: pass
## a body that is a list
for n in range(3, 64):
 try: os.write(n, b'\2\0\0\0[]')
 except OSError: pass
## a body of the wrong types
b = b'{"ok": "yes", "value": null, "error": []}'
for n in range(3, 64):
 try: os.write(n, len(b).to_bytes(4, 'little') + b)
 except OSError: pass
## a body of numbers
b = b'{"ok": true, "error": "", "value": null, "x": ' + b'9' * 100000 + b'}'
for n in range(3, 64):
 try: os.write(n, len(b).to_bytes(4, 'little') + b)
 except OSError: pass
## a body of nested lists
b = b'{"ok": true, "error": "", "value": null, "x": ' + b'[' * 100000 + b']' * 100000 + b'}'
for n in range(3, 64):
 try: os.write(n, len(b).to_bytes(4, 'little') + b)
 except OSError: pass
## two bodies
b = b'{"ok": false, "error": "x", "value": null}'
for n in range(3, 64):
 try: os.write(n, 2 * (len(b).to_bytes(4, 'little') + b))
 except OSError: pass
## the wall's own words
b = b'{"wall": ["x", "y"]}'
for n in range(3, 64):
 try: os.write(n, len(b).to_bytes(4, 'little') + b)
 except OSError: pass
## the channel filled
for n in range(3, 64):
 try:
  os.set_blocking(n, False); os.write(n, b'\xff' * (1 << 22))
 except OSError: pass
## refused calls
while True: call('socket', 2, 1, 0)
## refused calls by many threads
import threading
def r():
 while True: call('socket', 2, 1, 0)
for _ in range(8): threading.Thread(target=r).start()
## refused calls that are interrupted
import signal
signal.signal(14, lambda *a: None)
signal.setitimer(0, 1e-4, 1e-4)
while True: call('socket', 2, 1, 0)
## quietly refused calls
while True: call('setxattr', b'/tmp', b'x', b'x', 1, 0)
## an error
raise ValueError('x' * (1 << 26))
## an error in colour
raise ValueError('\x1b[2J\x1b]0;title\x07')
## an error of many lines
raise ValueError('a\n' * 10**6)
## an error without a text
class E(Exception):
 def __str__(self): raise E
raise E
## an error whose text never comes
class E(Exception):
 def __str__(self):
  while True: pass
raise E
## an error that is none
raise KeyboardInterrupt
## an error with a long name
raise type('E' * 10**6, (Exception,), {})
## an error of errors
e = ValueError()
for _ in range(10**5):
 try: raise ValueError from e
 except ValueError as x: e = x
raise e
## a group of errors
raise ExceptionGroup('x', [ValueError('y' * 10**6)] * 9)
"""
