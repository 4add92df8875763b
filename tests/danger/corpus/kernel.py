"""Attempts on the kernel itself: its interfaces, namespaces, and other calling conventions."""

GROUPS = {}

GROUPS["kernel"] = r"""
- modules :: call('init_module', b'', 0, b'') ;; call('finit_module', 3, b'', 0) ;; call('delete_module', b'x', 0)
- old modules :: call('create_module', b'x', 1) ;; call('query_module', 0, 0, 0, 0, 0) ;; call('get_kernel_syms', 0)
- boot :: call('reboot', 0xFEE1DEAD, 672274793, 0, 0) ;; call('reboot', 0xFEE1DEAD, 672274793, 0x1234567, 0)
- another kernel :: call('kexec_load', 0, 0, 0, 0) ;; call('kexec_file_load', 3, 3, 0, b'', 0)
- programs in the kernel :: call('bpf', 0, bytes(72), 72) ;; call('bpf', 5, bytes(72), 72) ;; call('bpf', 6, bytes(72), 72)
- counters :: call('perf_event_open', bytes(112), 0, -1, -1, 0) ;; call('perf_event_open', bytes(112), -1, 0, -1, 0)
- keys :: call('add_key', b'user', b'x', b'x', 1, -3) ;; call('keyctl', 0, -3, 0, 0, 0) ;; call('request_key', b'user', b'x', 0, -3)
- keys of the session :: call('keyctl', 1, b'mine') ;; call('keyctl', 11, -4, B(64), 64)
- page faults :: call('userfaultfd', 0) ;; call('process_madvise', 3, 0, 0, 0, 0)
- the clock :: __import__('time').clock_settime(0, 0) or 1 ;; call('settimeofday', bytes(16), 0) ;; call('adjtimex', bytes(208))
- a clock's pace :: call('clock_adjtime', 0, bytes(208))
- the host's name :: socket.sethostname('x') or 1 ;; call('setdomainname', b'x', 1)
- ports :: call('iopl', 3) ;; call('ioperm', 0, 8, 1)
- local descriptors :: call('modify_ldt', 1, bytes(16), 16) ;; call('modify_ldt', 0x11, bytes(16), 16)
- thread areas :: call('set_thread_area', bytes(16)) ;; call('arch_prctl', 0x1012, 0)
- swap :: call('swapon', b'/tmp/s', 0) ;; call('swapoff', b'/dev/vda2')
- accounting :: call('acct', b'/tmp/a') ;; call('acct', 0)
- quotas :: call('quotactl', 0, b'', 0, 0)
- the log :: call('syslog', 3, B(99), 99) ;; call('syslog', 5, 0, 0) ;; call('syslog', 8, 0, 1)
- personality :: call('personality', 0x0040000) ;; call('personality', 8)
- watching names :: call('inotify_init') ;; call('inotify_init1', 0) ;; call('fanotify_init', 0, 0) ;; call('fanotify_mark', 3, 1, 1, -100, b'/')
- another filter :: call('seccomp', 1, 8, bytes(16)) ;; libc.prctl(22, 2, bytes(16)) + 1 or None
- what filters can do :: call('seccomp', 2, 0, B(4)) ;; call('seccomp', 3, 0, B(8))
- another rule set :: call('landlock_create_ruleset', B(24), 8, 0) ;; call('landlock_restrict_self', 3, 0)
- other users :: os.setuid(0) or 1 ;; os.setreuid(0, 0) or 1 ;; os.setresuid(0, 0, 0) or 1 ;; os.seteuid(1234) or 1
- other groups :: os.setgid(0) or 1 ;; os.setgroups([0]) or 1 ;; os.setresgid(0, 0, 0) or 1 ;; os.setregid(1, 1) or 1
- users for files :: call('setfsuid', 0) ;; call('setfsgid', 0)
- capabilities :: call('capset', b'\x22\x05\x08\x20' + bytes(4), b'\xff' * 24) ;; libc.prctl(47, 2, 21, 0, 0) + 1 or None
- kept capabilities :: libc.prctl(8, 1, 0, 0, 0) + 1 or None ;; libc.prctl(28, 0, 0, 0, 0) + 1 or None
- capabilities seen :: call('capget', b'\x22\x05\x08\x20' + bytes(4), B(24))
- new privileges :: libc.prctl(38, 0, 0, 0, 0) + 1 or None ;; libc.prctl(39, 0, 0, 0, 0) + 1 or None
- speculation :: libc.prctl(53, 0, 2, 0, 0) + 1 or None ;; libc.prctl(52, 0, 0, 0, 0) + 1 or None
- memory maps by prctl :: libc.prctl(35, 1, 0, 0, 0) + 1 or None ;; libc.prctl(35, 13, 3, 0, 0) + 1 or None
- merging of memory :: libc.prctl(67, 1, 0, 0, 0) + 1 or None ;; libc.prctl(41, 1, 0, 0, 0) + 1 or None
- time stamps off :: libc.prctl(26, 2, 0, 0, 0) + 1 or None
- dispatch of calls :: libc.prctl(59, 1, 0, 0, 0) + 1 or None
- cores scheduled together :: libc.prctl(62, 1, 1, 0, 0) + 1 or None
- io flusher :: libc.prctl(57, 1, 0, 0, 0) + 1 or None
- auxiliary processors' memory :: call('set_mempolicy', 2, B(8), 64) ;; call('mbind', 0, 4096, 2, B(8), 64, 0)
- cookies of directories :: call('lookup_dcookie', 1, B(64), 64)
- file systems listed :: call('sysfs', 3) ;; call('ustat', 0, B(64)) ;; call('uselib', b'/lib/x')
- old servers :: call('nfsservctl', 0, 0, 0) ;; call('_sysctl', B(64)) ;; call('vserver', 0)
- shadow stacks :: call('map_shadow_stack', 0, 4096, 0)
- listing mounts :: call('listmount', b'\x18\0\0\0' + bytes(20), B(64), 8, 0) ;; call('statmount', b'\x18\0\0\0' + bytes(20), B(64), 64, 0)
- security modules :: call('lsm_list_modules', B(64), B(8), 0) ;; call('lsm_get_self_attr', 100, B(64), B(8), 0) ;; call('lsm_set_self_attr', 100, B(64), 64, 0)
- uring again :: call('io_uring_enter', 3, 1, 0, 0, 0, 0) ;; call('io_uring_register', 3, 0, 0, 0)
- futex of others :: call('futex', B(8), 1, 1, 0, 0, 0) and None ;; call('futex_requeue', B(64), 0, 1, 1)
- protection keys :: call('pkey_alloc', 0, 0) ;; call('pkey_mprotect', 0, 4096, 0, 0)
- caches :: call('cachestat', 3, B(16), B(40), 0) ;; call('readahead', 3, 0, 4096)
"""

