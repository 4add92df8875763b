"""The hostile snippets, by group and name. They are only ever run by `trial`, inside bubblewrap."""

# ruff: noqa: E501 -- one attempt per line reads better than broken ones

BEGIN = """
import ctypes
import os
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
result = []


def tries(*attempts):
    for number, attempt in enumerate(attempts):
        try:
            found = attempt()
        except Exception:
            continue
        if found is not None and found is not False and found != -1:
            result.append([number, repr(found)[:80]])


def call(number, *arguments):
    done = libc.syscall(number, *arguments)
    return None if done < 0 else ["system call", number, done]


def put(path, flags=os.O_WRONLY):
    descriptor = os.open(path, flags)
    os.write(descriptor, b"x")
    return path
"""

GROUPS = {}

GROUPS["read"] = r"""
## accounts
tries(lambda: open('/etc/passwd').read(), lambda: open('/etc/group').read())
## the secret
tries(lambda: open('/tmp/outside/secret').read())
## by raw open
tries(lambda: call(2, b'/tmp/outside/secret', 0), lambda: call(257, -100, b'/etc/passwd', 0))
## by openat2
tries(lambda: call(437, -100, b'/etc/passwd', b'\0' * 24, 24))
## by name_to_handle
tries(lambda: call(303, -100, b'/usr/lib', b'\x80\0\0\0' + b'\0' * 200, ctypes.create_string_buffer(8), 0))
## by open_by_handle
tries(lambda: call(304, 3, b'\x08\0\0\0\1\0\0\0' + b'\2' * 8, 0))
## processes
tries(*[lambda p=p: open(p, 'rb').read(9) for p in ('/proc/1/environ', '/proc/self/environ', '/proc/self/maps', '/proc/1/mem', '/proc/version')])
## through proc
tries(lambda: os.listdir('/proc/1/root'), lambda: os.listdir('/proc/self/root'), lambda: os.listdir('/proc/self/cwd/..'))
## folders
tries(*[lambda p=p: os.listdir(p) for p in ('/', '/root', '/home', '/etc', '/var', '/sys', '/dev', '/proc', '/tmp/outside', '/.below', '/.lower', '/.trial', '/.old')])
## up from the scratch
os.chdir('/tmp')
tries(lambda: os.listdir('../../..'), lambda: open('../etc/passwd').read())
## by a link
os.symlink('/tmp/outside/secret', '/tmp/l')
tries(lambda: open('/tmp/l').read())
## existence
tries(lambda: os.path.exists('/tmp/outside') or None, lambda: os.stat('/etc/passwd'), lambda: os.path.exists('/var') or None)
## the layer's own folders
tries(lambda: open('/.trial/upper/x', 'w'), lambda: os.listdir('/.trial/upper'), lambda: os.mkdir('/.trial/new') or 1)
"""

