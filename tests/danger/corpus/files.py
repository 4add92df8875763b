"""Attempts on files: to read, to write, on their metadata, and through /proc and /sys."""

GROUPS = {}

GROUPS["files: read"] = r"""
- accounts :: text('/etc/passwd')
- groups :: text('/etc/group')
- the secret :: text(SECRET)
- the home folder :: ls(os.path.expanduser('~/..'))
- keys of the user :: text('/tmp/.ssh/id_ed25519') ;; text('/tmp/.netrc') ;; text('/tmp/.aws/credentials')
- the user's configuration :: text('/tmp/.jupyter/jupyter_server_config.py') ;; text('/tmp/.ipython/profile_default/history.sqlite')
- shadow :: text('/etc/shadow') ;; text('/etc/sudoers')
- name resolution :: text('/etc/hosts') ;; text('/etc/resolv.conf') ;; text('/etc/hostname') ;; text('/etc/machine-id')
- by raw open :: call('open', SECRET.encode(), 0)
- by openat :: call('openat', -100, b'/etc/passwd', 0)
- by openat2 :: call('openat2', -100, SECRET.encode(), bytes(24), 24)
- by openat2 beneath the root :: call('openat2', -100, b'/etc', b'\0' * 16 + b'\x10' + bytes(7), 24)
- by a path descriptor :: os.open('/tmp/outside', os.O_PATH)
- by a handle's name :: call('name_to_handle_at', -100, b'/usr/lib', b'\x80\0\0\0' + bytes(200), B(8), 0)
- by a handle :: call('open_by_handle_at', 3, b'\x08\0\0\0\1\0\0\0' + b'\2' * 8, 0)
- by mounting it :: call('open_tree', -100, b'/tmp/outside', 1)
- the root's folder :: [n for n in ls('/') if n in ('etc', 'root', 'home', 'var', 'proc', 'sys', 'run')] or None
- homes :: ls('/root') ;; ls('/home') ;; ls('/mnt') ;; ls('/srv') ;; ls('/opt')
- variable files :: ls('/var') ;; ls('/var/log') ;; ls('/run') ;; ls('/var/run')
- devices :: ls('/dev')
- the boot folder :: ls('/boot') ;; ls('/lost+found')
- the wall's folders :: ls('/.old') ;; ls('/.trial') ;; ls('/.below') ;; ls('/.lower')
- the layer's upper side :: text('/.trial/upper/x') ;; ls('/.trial/work')
- beside what is granted :: ls('/tmp/outside') ;; text('/tmp/granted/../outside/secret')
- through a granted link :: text('/tmp/granted/link') ;; ls('/tmp/granted/up')
- existence :: os.path.exists(SECRET) or None ;; os.stat('/etc/passwd') ;; os.path.exists('/var') or None
- existence by access :: os.access(SECRET, 0) or None ;; os.access('/etc/passwd', os.R_OK) or None
- existence by statx :: call('statx', -100, b'/tmp/outside/secret', 0, 0xfff, B(256))
- existence by readlink :: os.readlink('/tmp/granted/../outside/link')
- existence by rename :: os.rename('/etc/passwd', '/tmp/p') or 1
- existence by statfs :: os.statvfs('/etc/passwd') ;; os.statvfs('/home')
- existence by chdir :: os.chdir('/tmp/outside') or 1 ;; os.chdir('/home') or 1
- existence by exec :: os.execv('/bin/true', ['true'])
- watching :: call('inotify_add_watch', call('inotify_init1', 0) or 9, b'/etc', 0xfff)
- by importing :: __import__('importlib.machinery').machinery.SourceFileLoader('s', SECRET).get_data(SECRET)
- by linecache :: __import__('linecache').getlines(SECRET) or None
- by runpy :: __import__('runpy').run_path(SECRET)
- by sqlite :: __import__('sqlite3').connect(f'file:{SECRET}?mode=ro', uri=True).execute('select 1 from sqlite_master').fetchall()
- by numpy :: __import__('numpy').fromfile(SECRET, dtype='u1').size
- by a wheel of libc :: libc.fopen(SECRET.encode(), b'r') or None
- by a library :: ctypes.CDLL(SECRET)
- by copying :: __import__('shutil').copy(SECRET, '/tmp/mine')
- by a pipe of names :: __import__('glob').glob('/tmp/outside/*') or None ;; __import__('glob').glob('/etc/*sswd') or None
- by users :: __import__('pwd').getpwuid(os.getuid()).pw_dir ;; __import__('grp').getgrall() or None
- by swapping names :: call('renameat2', -100, b'/etc/passwd', -100, b'/tmp/q', 2)
## up from the scratch
os.chdir('/tmp')
tries(lambda: ls('../../../etc'), lambda: text('../etc/passwd'), lambda: ls('../root'))
## by a link
os.symlink(SECRET, '/tmp/l')
os.symlink('/', '/tmp/r')
tries(lambda: text('/tmp/l'), lambda: text('/tmp/r/etc/passwd'))
## by a chain of links
os.symlink('/tmp/b', '/tmp/a')
os.symlink('../tmp/outside', '/tmp/b')
tries(lambda: text('/tmp/a/secret'), lambda: ls('/tmp/a'))
## by a folder that moves
os.makedirs('/tmp/x/y/z')
os.chdir('/tmp/x/y/z')
os.rename('/tmp/x/y/z', '/tmp/z')
tries(lambda: text('../../etc/passwd'), lambda: ls('../../tmp/outside'))
## by a folder that is removed
os.mkdir('/tmp/gone')
os.chdir('/tmp/gone')
os.rmdir('/tmp/gone')
tries(lambda: ls('../outside'), lambda: text('../etc/passwd'))
## what earlier trials left
tries(*[lambda p=p: [n for n in ls(p) if n not in ('granted', 'user', 'work') and not n.startswith('tmp')] or None for p in ('/tmp', '/dev/shm')])
## secrets of the environment
tries(lambda: dict(os.environ).get('SELFCODE_CANARY'), lambda: [v for k, v in os.environ.items() if 'canary' in v] or None)
libc.getenv.restype = ctypes.c_char_p
tries(lambda: libc.getenv(b'SELFCODE_CANARY'))
"""