GROUPS["namespaces and mounts"] = r"""
- a new user :: call('unshare', 1 << 28)
- new mounts :: call('unshare', 1 << 17) ;; call('unshare', 1 << 28 | 1 << 17)
- a new network :: call('unshare', 1 << 30) ;; call('unshare', 1 << 28 | 1 << 30)
- new processes :: call('unshare', 1 << 29) ;; call('unshare', 1 << 28 | 1 << 29)
- new names :: call('unshare', 1 << 26) ;; call('unshare', 1 << 27) ;; call('unshare', 1 << 25)
- a new time :: call('unshare', 1 << 7)
- files of its own :: call('unshare', 0x200) ;; call('unshare', 0x400) ;; call('unshare', 0x40000)
- everything new :: call('unshare', 0x7e020000)
- by libc :: libc.unshare(1 << 28) + 1 or None ;; libc.unshare(1 << 17) + 1 or None
- by python :: os.unshare(1 << 28) or 1
- joining by descriptor :: each(lambda n: call('setns', n, 0), range(3, 20))
- joining by handle :: call('setns', 3, 1 << 17) ;; call('setns', 3, 0x7e020000)
- joining by name :: os.open('/proc/1/ns/mnt', 0) ;; os.open('/run/netns/x', 0) ;; os.open('/var/run/netns', 0)
- parents of a namespace :: each(lambda n: ioctl(n, 0xb701, b''), range(3, 12)) ;; each(lambda n: ioctl(n, 0xb702, b''), range(3, 12))
- memory mounted :: call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)
- the root bound :: call('mount', b'/', b'/tmp', 0, 4096, 0) ;; call('mount', b'/.old', b'/tmp', 0, 4096, 0)
- the root made writable :: call('mount', 0, b'/', 0, 32, 0) ;; call('mount', 0, b'/usr/lib', 0, 32 | 4096, 0)
- libraries made writable :: call('mount_setattr', -100, b'/', 0x8000, bytes(8) + b'\1' + bytes(23), 32)
- programs allowed in scratch :: call('mount', 0, b'/tmp', 0, 32 | 4096, 0) ;; call('mount_setattr', -100, b'/tmp', 0, bytes(8) + b'\x08' + bytes(23), 32)
- mounts spread :: call('mount', 0, b'/', 0, 1 << 20 | 1 << 14, 0)
- mounts moved :: call('mount', b'/tmp', b'/usr', 0, 8192, 0) ;; call('move_mount', -100, b'/tmp', -100, b'/usr', 0)
- disks mounted :: call('mount', b'/dev/vda', b'/tmp', b'ext4', 0, 0) ;; call('mount', b'/dev/sda1', b'/tmp', b'ext4', 0, 0)
- an overlay :: call('mount', b'none', b'/tmp', b'overlay', 0, b'lowerdir=/,upperdir=/tmp/u,workdir=/tmp/w')
- control groups mounted :: call('mount', b'none', b'/tmp', b'cgroup2', 0, 0) ;; call('mount', b'none', b'/tmp', b'cgroup', 0, b'memory')
- debugging mounted :: call('mount', b'none', b'/tmp', b'debugfs', 0, 0) ;; call('mount', b'none', b'/tmp', b'tracefs', 0, 0)
- devices mounted :: call('mount', b'none', b'/tmp', b'devtmpfs', 0, 0) ;; call('mount', b'none', b'/tmp', b'devpts', 0, 0)
- file systems in user space :: call('mount', b'none', b'/tmp', b'fuse', 0, b'fd=3,rootmode=40000,user_id=0,group_id=0')
- queues mounted :: call('mount', b'none', b'/tmp', b'mqueue', 0, 0)
- the scratch unmounted :: call('umount2', b'/tmp', 2) ;; call('umount2', b'/dev/shm', 2)
- what is granted unmounted :: call('umount2', b'/tmp/granted', 2) ;; call('umount2', b'/usr/lib', 2)
- the root unmounted :: call('umount2', b'/', 2) ;; call('umount2', b'/', 8)
- new mount calls :: call('open_tree', -100, b'/', 1) ;; call('fsopen', b'tmpfs', 0) ;; call('fspick', -100, b'/', 0)
- new mount calls, on :: call('fsconfig', 3, 6, 0, 0, 0) ;; call('fsmount', 3, 0, 0) ;; call('open_tree_attr', -100, b'/', 1, bytes(32), 32)
- a root within :: os.mkdir('/tmp/r') or os.chroot('/tmp/r') or 1
- a root by libc :: libc.chroot(b'/tmp') + 1 or None
- roots exchanged :: call('pivot_root', b'/tmp', b'/tmp/old') ;; call('pivot_root', b'.', b'.')
- the root left behind :: os.chdir('/') or ls('..') and [n for n in ls('../../..') if n in ('etc', 'proc', 'root')] or None
"""