GROUPS["write"] = r"""
## accounts
tries(lambda: put('/etc/passwd'), lambda: put('/etc/new', os.O_CREAT | os.O_WRONLY))
## outside
tries(lambda: put('/tmp/outside/secret'), lambda: os.remove('/tmp/outside/secret') or 1)
## libraries
tries(lambda: put(os.__file__), lambda: os.truncate(os.__file__, 0) or 1, lambda: open(os.path.dirname(os.__file__) + '/new.py', 'w'))
## append to a library
tries(lambda: open(os.__file__, 'a'), lambda: open(os.__file__, 'r+'))
## rename and remove
d = os.path.dirname(os.__file__)
tries(lambda: os.rename(os.__file__, d + '/o') or 1, lambda: os.remove(os.__file__) or 1, lambda: os.rmdir(d + '/json') or 1)
## a hard link out
tries(lambda: os.link('/tmp/x', os.path.dirname(os.__file__) + '/x') or 1, lambda: os.link(os.__file__, '/tmp/os') or 1)
## an unnamed file
tries(lambda: os.open(os.path.dirname(os.__file__), os.O_TMPFILE | os.O_WRONLY))
## the root
tries(lambda: os.mkdir('/new') or 1, lambda: put('/new', os.O_CREAT | os.O_WRONLY))
## by a link
os.symlink('/etc', '/tmp/e')
tries(lambda: put('/tmp/e/new', os.O_CREAT | os.O_WRONLY))
## by a mapping
import mmap
f = os.open(os.__file__, os.O_RDONLY)
def m():
 x = mmap.mmap(f, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
 a = libc.mprotect
 return None
tries(lambda: mmap.mmap(f, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
## devices
tries(*[lambda p=p: os.open(p, os.O_RDWR) for p in ('/dev/mem', '/dev/kmsg', '/dev/vda', '/dev/sda', '/dev/tty', '/dev/ptmx', '/dev/fuse', '/dev/kvm', '/dev/net/tun')])
## new devices
import stat
tries(lambda: os.mknod('/tmp/d', stat.S_IFBLK | 0o600, os.makedev(254, 0)) or 1, lambda: os.mknod('/tmp/c', stat.S_IFCHR | 0o600, os.makedev(1, 1)) or 1, lambda: os.mkfifo('/tmp/f') or 1)
## the kernel's switches
tries(*[lambda p=p: open(p, 'w') for p in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/kernel/uevent_helper', '/proc/self/oom_score_adj')])
"""

GROUPS["metadata"] = r"""
## mode of a library
tries(lambda: os.chmod(os.__file__, 0o777) or 1, lambda: os.chmod('/usr/lib', 0o777) or 1)
## owner
tries(lambda: os.chown(os.__file__, 1000, 1000) or 1, lambda: os.chown('/tmp', 0, 0) or 1)
## times
tries(lambda: os.utime(os.__file__, (0, 0)) or 1, lambda: os.utime('/usr/lib') or 1)
## attributes
tries(lambda: os.setxattr(os.__file__, 'user.x', b'x') or 1, lambda: os.setxattr('/tmp', 'user.x', b'x') or 1)
## flags
f = os.open(os.__file__, os.O_RDONLY)
tries(lambda: None if libc.ioctl(f, 0x40086602, b'\x10\0\0\0\0\0\0\0') < 0 else 1)
## set-user-id
open('/tmp/s', 'w').close()
os.chmod('/tmp/s', 0o4755)
tries(lambda: os.execv('/tmp/s', ['s']))
## outside
tries(lambda: os.chmod('/tmp/outside', 0) or 1, lambda: os.chmod('/', 0) or 1, lambda: os.utime('/') or 1)
"""

GROUPS["sockets"] = r"""
## tcp
tries(lambda: socket.create_connection(('127.0.0.1', 47111)))
## udp
tries(lambda: socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 47111)))
## listening
tries(lambda: socket.create_server(('127.0.0.1', 0)))
## raw
tries(lambda: socket.socket(2, 3, 1), lambda: socket.socket(17, 3))
## unix by path
s = None
tries(lambda: socket.socket(1, 1).connect('/tmp/outside/stream') or 1)
## unix abstract
tries(lambda: socket.socket(1, 2).sendto(b'x', '\0selfcode-outside'))
## every family
tries(*[lambda f=f, k=k: socket.socket(f, k) for f in range(46) for k in (1, 2, 3, 5)])
## mptcp
tries(lambda: socket.socket(2, 1, 262))
## vsock
tries(lambda: socket.socket(40, 1), lambda: socket.socketpair(40, 1))
## netlink and algorithms
tries(lambda: socket.socket(16, 3, 0), lambda: socket.socket(38, 5, 0))
## datagram pairs
tries(lambda: socket.socketpair(1, 2), lambda: socket.socketpair(1, 5))
## an address on a pair
a, b = socket.socketpair()
tries(lambda: a.sendto(b'x', '\0selfcode-outside'), lambda: a.connect('/tmp/outside/stream') or 1, lambda: a.bind('/tmp/mine') or 1)
## descriptors through a pair
a, b = socket.socketpair()
tries(lambda: socket.send_fds(a, [b'x'], [0]), lambda: socket.recv_fds(b, 1, 1))
## names
tries(lambda: socket.gethostbyname('example.com'), lambda: socket.getaddrinfo('example.com', 80))
## raw calls
tries(lambda: call(41, 2, 1, 0), lambda: call(43, 3, 0, 0), lambda: call(288, 3, 0, 0, 0), lambda: call(42, 3, b'\2\0' + bytes(14), 16))
## filters on a pair
a, b = socket.socketpair()
tries(lambda: a.setsockopt(1, 26, b'\1\0' + bytes(14)) or 1)
## io_uring
tries(lambda: call(425, 4, ctypes.create_string_buffer(120)))
"""

