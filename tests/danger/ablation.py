"""The ablation: the wall with one layer switched off, and which snippets then get through.

A layer is switched off by replacing its function in this process before the twin is forked. It is
only ever done inside the outer wall. What a snippet can harm there is witnessed from outside.
"""

from contextlib import contextmanager
from dataclasses import dataclass

from danger.corpus import SNIPPETS, snippets
from danger.live import GROUPS
from danger.session import Session
from danger.witnesses import CANARY, Outside
from selfcode.errors import SandboxError
from selfcode.records import Isolation
from selfcode.sandbox import child, detach, inside, landlock, namespaces, seccomp, wall
from selfcode.sandbox.folder import Folder
from selfcode.sandbox.seccomp import install, refusing
from selfcode.sandbox.twin import Twin

_NEW_LISTENER = 8


def _only_report(channel, *, metadata):
    """Install a filter that refuses nothing, as the wall needs a listener."""
    listener = install(refusing(), _NEW_LISTENER)
    seccomp.socket.send_fds(channel, [seccomp.LISTENER], [listener])


def _no_private_root(root, view, minimum):
    namespaces.enter()
    return Isolation.A, Folder(view.paths(), view.directory(), view.hidden())


def _no_namespaces():
    raise namespaces.NoNamespaces(1, "switched off")


def _without(flag):
    return [(namespaces, "_ALL_BUT_USERS", namespaces._ALL_BUT_USERS & ~flag)]


def _nothing(*_, **__):
    return []


_SECCOMP = [(wall, "close_calls", _only_report)]
_LANDLOCK = [(landlock, "restrict", _nothing)]
_ROOT = [(wall, "_ground", _no_private_root)]

LAYERS = {
    "none": [],
    "seccomp": _SECCOMP,
    "Landlock": _LANDLOCK,
    "private root": _ROOT,
    "all namespaces (level B)": [(wall, "enter", _no_namespaces)],
    "network namespace": _without(1 << 30),
    "process namespace": _without(1 << 29),
    "namespace of messages and shared memory": _without(1 << 27),
    "namespace of the host's name": _without(1 << 26),
    "namespace of control groups": _without(1 << 25),
    "capabilities dropped": [(wall, "drop_capabilities", _nothing)],
    "limits": [(wall, "limit", _nothing)],
    "closed descriptors": [(detach, "_disable_descriptors", _nothing)],
    "private copies of shared memory": [(detach, "make_private", _nothing)],
    "limit of the answer": [(child, "MOST_ANSWER", 8 << 20), (inside, "MOST_ANSWER", 8 << 20)],
    "seccomp and Landlock": _SECCOMP + _LANDLOCK,
    "seccomp and private root": _SECCOMP + _ROOT,
    "seccomp and network namespace": _SECCOMP + _without(1 << 30),
    "seccomp and namespace of messages": _SECCOMP + _without(1 << 27),
    "seccomp and capabilities": [*_SECCOMP, (wall, "drop_capabilities", _nothing)],
    "Landlock and private root": _LANDLOCK + _ROOT,
}

# Those that only show something without a limit; they end by themselves.
_OF_LIMITS = (
    "more than the limit",
    "descriptors",
    "a file larger than allowed",
    "an answer just beyond the limit",
)
_RUN_TO_THEIR_END = [s for s in SNIPPETS if not s.ends]
EVERY = [
    *_RUN_TO_THEIR_END[::3],
    *(s for s in SNIPPETS if s.ends and s.name in _OF_LIMITS),
    *snippets(GROUPS),
]


@contextmanager
def switched_off(layer):
    """Switch the layer off in this process, for what is forked inside the block."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in LAYERS[layer]]
    try:
        for owner, name, instead in LAYERS[layer]:
            setattr(owner, name, instead)
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


@dataclass
class Ground:
    """The things outside and the session, which snippets may change while a layer is off."""

    outside: Outside
    session: Session

    @classmethod
    def made(cls):
        outside, session = Outside(scratch_inside=False), Session()
        outside.before = outside.state()
        return cls(outside, session)

    def through(self, layer, chosen=EVERY):
        """Return `group: name` of the snippets that get through while `layer` is off."""
        found = []
        twin = None
        for snippet in chosen:
            twin = twin or self._twin(layer)
            try:
                ran = twin.run({"source": snippet.source}, 1.5)
                reached = bool(ran.value) or CANARY in repr(ran)
            except SandboxError:
                twin.close()
                twin, reached = None, True
            if self._changed() or reached:
                found.append(f"{snippet.group}: {snippet.name}")
        if twin is not None:
            twin.close()
        return found

    def _twin(self, layer):
        with switched_off(layer):
            twin = Twin.fork(self._job)
        twin.run({"source": ""}, 5)
        self._changed()  # what the twin itself does without the layer is no snippet's doing
        return twin

    def _job(self, request):
        names = dict(self.session.names)
        exec(request["source"], names)
        return names.get("result")

    def _changed(self):
        """Whether something outside is no longer as it was; it is then put right, or taken so."""
        try:
            before = self.session.before
            changed = bool(self.outside.differences()) or self.session.state() != before
        except OSError:  # not even its folders can be read
            changed = True
        if changed:
            self.session.restore()
            self.outside.before, self.session.before = self.outside.state(), self.session.state()
        return changed

    def end(self):
        self.session.end()
        self.outside.end()
