"""Attempts to reach others: sockets of every family, and messages between processes."""

GROUPS = {}

_FAMILIES = """UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECnet NETBEUI
SECURITY KEY NETLINK PACKET ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC
BLUETOOTH IUCV RXRPC ISDN PHONET IEEE802154 CAIF ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP""".split()

GROUPS["sockets: families"] = "\n".join(
    f"- {name} :: " + " ;; ".join(f"socket.socket({number}, {kind})" for kind in (1, 2, 3, 5))
    + f" ;; socket.socket({number}, 0x80801) ;; socket.socketpair({number}, 2)"
    for number, name in enumerate(_FAMILIES)
)  # fmt: skip

GROUPS["sockets: ways"] = r"""
- tcp :: socket.create_connection(('127.0.0.1', 47111))
- tcp of version 6 :: socket.create_connection(('::1', 47111))
- udp :: socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 47111))
- udp of version 6 :: socket.socket(10, 2).sendto(b'x', ('::1', 47111))
- mptcp :: socket.socket(2, 1, 262) ;; socket.socket(10, 1, 262)
- sctp :: socket.socket(2, 1, 132) ;; socket.socket(2, 5, 132)
- dccp :: socket.socket(2, 6, 33) ;; socket.socket(2, 2, 136)
- ping :: socket.socket(2, 2, 1) ;; socket.socket(10, 2, 58)
- raw :: socket.socket(2, 3, 1) ;; socket.socket(2, 3, 255) ;; socket.socket(17, 3, 0x300)
- old packets :: socket.socket(2, 10, 0x300)
- listening :: socket.create_server(('127.0.0.1', 0)) ;; socket.create_server(('', 8888))
- unix stream by path :: socket.socket(1, 1).connect('/tmp/outside/stream') or 1
- unix datagram by path :: socket.socket(1, 2).sendto(b'x', '/tmp/outside/datagram')
- unix packets by path :: socket.socket(1, 5).connect('/tmp/outside/packets') or 1
- unix abstract :: socket.socket(1, 2).sendto(b'x', '\0selfcode-outside') ;; socket.socket(1, 1).connect('\0selfcode-stream') or 1
- the message bus :: socket.socket(1, 1).connect('/run/dbus/system_bus_socket') or 1
- containers :: socket.socket(1, 1).connect('/var/run/docker.sock') or 1
- the display :: socket.socket(1, 1).connect('/tmp/.X11-unix/X0') or 1 ;; socket.socket(1, 1).connect('\0/tmp/.X11-unix/X0') or 1
- the keys' agent :: socket.socket(1, 1).connect('/tmp/ssh-agent') or 1
- every netlink protocol :: each(lambda p: socket.socket(16, 3, p), range(1)) ;; socket.socket(16, 3, 15) ;; socket.socket(16, 2, 9) ;; socket.socket(16, 3, 12)
- algorithms of the kernel :: socket.socket(38, 5, 0)
- machines below :: socket.socket(40, 1) ;; socket.socketpair(40, 1)
- datagram pairs :: socket.socketpair(1, 2) ;; socket.socketpair(1, 5) ;; socket.socketpair(2, 1)
- names :: socket.gethostbyname('example.com') ;; socket.getaddrinfo('example.com', 80) ;; socket.gethostbyaddr('127.0.0.1')
- interfaces :: socket.if_nameindex() ;; socket.if_nametoindex('lo')
- by http :: __import__('urllib.request').request.urlopen('http://127.0.0.1:47111', timeout=1)
- by the system log :: __import__('logging.handlers').handlers.SysLogHandler(('127.0.0.1', 47111))
- by raw calls :: call('socket', 2, 1, 0) ;; call('accept', 3, 0, 0) ;; call('accept4', 3, 0, 0, 0) ;; call('connect', 3, b'\2\0' + bytes(14), 16)
- by listening on what is there :: call('listen', 3, 1) ;; call('bind', 3, b'\1\0/tmp/x\0', 9)
- io_uring :: call('io_uring_setup', 4, B(120))
- many messages at once :: call('sendmmsg', 3, bytes(64), 1, 0) ;; call('recvmmsg', 3, bytes(64), 1, 0, 0)
- a socket of another process :: call('pidfd_getfd', 3, 3, 0)
- libc's resolver :: libc.getaddrinfo(b'localhost', b'80', None, ctypes.byref(ctypes.c_void_p())) == 0 and 'resolved' and text('/etc/hosts')
## an address on a pair
a, b = socket.socketpair()
tries(lambda: a.sendto(b'x', '\0selfcode-outside'), lambda: a.connect('/tmp/outside/stream') or 1, lambda: a.bind('/tmp/mine') or 1)
## a pair dissolved and connected anew
a, b = socket.socketpair()
tries(lambda: call('connect', a.fileno(), bytes(2), 2), lambda: a.connect('\0selfcode-stream') or 1)
## descriptors through a pair
a, b = socket.socketpair()
tries(lambda: socket.send_fds(a, [b'x'], [0]), lambda: socket.recv_fds(b, 1, 1))
## descriptors through the answer's channel
tries(*[lambda n=n: socket.send_fds(socket.socket(fileno=os.dup(n)), [b'x'], [0]) for n in range(3, 16)])
## credentials through a pair
a, b = socket.socketpair()
tries(lambda: a.setsockopt(1, 16, 1) or 1, lambda: a.sendmsg([b'x'], [(1, 2, bytes(12))]))
## filters on a pair
a, b = socket.socketpair()
tries(lambda: a.setsockopt(1, 26, b'\1\0' + bytes(14)) or 1, lambda: a.setsockopt(1, 50, b'\3\0\0\0') or 1)
## who the other end is
def peer(n):
 a = socket.socket(fileno=os.dup(n))
 return a.getsockopt(1, 77, 4) or call('pidfd_open', a.getsockopt(1, 17, 12)[0], 0)
tries(*[lambda n=n: peer(n) for n in range(3, 16)])
## a loop of events that listens
import asyncio
async def serve():
 return (await asyncio.start_server(print, '127.0.0.1', 0)).sockets or None
tries(lambda: asyncio.run(serve()))
## a proxy of multiprocessing
from multiprocessing.connection import Client, Listener
tries(lambda: Client(('127.0.0.1', 47111)), lambda: Client('/tmp/outside/stream'), lambda: Listener(('127.0.0.1', 0)))
"""