GROUPS["processes"] = r"""
## fork
tries(lambda: os.fork(), lambda: call(57), lambda: call(58))
## clone
tries(lambda: call(56, 17, 0, 0, 0, 0), lambda: call(56, 0x100 | 17, 0, 0, 0, 0))
## clone3
tries(lambda: call(435, bytes(88), 88))
## clone in new namespaces
tries(*[lambda f=f: call(56, f | 17, 0, 0, 0, 0) for f in (1 << 17, 1 << 28, 1 << 29, 1 << 30, 0x10000 | 1 << 28)])
## a shell
tries(lambda: os.popen('echo x').read() or None, lambda: os.system('true') == 0)
## a program
import subprocess
tries(lambda: subprocess.run(['/bin/true']), lambda: os.posix_spawn('/bin/true', ['t'], {}))
## exec
tries(lambda: os.execv(sys.executable, ['p']), lambda: call(59, b'/bin/sh', 0, 0))
## exec from a descriptor
f = os.open("/tmp/x", os.O_CREAT | os.O_RDWR, 0o755)
os.write(f, b'#!/bin/sh\n')
tries(lambda: call(322, f, b'', 0, 0, 0x1000), lambda: os.execve(f, ['x'], {}))
## multiprocessing
import multiprocessing as m
tries(lambda: m.get_context('fork').Process(target=print).start() or 1, lambda: m.get_context('spawn').Process(target=print).start() or 1)
## a terminal
import pty
tries(lambda: pty.fork(), lambda: os.openpty())
## trace
tries(*[lambda r=r: call(101, r, 1, 0, 0) for r in (0, 16, 0x4206)])
## foreign memory
b = ctypes.create_string_buffer(8)
tries(*[lambda n=n: call(n, 1, b, 1, b, 1, 0) for n in (310, 311)])
## handles
tries(lambda: os.pidfd_open(1), lambda: os.pidfd_open(os.getppid() or 1), lambda: call(438, 3, 0, 0), lambda: call(312, 1, 1, 0, 0, 0))
## priorities
tries(lambda: os.setpriority(0, 1, 5) or 1, lambda: os.sched_setaffinity(1, [0]) or 1, lambda: os.nice(-5))
## limits of another
import resource
tries(lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1)), lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)) or 1)
"""

GROUPS["signals"] = r"""
## the first process
tries(lambda: os.kill(1, 9) or 1, lambda: os.kill(1, 0) or 1)
## everyone
tries(lambda: os.kill(-1, 9) or 1)
## the group
tries(lambda: os.kill(0, 9) or 1, lambda: os.killpg(0, 15) or 1)
## the parent
tries(lambda: os.kill(os.getppid(), 9) or 1)
## many numbers
tries(*[lambda p=p: os.kill(p, 9) or 1 for p in range(1, 120) if p != os.getpid()])
## queued
tries(lambda: call(129, 1, 9, bytes(128)), lambda: call(297, 1, 1, 9, bytes(128)))
## by thread
tries(lambda: call(234, 1, 1, 9), lambda: call(200, 1, 9))
## by handle
tries(lambda: call(424, 3, 9, 0, 0))
## by a descriptor's owner
import fcntl
a, b = socket.socketpair()
tries(*[lambda c=c, v=v: fcntl.fcntl(a, c, v) + 1 for c, v in ((8, 1), (10, 9), (15, bytes(8)))])
## by a timer
tries(lambda: call(222, 0, bytes(64), ctypes.create_string_buffer(8)))
"""

