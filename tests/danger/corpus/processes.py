"""Attempts to start, to steer and to end processes, and to use what others have open."""

GROUPS = {}

GROUPS["processes"] = r"""
- fork :: os.fork() ;; call('fork') ;; call('vfork')
- fork of libc :: libc.fork() ;; libc.vfork()
- clone :: call('clone', 17, 0, 0, 0, 0) ;; call('clone', 0x100 | 17, 0, 0, 0, 0)
- clone that vforks :: call('clone', 0x4111, 0, 0, 0, 0)
- a sibling :: call('clone', 0x8000 | 17, 0, 0, 0, 0)
- a traced child :: call('clone', 0x2000 | 17, 0, 0, 0, 0)
- a thread in new namespaces :: call('clone', 0x10000 | 0x50f00 | 1 << 28, 0, 0, 0, 0) ;; call('clone', 0x50f00 | 1 << 30, 0, 0, 0, 0)
- clone3 :: call('clone3', bytes(88), 88) ;; call('clone3', b'\0' * 32 + b'\x11' + bytes(55), 88)
- clone in new mounts :: call('clone', 1 << 17 | 17, 0, 0, 0, 0)
- clone in new names :: call('clone', 1 << 26 | 17, 0, 0, 0, 0) ;; call('clone', 1 << 27 | 17, 0, 0, 0, 0)
- clone in a new network :: call('clone', 1 << 30 | 17, 0, 0, 0, 0)
- clone as another user :: call('clone', 1 << 28 | 17, 0, 0, 0, 0)
- clone as a first process :: call('clone', 1 << 29 | 17, 0, 0, 0, 0)
- clone in another control group :: call('clone', 1 << 25 | 17, 0, 0, 0, 0)
- a shell :: os.popen('echo x').read() or None
- the system :: os.system('true') == 0 ;; libc.system(b'true') == 0
- a program :: __import__('subprocess').run(['/bin/true'])
- a program with a shell :: __import__('subprocess').check_output('id', shell=True)
- a program by posix_spawn :: os.posix_spawn('/bin/true', ['t'], {}) ;; os.posix_spawnp('true', ['t'], {})
- a program by libc :: libc.posix_spawn(B(8), b'/bin/true', None, None, (ctypes.c_char_p * 2)(b't'), (ctypes.c_char_p * 1)()) == 0 ;; libc.popen(b'id', b'r') or None
- exec of the interpreter :: os.execv(sys.executable, ['p']) ;; os.execv('/proc/self/exe', ['p'])
- exec of a shell :: call('execve', b'/bin/sh', 0, 0) ;; call('execveat', -100, b'/bin/sh', 0, 0, 0)
- exec of the linker :: [os.execv(p, ['ld', '/bin/true']) for p in ('/lib64/ld-linux-x86-64.so.2',)]
- exec of a library :: os.execv('/usr/lib/x86_64-linux-gnu/libc.so.6', ['libc'])
- private spawning :: __import__('_posixsubprocess').fork_exec([b'/bin/true'], [b'/bin/true'], True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, True, True, 0, None, None, None, -1, None, True)
- multiprocessing by fork :: __import__('multiprocessing').get_context('fork').Process(target=print).start() or 1
- multiprocessing by spawn :: __import__('multiprocessing').get_context('spawn').Process(target=print).start() or 1
- multiprocessing by a server :: __import__('multiprocessing').get_context('forkserver').Process(target=print).start() or 1
- a pool of processes :: __import__('concurrent.futures').futures.ProcessPoolExecutor(1).submit(abs, 1).result(0.2)
- a terminal of its own :: __import__('pty').fork() ;; os.openpty()
- a loop of events with a program :: __import__('asyncio').run(__import__('asyncio').create_subprocess_exec('/bin/true'))
- the platform's word :: __import__('platform').libc_ver(sys.executable)[0] and __import__('subprocess').getoutput('uname') or None
- uuid by programs :: __import__('uuid')._ifconfig_getnode()
- trace me :: call('ptrace', 0, 0, 0, 0)
- trace the first process :: call('ptrace', 16, 1, 0, 0) ;; call('ptrace', 0x4206, 1, 0, 0)
- trace the parent :: call('ptrace', 16, os.getppid() or 1, 0, 0)
- be traced by anyone :: call('prctl', 0x59616d61, -1, 0, 0, 0)
- memory of the first process :: call('process_vm_readv', 1, B(8), 1, B(8), 1, 0) ;; call('process_vm_writev', 1, B(8), 1, B(8), 1, 0)
- memory of many :: each(lambda p: call('process_vm_readv', p, iovec(16), 1, iovec(16), 1, 0), (p for p in range(1, 6) if p != os.getpid()))
- advice on another's memory :: call('process_madvise', 3, B(16), 1, 4, 0) ;; call('process_mrelease', 3, 0)
- a handle of the first process :: os.pidfd_open(1)
- a handle of the parent :: os.pidfd_open(os.getppid() or 1) ;; call('pidfd_open', os.getpid(), 0)
- what others have open :: call('pidfd_getfd', 3, 0, 0) ;; call('kcmp', 1, 1, 0, 0, 0)
- priority of others :: os.setpriority(0, 1, 5) or 1 ;; os.setpriority(1, 0, 5) or 1 ;; os.setpriority(2, os.getuid(), 5) or 1
- priority of mine :: os.nice(-5) ;; os.setpriority(0, 0, -5) or 1
- processors of others :: os.sched_setaffinity(1, [0]) or 1 ;; os.sched_setaffinity(os.getppid() or 1, [0]) or 1
- real time :: os.sched_setscheduler(0, 1, os.sched_param(1)) or 1 ;; call('sched_setattr', 0, bytes(56), 0)
- disks' priority :: call('ioprio_set', 1, 0, 1 << 13) ;; call('ioprio_set', 3, os.getuid(), 3 << 13)
- limits of others :: __import__('resource').prlimit(1, 0, (1, 1)) ;; call('prlimit64', 1, 7, bytes(16), 0)
- limits of mine :: __import__('resource').setrlimit(9, (-1, -1)) or 1 ;; call('prlimit64', 0, 7, b'\xff' * 16, 0)
- a session of its own :: os.setsid() ;; os.setpgid(0, 0) or 1 ;; os.setpgrp() or 1
- a reaper of orphans :: libc.prctl(36, 1, 0, 0, 0) + 1 or None
- outliving the parent :: libc.prctl(1, 0, 0, 0, 0) + 1 or None
- dumping core :: libc.prctl(4, 1, 0, 0, 0) + 1 or None
- waiting for others :: os.waitpid(-1, os.WNOHANG) ;; os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
- threads that see others :: call('get_robust_list', 1, B(8), B(8)) ;; call('set_mempolicy_home_node', 0, 0, 0, 0)
- pages of others moved :: call('move_pages', 1, 0, 0, 0, 0, 0) ;; call('migrate_pages', 1, 1, B(8), B(8))
## exec from a descriptor
f = os.open("/tmp/x", os.O_CREAT | os.O_RDWR, 0o755)
os.write(f, b'#!/bin/sh\n')
tries(lambda: call('execveat', f, b'', 0, 0, 0x1000), lambda: os.execve(f, ['x'], {}))
## exec of what I wrote
f = open('/tmp/run', 'wb'); f.write(open(LIB, 'rb').read(64)); f.close()
os.chmod('/tmp/run', 0o755)
tries(lambda: os.execv('/tmp/run', ['x']), lambda: ctypes.CDLL('/tmp/run'))
## a library that I wrote
import shutil
source = [l for l in __import__('glob').glob('/usr/lib/x86_64-linux-gnu/libm.so*')][:1]
if source:
 shutil.copyfile(source[0], '/tmp/libm.so')
 tries(lambda: ctypes.CDLL('/tmp/libm.so'))
## a child at the end of the interpreter
import atexit
atexit.register(os.fork)
atexit.register(os.system, 'touch /tmp/outside/late')
## a thread that goes on
import threading, time
def on():
 while True:
  try: open('/tmp/outside/thread', 'w')
  except OSError: time.sleep(0.001)
threading.Thread(target=on).start()
result = None
## a finalizer at the end
class D:
 def __del__(self): os.system('touch /tmp/outside/finalized')
d = D(); d.me = d
"""