GROUPS["files: write"] = r"""
- accounts :: put('/etc/passwd') ;; put('/etc/new', os.O_CREAT | os.O_WRONLY)
- the secret :: put(SECRET) ;; os.remove(SECRET) or 1
- what is granted :: put(GRANTED) ;; put(GRANTED, os.O_RDWR) ;; put(GRANTED, os.O_WRONLY | os.O_APPEND)
- emptying what is granted :: os.open(GRANTED, os.O_RDONLY | os.O_TRUNC) ;; os.truncate(GRANTED, 0) or 1
- removing what is granted :: os.remove(GRANTED) or 1 ;; os.rmdir('/tmp/granted') or 1
- beside what is granted :: put('/tmp/granted/new', os.O_CREAT | os.O_WRONLY) ;; os.mkdir('/tmp/granted/d') or 1
- renaming what is granted :: os.rename(GRANTED, GRANTED + '2') or 1 ;; os.rename('/tmp/granted', '/tmp/g') or 1
- a link in what is granted :: os.symlink('/etc', '/tmp/granted/l') or 1 ;; os.link(GRANTED, '/tmp/h') or 1
- through a granted link :: put('/tmp/granted/link') ;; put('/tmp/granted/up/new', os.O_CREAT | os.O_WRONLY)
- by punching a hole :: call('fallocate', os.open(GRANTED, 0), 3, 0, 4)
- by copying a range :: os.copy_file_range(os.open(LIB, 0), os.open(GRANTED, 0), 1)
- by sending :: os.sendfile(os.open(GRANTED, 0), os.open(LIB, 0), 0, 1)
- by splicing :: call('splice', os.pipe()[0], 0, os.open(GRANTED, 0), 0, 1, 0) ;; call('vmsplice', os.pipe()[1], B(16), 1, 0)
- by cloning a range :: ioctl(os.open(GRANTED, 0), 0x40049409, os.open(LIB, 0))
- by writing at a place :: os.pwrite(os.open(GRANTED, 0), b'x', 0)
- libraries :: put(LIB) ;; os.truncate(LIB, 0) or 1 ;; put(DIR + '/new.py', os.O_CREAT | os.O_WRONLY)
- appending to a library :: open(LIB, 'a') ;; open(LIB, 'r+')
- renaming a library :: os.rename(LIB, DIR + '/o') or 1 ;; os.remove(LIB) or 1 ;; os.rmdir(DIR + '/json') or 1
- site packages :: put(ctypes.__file__) ;; put(os.path.dirname(sys.executable) + '/x', os.O_CREAT | os.O_WRONLY)
- the package itself :: put(sys.modules['selfcode.sandbox.wall'].__file__) ;; os.remove(sys.modules['selfcode.records'].__file__) or 1
- the interpreter :: put(sys.executable) ;; put(os.path.realpath(sys.executable))
- byte code :: put(__import__('json').__cached__) ;; os.makedirs(DIR + '/__pycache__/x') or 1
- a start-up file :: put(DIR + '/sitecustomize.py', os.O_CREAT | os.O_WRONLY) ;; put('/tmp/.bashrc', os.O_WRONLY)
- linking a library :: os.link(LIB, '/tmp/os') or 1 ;; os.link('/tmp/x', DIR + '/x') or 1
- an unnamed file :: os.open(DIR, os.O_TMPFILE | os.O_WRONLY) ;; os.open('/tmp/granted', os.O_TMPFILE | os.O_RDWR)
- the root :: os.mkdir('/new') or 1 ;; put('/new', os.O_CREAT | os.O_WRONLY) ;; os.symlink('/etc', '/new') or 1
- the dynamic linker :: put('/etc/ld.so.cache') ;; put('/etc/ld.so.preload', os.O_CREAT | os.O_WRONLY)
- jobs of others :: put('/etc/cron.d/x', os.O_CREAT | os.O_WRONLY) ;; put('/var/spool/cron/x', os.O_CREAT | os.O_WRONLY)
- the memory devices :: os.open('/dev/mem', 2) ;; os.open('/dev/kmem', 2) ;; os.open('/dev/port', 2)
- the kernel's log :: os.open('/dev/kmsg', 1) ;; os.open('/dev/log', 1)
- disks :: os.open('/dev/vda', 2) ;; os.open('/dev/sda', 2) ;; os.open('/dev/nvme0n1', 2) ;; os.open('/dev/loop-control', 2)
- terminals :: os.open('/dev/tty', 2) ;; os.open('/dev/ptmx', 2) ;; os.open('/dev/console', 1) ;; os.open('/dev/tty1', 1)
- helpers of the kernel :: os.open('/dev/fuse', 2) ;; os.open('/dev/kvm', 2) ;; os.open('/dev/net/tun', 2) ;; os.open('/dev/vhost-vsock', 2)
- graphics :: os.open('/dev/dri/card0', 2) ;; os.open('/dev/nvidiactl', 2) ;; os.open('/dev/nvidia-uvm', 2)
- input :: os.open('/dev/input/event0', 0) ;; os.open('/dev/uinput', 1) ;; os.open('/dev/snd/seq', 2)
- a block device :: os.mknod('/tmp/d', 0o60600, os.makedev(254, 0)) or 1
- a character device :: os.mknod('/tmp/c', 0o20600, os.makedev(1, 1)) or 1
- a named pipe :: os.mkfifo('/tmp/f') or 1
- a socket's name :: os.mknod('/tmp/s', 0o140600) or 1
- feeding a named pipe :: os.open('/tmp/outside/pipe', os.O_WRONLY | os.O_NONBLOCK)
- the layer :: put('/.trial/upper/x', os.O_CREAT | os.O_WRONLY) ;; os.mkdir('/.trial/new') or 1 ;; put('/.lower/x', os.O_CREAT | os.O_WRONLY)
- the time of a device :: os.utime('/dev/null', (0, 0)) or 1 ;; os.chmod('/dev/urandom', 0o600) or 1
- a lease that holds up others :: __import__('fcntl').fcntl(os.open(GRANTED, 0), 1024, 0) + 1
- notices of others' doings :: __import__('fcntl').fcntl(os.open('/tmp/granted', 0), 1026, 0x80000007) + 1
- a swap file :: call('swapon', b'/tmp/granted/data.txt', 0)
- a quota :: call('quotactl', 0x800007 << 8, b'/dev/vda', 0, B(64)) ;; call('quotactl_fd', 3, 0, 0, B(64))
- an attribute of the file :: ioctl(os.open(LIB, 0), 0x40086602, b'\x10' + bytes(7)) ;; call('file_setattr', -100, LIB.encode(), bytes(24), 24, 0)
- write life hints :: ioctl(os.open(GRANTED, 0), 0x8008661b, B(8))
- freezing the disk :: ioctl(os.open(DIR, 0), 0xc0045877, B(4)) ;; ioctl(os.open(DIR, 0), 0xc0185879, bytes(24))
- all disks to be written out :: call('syncfs', os.open(DIR, 0)) ;; call('sync')
## by a link
os.symlink('/etc', '/tmp/e')
tries(lambda: put('/tmp/e/new', os.O_CREAT | os.O_WRONLY), lambda: os.remove('/tmp/e/passwd') or 1)
## by a shared mapping
import mmap
f = os.open(GRANTED, os.O_RDONLY)
tries(lambda: mmap.mmap(f, 16, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
## by a mapping made writable later
f = os.open(GRANTED, os.O_RDONLY)
libc.mmap.restype = ctypes.c_void_p
m = libc.mmap(None, ctypes.c_size_t(4096), 1, 1, f, ctypes.c_long(0))
def later():
 if libc.mprotect(ctypes.c_void_p(m), ctypes.c_size_t(4096), 3) == 0:
  ctypes.memset(m, 0x58, 4)
  return 'changed'
tries(later)
## by a private mapping
f = os.open(GRANTED, os.O_RDONLY)
libc.mmap.restype = ctypes.c_void_p
m = libc.mmap(None, ctypes.c_size_t(4096), 3, 2, f, ctypes.c_long(0))
ctypes.memset(m, 0x58, 4)
call('msync', m, 4096, 4)
## by a race of folder and link
import threading
os.mkdir('/tmp/a')
def swap():
 for _ in range(300):
  try:
   os.rename('/tmp/a', '/tmp/b'); os.symlink('/tmp/outside', '/tmp/a'); os.remove('/tmp/a'); os.rename('/tmp/b', '/tmp/a')
  except OSError: pass
threading.Thread(target=swap).start()
for _ in range(300):
 tries(lambda: put('/tmp/a/raced', os.O_CREAT | os.O_WRONLY) and os.path.exists('/tmp/outside/raced') or None)
## hiding what is below by a folder of the same name
tries(lambda: os.rename('/tmp/outside', '/tmp/o') or 1, lambda: os.rename('/usr', '/tmp/u') or 1)
"""