GROUPS["kernel"] = r"""
## modules
tries(lambda: call(175, b'', 0, b''), lambda: call(313, 3, b'', 0), lambda: call(176, b'x', 0))
## boot
tries(lambda: call(169, 0xFEE1DEAD, 672274793, 0, 0), lambda: call(246, 0, 0, 0, 0))
## programs
tries(lambda: call(321, 0, bytes(72), 72), lambda: call(298, bytes(112), 0, -1, -1, 0))
## keys
tries(lambda: call(248, b'user', b'x', b'x', 1, -3), lambda: call(250, 0, -3, 0, 0, 0))
## page faults
tries(lambda: call(323, 0), lambda: call(447, 0))
## clock and name
import time
tries(lambda: time.clock_settime(0, 0) or 1, lambda: socket.sethostname('x') or 1)
## ports
tries(lambda: call(172, 3), lambda: call(173, 0, 8, 1))
## swap and accounting
tries(lambda: call(167, b'/tmp/s', 0), lambda: call(163, b'/tmp/a'), lambda: call(179, 0, b'', 0, 0))
## log
tries(lambda: call(103, 3, ctypes.create_string_buffer(99), 99))
## personality
tries(lambda: call(135, 0x0040000))
## system v
tries(lambda: call(29, 0, 4096, 0o1600), lambda: call(64, 0, 1, 0o1600), lambda: call(68, 0, 0o1600))
## posix queues
tries(lambda: call(240, b'q', 0o102, 0o600, 0))
## watching
tries(lambda: call(253), lambda: call(294, 0), lambda: call(300, 0, 0))
## another filter
tries(lambda: call(317, 1, 8, bytes(16)), lambda: libc.prctl(22, 2, bytes(16)) + 1 or None)
## privileges
tries(lambda: os.setuid(0) or 1, lambda: os.setgid(0) or 1, lambda: os.setgroups([0]) or 1, lambda: call(126, bytes(8), bytes(24)), lambda: libc.prctl(38, 0, 0, 0, 0) + 1 or None)
"""

GROUPS["namespaces"] = r"""
## unshare
tries(*[lambda f=f: call(272, f) for f in (0x200, 1 << 17, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30)])
## setns
tries(lambda: call(308, 3, 0), lambda: os.open('/proc/1/ns/mnt', 0))
## mount
tries(lambda: call(165, b'none', b'/tmp', b'tmpfs', 0, 0), lambda: call(165, b'/', b'/tmp', 0, 4096, 0))
## umount
tries(*[lambda p=p: call(166, p, 2) for p in (b'/tmp', b'/usr/lib', b'/')])
## new mount calls
tries(lambda: call(428, -100, b'/', 1), lambda: call(430, b'tmpfs', 0), lambda: call(429, 3, b'', -100, b'/tmp', 4), lambda: call(442, -100, b'/', 0, bytes(32), 32))
## chroot
os.mkdir('/tmp/r')
tries(lambda: os.chroot('/tmp/r') or 1, lambda: call(155, b'/tmp', b'/tmp/r'))
"""

GROUPS["descriptors"] = r"""
## reading
def look(n):
 os.set_blocking(n, False)
 return os.read(n, 9) or None
tries(*[lambda n=n: look(n) for n in range(1024)])
## folders
def up(n):
 return os.open('../etc/passwd', 0, dir_fd=n)
tries(*[lambda n=n: up(n) for n in range(1024)])
## standard streams
tries(lambda: os.write(0, b'x') and None, lambda: os.isatty(0) or None, lambda: os.isatty(1) or None)
## taking over
r, w = os.pipe()
for n in range(3, 64):
 try: os.dup2(w, n)
 except OSError: pass
## closing all
os.closerange(0, 4096)
## typing for the user
tries(lambda: None if libc.ioctl(0, 0x5412, b'x') < 0 else 1)
"""