GROUPS["shared memory and messages"] = r"""
- a segment made :: call('shmget', 0, 4096, 0o1600)
- the segment outside :: call('shmget', 0x5E1FC0DE, 16, 0o600)
- attaching to numbers :: call('shmat', 0, 0, 0) ;; call('shmat', 1, 0, 0) ;; call('shmat', 32768, 0, 0)
- segments listed :: call('shmctl', 0, 14, B(256)) ;; call('shmctl', 0, 13, B(256))
- a segment removed :: call('shmctl', 0, 0, 0)
- semaphores made :: call('semget', 0, 1, 0o1600)
- the semaphores outside :: call('semget', 0x5E1FC0DE, 1, 0o600) ;; call('semop', 0, b'\0\0\1\0\0\0', 1) ;; call('semtimedop', 0, b'\0\0\1\0\0\0', 1, bytes(16))
- semaphores listed :: call('semctl', 0, 0, 19, B(256))
- a queue made :: call('msgget', 0, 0o1600)
- the queue outside :: call('msgget', 0x5E1FC0DE, 0o600) ;; call('msgsnd', 0, b'\1' + bytes(15), 8, 0o4000)
- a queue read :: call('msgrcv', 0, B(64), 8, 0, 0o4000) ;; call('msgctl', 0, 13, B(256))
- posix queues :: call('mq_open', b'selfcode-outside', 2, 0, 0) ;; call('mq_open', b'new', 0o102, 0o600, 0) ;; call('mq_unlink', b'selfcode-outside')
- posix queue's notice :: call('mq_notify', 3, 0) ;; call('mq_getsetattr', 3, 0, B(64))
- the shared memory outside :: text('/dev/shm/selfcode-outside') ;; put('/dev/shm/selfcode-outside')
- by name :: __import__('multiprocessing.shared_memory').shared_memory.SharedMemory('selfcode-outside')
- others' names :: [n for n in ls('/dev/shm')] or None
- memory without a name :: os.memfd_create('m') ;; call('memfd_create', b'm', 0x10)
- secret memory :: call('memfd_secret', 0)
- asynchronous transfer :: call('io_setup', 1, B(8)) ;; call('io_submit', 1, 0, 0)
- a semaphore of posix :: libc.sem_open(b'/selfcode-outside', 0) or None
- huge pages of system v :: call('shmget', 0, 1 << 21, 0o5600)
- huge pages :: __import__('mmap').mmap(-1, 1 << 21, flags=0x40022)
- a manager :: __import__('multiprocessing').Manager()
- a queue of processes :: __import__('multiprocessing').get_context('fork').Process(target=print).start() or 1
- user fault handling :: call('userfaultfd', 0x80801) ;; os.open('/dev/userfaultfd', 2)
- a pipe for packets :: call('tee', 3, 4, 1, 0) ;; call('vmsplice', 3, B(16), 1, 0)
## my own shared memory goes with me
with open('/dev/shm/left', 'w') as f: f.write('left')
## a counter that outlives me
call('eventfd2', 7, 0)
os.eventfd(7)
## locks in shared memory
import mmap
m = mmap.mmap(-1, 4096)
m[0] = 1
libc.sem_init(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), 1, 0)
"""