GROUPS["signals"] = r"""
- the first process :: os.kill(1, 9) or 1 ;; os.kill(1, 0) or 1
- everyone :: os.kill(-1, 9) or 1 ;; os.kill(-1, 15) or 1
- the group :: os.kill(0, 9) or 1 ;; os.killpg(0, 15) or 1
- the parent :: os.kill(os.getppid(), 9) or 1
- the group of the first :: os.kill(-os.getpgrp(), 19) or 1 ;; os.killpg(1, 9) or 1
- the lowest numbers :: each(lambda p: os.kill(p, 9), (p for p in range(1, 60) if p != os.getpid()))
- the next numbers :: each(lambda p: os.kill(p, 10), (p for p in range(60, 120) if p != os.getpid()))
- stopping the first :: os.kill(1, 19) or 1 ;; os.kill(1, 20) or 1
- waking the first :: os.kill(1, 18) or 1 ;; os.kill(1, 1) or 1
- mine with a sign :: os.kill(-os.getpid(), 10) or 1
- numbers that wrap :: call('kill', (1 << 32) + 1, 9) ;; call('tgkill', (1 << 32) + 1, 1, 9)
- queued :: call('rt_sigqueueinfo', 1, 9, bytes(128)) ;; call('rt_tgsigqueueinfo', 1, 1, 9, bytes(128))
- by thread :: call('tgkill', 1, 1, 9) ;; call('tkill', 1, 9)
- by thread in my name :: call('tgkill', os.getpid(), 1, 9)
- by handle :: call('pidfd_send_signal', 3, 9, 0, 0) ;; each(lambda n: call('pidfd_send_signal', n, 9, 0, 0), range(3, 20))
- by libc :: libc.kill(1, 9) + 1 or None ;; libc.killpg(1, 9) + 1 or None ;; libc.sigqueue(1, 9, None) + 1 or None
- by a timer of the kernel :: call('timer_create', 0, bytes(64), B(8))
- by a timer for a thread :: call('timer_create', 0, bytes(12) + b'\4\0\0\0\1\0\0\0' + bytes(40), B(8))
- by a message queue :: call('mq_notify', 3, bytes(64))
- by a mouse of memory :: call('io_setup', 8, B(8))
- by the death of the parent :: libc.prctl(1, 9, 0, 0, 0) + 1 or None
- by performance counters :: call('perf_event_open', bytes(112), 1, -1, -1, 0)
- by signal descriptors :: call('signalfd4', -1, bytes(8), 8, 0) ;; call('signalfd', -1, bytes(8), 8)
- by a terminal :: ioctl(0, 0x5412, b'\x03') ;; ioctl(0, 0x540e, b'') ;; ioctl(0, 0x5410, b'\1\0\0\0')
- by hanging up :: call('vhangup')
## by a descriptor's owner
import fcntl
a, b = socket.socketpair()
tries(*[lambda c=c, v=v: fcntl.fcntl(a, c, v) + 1 for c, v in ((8, 1), (8, -1), (10, 9), (15, bytes(8)))])
## by a descriptor's owner through ioctl
a, b = socket.socketpair()
tries(*[lambda c=c: ioctl(a.fileno(), c, b'\1\0\0\0') for c in (0x8901, 0x8902, 0x5452)])
## by the owner of the answer's channel
import fcntl
for n in range(3, 16):
 tries(*[lambda c=c, v=v: fcntl.fcntl(n, c, v) + 1 for c, v in ((8, 1), (10, 9))])
## handlers that refuse to end
import signal
for n in signal.valid_signals():
 try: signal.signal(n, lambda *a: None)
 except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
## a signal to each of my threads
import signal, threading, time
threading.Thread(target=time.sleep, args=(0.01,)).start()
for t in range(1, 50):
 try: call('tgkill', os.getpid(), t, 0)
 except OSError: pass
"""