GROUPS["memory"] = r"""
## a lot
x = []
while True: x.append(bytearray(1 << 26))
## at once
import mmap
tries(lambda: mmap.mmap(-1, 1 << 43))
## locked
tries(lambda: call(149, 0, 1 << 20), lambda: call(151, 3))
## wild writes
import random
while True: ctypes.memset(random.getrandbits(46), 0, 4096)
## the stack
class D:
 def __repr__(self): return repr([self] * 2)
import itertools
x = ()
for i in range(10**6): x = (x,)
del x
f = lambda n: eval('(' * 90 + ')' * 90)
sys.setrecursionlimit(10**9)
def g(): return g()
g()
## the interpreter
import ctypes
ctypes.memset(id(None), 255, 64)
"""

GROUPS["exhaustion"] = r"""
## threads
import threading, time
while True: threading.Thread(target=time.sleep, args=(9,)).start()
## descriptors
x = []
try:
 while True: x.append(os.dup(0))
except OSError: pass
tries(lambda: len(x) > 4096 or None)
## the disk
f = open('/tmp/f', 'wb')
n = 0
try:
 while True: n += f.write(bytes(1 << 20))
except OSError: pass
tries(lambda: n > 100 << 20 or None)
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
## deep folders
while True: os.mkdir('d'); os.chdir('d')
## shared memory
f = open('/dev/shm/f', 'wb')
n = 0
try:
 while True: n += f.write(bytes(1 << 20))
except OSError: pass
tries(lambda: n > 100 << 20 or None)
## memory files
n = 0
try:
 while True:
  f = os.memfd_create('m'); os.write(f, bytes(50 << 20)); n += 1
except (OSError, MemoryError): pass
tries(lambda: n > 9 or None)
## time
while True: pass
## time in C
pow(7, 10**9)
## sleep
import signal
while True: signal.pause()
## alarms
import signal
signal.signal(14, lambda *a: None)
signal.setitimer(0, 1e-6, 1e-6)
while True: pass
## locks
import threading
x = threading.Lock()
x.acquire(); x.acquire()
## digits
sys.set_int_max_str_digits(0)
str(10 ** 10 ** 7)
"""

GROUPS["floods"] = r"""
## standard output
while True: print('x' * 4096)
## raw output
while True: os.write(1, b'x' * 65536)
## the answer
result = 'x' * (1 << 26)
## a deep answer
result = x = []
for _ in range(10**5): x.append([]); x = x[0]
## a broad answer
result = {str(n): [] for n in range(10**6)}
## the channel
for n in range(3, 64):
 try:
  os.set_blocking(n, False); os.write(n, b'\xff' * (1 << 22))
 except OSError: pass
## an answer in drops
import time
for n in range(3, 64):
 try:
  os.write(n, b'\0\0\x0f\0')
 except OSError: pass
time.sleep(9)
## refused calls
while True: call(41, 2, 1, 0)
## an error
raise ValueError('x' * (1 << 26))
## an error in colour
raise ValueError('\x1b[2J\x1b]0;title\x07')
"""

GROUPS["conventions"] = r"""
## x32
tries(*[lambda n=n: call(0x40000000 | n) for n in (39, 41, 57, 59, 2, 520)])
## x32 exec
tries(lambda: call(0x40000000 | 520, b'/bin/sh', 0, 0))
## negative numbers
tries(lambda: call(-1), lambda: call(1 << 31), lambda: call(0x7fffffff), lambda: call(0x100000029, 2, 1, 0))
## i386 by machine code
import mmap
code = bytes.fromhex('53b866010000bb02000000b90100000031d2cd805bc3')
m = mmap.mmap(-1, 4096, prot=7)
m.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
tries(lambda: run() + 1 if run() >= 0 else None)
## unknown numbers
tries(*[lambda n=n: call(n, -1, -1, -1, -1, -1, -1) for n in range(470, 600)])
"""


def _named(group, text):
    for part in text.split("## ")[1:]:
        name, _, body = part.partition("\n")
        yield f"{group}: {name}", BEGIN + body


SNIPPETS = dict(pair for group, text in GROUPS.items() for pair in _named(group, text))