GROUPS["files: metadata"] = r"""
- mode of a library :: os.chmod(LIB, 0o777) or 1
- mode of a folder :: os.chmod('/usr/lib', 0o777) or 1 ;; os.chmod(DIR, 0o777) or 1
- mode of what is granted :: os.chmod(GRANTED, 0o777) or 1 ;; os.chmod('/tmp/granted', 0o777) or 1
- mode by descriptor :: os.fchmod(os.open(GRANTED, 0), 0o777) or 1
- mode by fchmodat2 :: call('fchmodat2', -100, GRANTED.encode(), 0o777, 0) ;; call('fchmodat', -100, GRANTED.encode(), 0o777)
- mode of the outside :: os.chmod('/tmp/outside', 0) or 1 ;; os.chmod(SECRET, 0o777) or 1
- mode of the root :: os.chmod('/', 0o777) or 1
- mode of a device :: os.chmod('/dev/null', 0) or 1 ;; os.chmod('/dev', 0o777) or 1
- owner of a library :: os.chown(LIB, 1000, 1000) or 1
- owner of what is granted :: os.chown(GRANTED, 1000, 1000) or 1 ;; os.lchown('/tmp/granted/link', 1, 1) or 1
- owner by descriptor :: os.fchown(os.open(GRANTED, 0), 1, 1) or 1 ;; call('fchownat', -100, GRANTED.encode(), 1, 1, 0)
- owner of one's own files :: open('/tmp/mine', 'w') and os.chown('/tmp/mine', 12345, 12345) or 1
- times of a library :: os.utime(LIB, (0, 0)) or 1 ;; os.utime('/usr/lib') or 1
- times of what is granted :: os.utime(GRANTED, (0, 0)) or 1 ;; os.utime(os.open(GRANTED, 0), (0, 0)) or 1
- times of a link :: os.utime('/tmp/granted/link', (0, 0), follow_symlinks=False) or 1
- times by old calls :: call('utime', GRANTED.encode(), bytes(16)) ;; call('utimes', GRANTED.encode(), bytes(32)) ;; call('futimesat', -100, GRANTED.encode(), bytes(32))
- times of the root :: os.utime('/', (0, 0)) or 1 ;; os.utime('/dev/null', (0, 0)) or 1
- times of the outside :: os.utime(SECRET, (0, 0)) or 1 ;; os.utime('/etc/passwd') or 1
- attributes of a library :: os.setxattr(LIB, 'user.x', b'x') or 1
- attributes of what is granted :: os.setxattr(GRANTED, 'user.x', b'x') or 1 ;; os.removexattr(GRANTED, 'user.mark') or 1
- attributes read :: os.getxattr(GRANTED, 'user.mark') ;; os.listxattr(GRANTED) or None
- attributes by new calls :: call('setxattrat', -100, GRANTED.encode(), 0, b'user.x', bytes(16), 16) ;; call('removexattrat', -100, GRANTED.encode(), 0, b'user.mark')
- a capability on a file :: os.setxattr('/tmp/mine', 'security.capability', b'\1\0\0\2' + bytes(16)) or 1
- an access list :: os.setxattr('/tmp', 'system.posix_acl_access', b'\2\0\0\0') or 1
- flags :: ioctl(os.open(LIB, 0), 0x40086602, b'\x10' + bytes(7)) ;; ioctl(os.open('/tmp', 0), 0x40086602, b'\x10' + bytes(7))
- project numbers :: ioctl(os.open('/tmp', 0), 0x401c5820, bytes(28))
- encryption keys :: ioctl(os.open('/tmp', 0), 0xc0506617, bytes(80)) ;; ioctl(os.open('/tmp', 0), 0x800c6613, bytes(12))
- verity :: ioctl(os.open(GRANTED, 0), 0x40806685, bytes(128))
- numbering of versions :: ioctl(os.open(GRANTED, 0), 0x40087602, b'\1' + bytes(7))
## set-user-id
open('/tmp/s', 'w').close()
os.chmod('/tmp/s', 0o6755)
tries(lambda: os.execv('/tmp/s', ['s']))
## the mask of new files
os.umask(0)
tries(lambda: put('/tmp/outside/new', os.O_CREAT | os.O_WRONLY))
## locks that others would meet
import fcntl
f = os.open(GRANTED, 0)
fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
"""

