"""Inside bubblewrap, as root: makes its device files read-only, then becomes python as `user`.

`--dev` shows the machine's own device files, and root could change their modes.
"""

import os
import struct
import sys

from selfcode.sandbox.syscalls import call

_READ_ONLY = struct.pack("<4Q", 1, 0, 0, 0)
AS_USER = "bwrap --unshare-user --uid 1000 --gid 1000 --die-with-parent --dev-bind / / --"

for name in ("null", "zero", "full", "random", "urandom", "tty"):
    call("mount_setattr", -100, f"/dev/{name}".encode(), 0, _READ_ONLY, len(_READ_ONLY))
user, *arguments = sys.argv[1:]
command = [sys.executable, "-B", *arguments]
if user == "user":
    command = [*AS_USER.split(), *command]
os.execvp(command[0], command)
