"""Attempts on what a session holds, made in its twin: memory that is shared, files, sockets, children.

The names are those that `test_live_state.py` gives its session.
"""

GROUPS = {}

GROUPS["live state"] = r"""
## the list of the session
table.append(4); table[:] = []; globals()['table'] = None
## a map of a file
memmap[:] = 66
memmap.flush()
## a map of a file by its address
ctypes.memset(memmap.ctypes.data, 66, 64)
## a map of a file through a view of it
memoryview(memmap)[0] = 66
memmap.base.flush() if hasattr(memmap.base, 'flush') else None
## a map of a file synchronised
memmap[:] = 66
call('msync', memmap.ctypes.data & ~4095, 4096, 4)
## a map of a file grown
call('mremap', memmap.ctypes.data & ~4095, 4096, 8192, 1)
memmap[:] = 66
## a map made shared again
import mmap
m = mmap.mmap(os.open('/tmp/work/memmap', os.O_RDWR), 64)
m[:4] = b'BBBB'; m.flush()
## shared memory
shared.buf[:4] = b'BBBB'
## shared memory unlinked
shared.unlink()
## shared memory by name
from multiprocessing.shared_memory import SharedMemory
tries(lambda: SharedMemory(shared.name).buf[:4].tobytes() == b'AAAA' or None)
## memory without a name
anonymous[:4] = b'BBBB'
## memory without a name by its address
ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(anonymous)), 66, 64)
## a counter that is shared
value.value = 66
## an array that is shared
with numbers.get_lock(): numbers[:] = [66] * 4
## a lock that is shared
tries(lambda: value.get_lock().acquire(timeout=0.1) and None)
## a file open for writing
writing.write('B' * 64); writing.flush(); os.fsync(writing.fileno())
## a file open for writing, by its number
os.pwrite(writing.fileno(), b'BBBB', 0)
## a file open for appending
appending.write('B' * 64); appending.flush()
## a file open for both
both.seek(0); both.write(b'BBBB'); both.flush(); both.truncate(2)
## a file's position
reading.read(8)
## a file's lock
import fcntl
fcntl.flock(writing, fcntl.LOCK_UN)
fcntl.flock(reading, fcntl.LOCK_EX | fcntl.LOCK_NB)
## a file opened by its number's name
tries(lambda: open(f'/proc/self/fd/{writing.fileno()}', 'w'), lambda: open(f'/dev/fd/{writing.fileno()}', 'w'))
## a file closed
os.close(writing.fileno()); writing.close()
## a file's mode
os.fchmod(writing.fileno(), 0)
os.chmod('/tmp/work/writing', 0)
## a file's end
os.ftruncate(writing.fileno(), 0)
## a pipe
os.write(pipe_in, b'B')
## a pipe read
os.set_blocking(pipe_out, False)
tries(lambda: os.read(pipe_out, 1))
## a pipe closed
os.close(pipe_in); os.close(pipe_out)
## a connection
tries(lambda: connection.sendall(b'B') or 1, lambda: connection.shutdown(2) or 1)
## a connection through its number
tries(lambda: os.write(connection.fileno(), b'B'), lambda: socket.socket(fileno=os.dup(connection.fileno())).send(b'B'))
## a datagram socket
tries(lambda: datagrams.sendto(b'B', ('127.0.0.1', 47111)))
## a pair
tries(lambda: pair.send(b'B'), lambda: pair.shutdown(1) or 1)
## descriptors through a pair
tries(lambda: socket.send_fds(pair, [b'B'], [0]))
## a listening socket
tries(lambda: listening.accept(), lambda: listening.close() or None)
## a socket without waiting
tries(lambda: call('sendto', connection.fileno(), b'B', 1, 0, 0, 0), lambda: call('sendmsg', connection.fileno(), bytes(56), 0))
## a counter of events
tries(lambda: os.eventfd_write(event, 5) or 1)
## a waiting poll
tries(lambda: poll.register(0) or 1, lambda: poll.unregister(event) or 1)
## a folder that is open
tries(lambda: os.open('writing', os.O_WRONLY, dir_fd=folder), lambda: os.fchdir(folder) or 1)
## a database
tries(lambda: database.execute("insert into t values (66)") and database.commit() or None)
## a database that is emptied
database.executescript('delete from t; drop table t;')
## a child
child.kill(); child.terminate()
## a child by signal
tries(lambda: os.kill(child.pid, 9) or 1, lambda: child.send_signal(9) or None)
## a child's input
tries(lambda: child.stdin.write(b'B') and child.stdin.flush() or None)
## a handle of the child
tries(lambda: call('pidfd_send_signal', handle, 9, 0, 0), lambda: os.pidfd_open(child.pid))
## the kernel itself
tries(lambda: os.kill(session_pid, 9) or 1, lambda: os.kill(os.getppid(), 9) or 1)
## a thread of the session
tries(lambda: thread.is_alive() or None, lambda: queue.put_nowait('B'))
## a pool of the session
tries(lambda: pool.submit(os.write, pipe_in, b'B').result(0.2))
## a logger of the session
logger.error('B')
## the streams of the session
print('B'); sys.stderr.write('B'); sys.__stdout__.write('B'); os.write(1, b'B')
## the streams of the session, as they were
old_stdout.write('B'); old_stdout.flush()
## hooks of the session at its end
import atexit
atexit.register(os.write, pipe_in, b'B'); atexit._run_exitfuncs()
## finalizers of the session
finalizer(); finalizer.detach()
## a folder of the session's own
tries(lambda: scratch.cleanup() or None)
## the working folder
open('data.csv', 'w').write('B'); open('new.csv', 'w').write('B'); os.remove('writing'); os.rename('memmap', 'm')
## the working folder itself
os.chmod('.', 0); os.utime('.', (0, 0)); os.mkdir('d'); os.symlink('/etc', 'l')
## the working folder removed
import shutil
shutil.rmtree('/tmp/work', ignore_errors=True)
## up from the working folder
tries(lambda: open('../outside/secret').read(), lambda: os.listdir('../outside'))
## many long names in the working folder
for _ in range(14): os.mkdir('\udcff' * 250); os.chdir('\udcff' * 250)
for n in range(1000): open(f'{n:05}' + '\udcff' * 240, 'w').close()
## a large file in the working folder
with open('large', 'wb') as f:
 try: f.write(bytes(200 << 20))
 except OSError: pass
## the environment of the session
os.environ['PATH'] = '/B'; os.putenv('B', 'B')
tries(lambda: os.environ.get('SELFCODE_CANARY'))
## the modules of the session
import json
json.dumps = None; sys.modules.clear(); sys.path[:] = []
## the random numbers of the session
import random
random.seed(1); os.urandom(4)
## the limits of the session
import resource
tries(lambda: resource.prlimit(session_pid, resource.RLIMIT_NOFILE, (5, 5)))
## the priority of the session
tries(lambda: os.setpriority(os.PRIO_PROCESS, session_pid, 10) or 1, lambda: os.sched_setaffinity(session_pid, {0}) or 1)
## the memory of the session
tries(lambda: call('process_vm_writev', session_pid, iovec(4), 1, iovec(4), 1, 0), lambda: put(f'/proc/{session_pid}/mem'))
## the timers of the session
import signal
signal.setitimer(signal.ITIMER_VIRTUAL, 99); signal.alarm(1)
"""