_X32 = "read open close mmap ioctl getpid socket connect sendmsg clone fork vfork kill ptrace unshare setns mount chmod bpf openat execveat io_uring_setup pidfd_open clone3".split()

GROUPS["calling conventions"] = (
    "\n".join(
        f"- x32 {name} :: call(0x40000000 | NUMBERS['{name}'], 0, 0, 0, 0, 0, 0)" for name in _X32
    )
    + r"""
- x32's own exec :: call(0x40000000 | 520, b'/bin/sh', 0, 0)
- x32's own ptrace :: call(0x40000000 | 521, 0, 0, 0, 0)
- x32's own signals :: call(0x40000000 | 512, 0, 0, 0, 8) ;; call(0x40000000 | 524, 1, 9, bytes(128))
- x32's own messages :: call(0x40000000 | 518, 3, bytes(64), 0) ;; call(0x40000000 | 519, 3, bytes(64), 0)
- x32's own vectors :: call(0x40000000 | 515, 3, bytes(16), 1) ;; call(0x40000000 | 540, 1, bytes(16), 1, bytes(16), 1, 0)
- the own numbers of x32 without its mark :: each(lambda n: call(n, 0, 0, 0, 0, 0, 0), range(512, 548))
- negative numbers :: call(-1) ;; call(-2) ;; call(-(1 << 31))
- numbers with a high bit :: call(1 << 31) ;; call((1 << 31) | 41, 2, 1, 0) ;; call(0x7fffffff)
- numbers with high words :: call((1 << 32) | 41, 2, 1, 0) ;; call((0xdead << 32) | 57)
- unknown numbers :: each(lambda n: call(n, -1, -1, -1, -1, -1, -1), range(472, 600))
- very high numbers :: each(lambda n: call(n, -1, -1, -1, -1, -1, -1), range(1000, 1100))
- arguments with high words :: call('socketpair', (1 << 32) | 1, 2, 0, B(8)) ;; call('clone', (0x7e02 << 32) | 17, 0, 0, 0, 0)
- prctl with high words :: call('prctl', (1 << 32) | 38, 0, 0, 0, 0) ;; call('prctl', 1 << 40, 0, 0, 0, 0)
- ioctl with high words :: None if libc.ioctl(0, ctypes.c_ulong((1 << 32) | 0x5412), b'x') < 0 else 1
## the old interrupt
tries(lambda: machine('53b866010000bb02000000b90100000031d2cd805bc3'))
## the old interrupt to fork
tries(lambda: machine('53b802000000cd805bc3'))
## the old interrupt to exec
tries(lambda: machine('53b80b000000bb00000000cd805bc3'))
## the old interrupt to open
tries(lambda: machine('53b805000000bb00000000b900000000cd805bc3'))
## the old entry
tries(lambda: machine('b825000000bb01000000b9090000000f34c3'))
## the call gate of 32 bits
tries(lambda: machine('6a2368000000005848cb'))
## a call in machine code
tries(lambda: machine('b829000000bf02000000be0100000031d20f05c3'))
## a fork in machine code
tries(lambda: machine('b8390000000f05c3'))
## the fixed page of old calls
tries(lambda: ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)(0xffffffffff600000)(None) and None)
## a hypervisor's call
tries(lambda: machine('0f01c1c3'))
## a port
tries(lambda: machine('66baf804b041eec3'))
## a halt
tries(lambda: machine('f4c3'))
"""
)