GROUPS["proc and sys"] = r"""
- my environment :: text('/proc/self/environ')
- the first process' environment :: text('/proc/1/environ') ;; text('/proc/1/cmdline')
- my memory :: text('/proc/self/maps') ;; put('/proc/self/mem', os.O_RDWR)
- the first process' memory :: put('/proc/1/mem', os.O_RDWR) ;; text('/proc/1/maps')
- the parent's memory :: put(f'/proc/{os.getppid()}/mem', os.O_RDWR)
- roots :: ls('/proc/1/root') ;; ls('/proc/self/root') ;; ls('/proc/1/cwd')
- descriptors :: ls('/proc/self/fd') ;; ls('/proc/1/fd')
- a descriptor opened again :: os.open('/proc/self/fd/3', os.O_RDWR) ;; os.open('/dev/fd/3', os.O_RDWR)
- namespaces :: os.open('/proc/1/ns/mnt', 0) ;; os.open('/proc/self/ns/user', 0)
- mappings of users :: put('/proc/self/uid_map') ;; put('/proc/self/setgroups') ;; put('/proc/1/gid_map')
- memory pressure :: put('/proc/self/oom_score_adj') ;; put('/proc/1/oom_score_adj')
- the core pattern :: put('/proc/sys/kernel/core_pattern') ;; text('/proc/sys/kernel/core_pattern')
- the module loader :: put('/proc/sys/kernel/modprobe') ;; put('/proc/sys/kernel/hotplug')
- sysrq :: put('/proc/sysrq-trigger') ;; put('/proc/sys/kernel/sysrq')
- the host's name :: put('/proc/sys/kernel/hostname') ;; put('/proc/sys/kernel/domainname')
- switches of the network :: put('/proc/sys/net/ipv4/ip_forward') ;; text('/proc/net/tcp')
- switches of memory :: put('/proc/sys/vm/drop_caches') ;; put('/proc/sys/vm/overcommit_memory')
- misc binaries :: put('/proc/sys/fs/binfmt_misc/register')
- kernel symbols :: text('/proc/kallsyms') ;; text('/proc/kcore') ;; text('/proc/kpageflags') ;; text('/proc/modules')
- keys :: text('/proc/keys') ;; text('/proc/key-users')
- mounts :: text('/proc/self/mountinfo') ;; text('/proc/mounts')
- the machine :: text('/proc/cpuinfo') ;; text('/proc/version') ;; text('/proc/cmdline') ;; text('/proc/meminfo')
- threads' names :: put('/proc/1/comm') ;; put('/proc/self/comm')
- my stack :: text('/proc/self/stack') ;; text('/proc/self/syscall') ;; text('/proc/self/pagemap')
- seccomp's own file :: text('/proc/self/status') ;; put('/proc/self/attr/current')
- login number :: put('/proc/self/loginuid') ;; put('/proc/self/clear_refs')
- scheduling :: put('/proc/self/autogroup') ;; put('/proc/self/timerslack_ns') ;; put('/proc/self/coredump_filter')
- interrupts :: put('/proc/irq/1/smp_affinity') ;; put('/proc/mtrr')
- control groups :: ls('/sys/fs/cgroup') ;; put('/sys/fs/cgroup/cgroup.procs') ;; text('/proc/self/cgroup')
- an agent for a group's end :: put('/sys/fs/cgroup/memory/release_agent')
- the kernel's helper :: put('/sys/kernel/uevent_helper') ;; put('/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages')
- security modules :: ls('/sys/kernel/security') ;; ls('/sys/kernel/debug') ;; ls('/sys/kernel/tracing')
- power :: put('/sys/power/state') ;; put('/sys/class/rtc/rtc0/wakealarm')
- firmware :: ls('/sys/firmware') ;; ls('/sys/firmware/efi/efivars')
- programs in the kernel :: ls('/sys/fs/bpf') ;; ls('/sys/fs/fuse/connections')
- hardware :: ls('/sys/class/net') ;; ls('/sys/block') ;; ls('/sys/bus/pci/devices')
- mounting proc :: call('mount', b'proc', b'/tmp', b'proc', 0, 0) ;; call('fsopen', b'proc', 0)
- mounting sysfs :: call('mount', b'sysfs', b'/tmp', b'sysfs', 0, 0) ;; call('fsopen', b'sysfs', 0)
"""