GROUPS["descriptors"] = r"""
- standard streams :: os.write(0, b'x') and None ;; os.isatty(0) or None ;; os.isatty(1) or None
- standard input :: os.read(0, 9) or None ;; sys.__stdin__.read(1) or None
- typing for the user :: ioctl(0, 0x5412, b'x') ;; ioctl(1, 0x5412, b'x')
- the size of the terminal :: os.get_terminal_size(0)
- the listener of the wall :: each(lambda n: ioctl(n, 0xc0502100, B(80)), range(3, 20))
- an answer to the wall's listener :: each(lambda n: ioctl(n, 0xc0182101, b'\0' * 16 + b'\1\0\0\0\0\0\0\0'), range(3, 20))
- a descriptor added by the listener :: each(lambda n: ioctl(n, 0x40182103, bytes(24)), range(3, 20))
- the limit raised :: __import__('resource').setrlimit(7, (1 << 20, 1 << 20)) or 1
- a descriptor beyond the limit :: os.dup2(0, 5000) ;; call('fcntl', 0, 0, 100000)
- what is mapped :: each(lambda n: ioctl(n, 0x8004667e, B(4)), range(3, 8))
- a working folder that was left open :: os.fchdir(3) or 1 ;; each(lambda n: os.fchdir(n), range(3, 40))
- the leaked folder of another container :: each(lambda n: os.open('../../../etc/passwd', 0, dir_fd=n), range(3, 12))
## reading
def look(n):
 os.set_blocking(n, False)
 return os.read(n, 9) or None
tries(*[lambda n=n: look(n) for n in range(1024)])
## folders
tries(*[lambda n=n: os.open('../etc/passwd', 0, dir_fd=n) for n in range(1024)])
## what kinds they are
import stat
tries(*[lambda n=n: stat.S_ISREG(os.fstat(n).st_mode) or stat.S_ISDIR(os.fstat(n).st_mode) or stat.S_ISBLK(os.fstat(n).st_mode) or None for n in range(3, 1024)])
## sockets of the network
tries(*[lambda n=n: socket.socket(fileno=n).family not in (0, 1) or None for n in range(3, 256)])
## duplicates to higher numbers
for n in range(3, 30):
 try: os.dup2(n, n + 100)
 except OSError: pass
tries(*[lambda n=n: os.read(n, 1) or None for n in range(103, 103)])
## taking over
r, w = os.pipe()
for n in range(3, 64):
 try: os.dup2(w, n)
 except OSError: pass
## closing all
os.closerange(0, 4096)
## closing by range
call('close_range', 0, 0xffffffff, 0)
## shutting down every socket
for n in range(3, 256):
 try: socket.socket(fileno=os.dup(n)).shutdown(2)
 except OSError: pass
## making every one wait
for n in range(0, 256):
 try: os.set_blocking(n, not os.get_blocking(n))
 except OSError: pass
## closing all and staying
import time
os.closerange(3, 4096)
time.sleep(60)
## half closed and staying
import time
for n in range(3, 64):
 try: socket.socket(fileno=os.dup(n)).shutdown(1)
 except OSError: pass
time.sleep(60)
"""
