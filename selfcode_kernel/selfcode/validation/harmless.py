"""What looks like a use and is none: it can be seen that it does nothing to the world."""

from __future__ import annotations

import ast
from functools import cached_property

from selfcode.validation.capabilities import LIBRARIES, MEMBERS, RISKY_MODULES, capability_of
from selfcode.validation.embedded import Embedded
from selfcode.validation.grammar import READABLE, walk
from selfcode.validation.leaving import EXITS, STOPS
from selfcode.validation.scope import Use
from selfcode.validation.spelling import fits_no_danger, is_simple

_SELVES = frozenset({"self", "cls", "mcs", "other"})
_SHADOWABLE = frozenset({"dir", "input", "exit", "quit", "reload"})
_FILES = frozenset({"file-read", "file-write"})
_ON_BUFFERS = frozenset(
    "save savez savez_compressed savetxt savefig load loadtxt genfromtxt loadmat savemat imread "
    "imsave open ZipFile ExcelWriter ExcelFile".split()
)
_VERBS = frozenset("load save dump download execute".split())
_PLAIN = frozenset("numpy pandas matplotlib sklearn scipy seaborn tqdm".split())
_VIEWS = frozenset("items keys values get copy".split())


class Harmless(Embedded):
    """Tells apart from dangerous uses those that only look like them."""

    def _is_in_memory(self, use: Use) -> bool:
        """Return whether the file that it reads or writes is a buffer in memory."""
        takes_buffers = use.operation.startswith(("read_", "to_")) or use.operation in _ON_BUFFERS
        call = self.calls.get(id(use.node)) if takes_buffers else None
        if call is None or use.capability not in _FILES or has_keyword(call, "stylesheet"):
            return False
        return self.instances.writes_to_memory(call)

    def _is_harmless_call(self, name: str, node: ast.Name) -> bool:
        """Return whether a built-in is the text's own name, or is called so that it only tells."""
        if name in _SHADOWABLE and not self.origins.is_free(name):
            return True
        call = self.calls.get(id(node))
        if name in ("vars", "dir"):
            given = call.args if call and not call.keywords else []
            told = len(given) == 1 and not isinstance(given[0], ast.Starred)
            return told and not self.origins.of(given[0])
        if name in STOPS and self.leaving.only_catches(node):
            return True
        return name in EXITS and self.leaving.may_exit(node)

    def _said_already(self, node: ast.Attribute, origin: str) -> bool:
        """Return whether the use is that of the base: `os.environ` in `os.environ.get`."""
        base = origin.rpartition(".")[0]
        return (
            origin not in MEMBERS
            and base not in RISKY_MODULES
            and bool(capability_of(base))
            and isinstance(node.value, (ast.Attribute, ast.Name))
        )

    def _is_the_texts_own(self, node: ast.Attribute, call: ast.Call | None) -> bool:
        """Return whether it is a method of the text's own, or a verb that is given no file."""
        if self.instances.is_own_method(node):
            return True
        if node.attr not in _VERBS or self.origins.of(node.value):
            return False
        alone = call is not None and not call.args and not call.keywords
        return alone or (self.instances.has_method(node.attr) and not self._imports_writers)

    @cached_property
    def _imports_writers(self) -> bool:
        """Whether the text imports a library whose objects have such verbs themselves."""
        origins = (o for found in self.origins.imported.values() for o in found)
        return any(o.partition(".")[0] in LIBRARIES - _PLAIN or "anim" in o for o in origins)

    def _is_plain_fact(self, node: ast.Attribute) -> bool:
        """Return whether reading a special name tells no more than `type(x)` or `vars(x)` does."""
        base, then = node.value, self.bases.get(id(node))
        if node.attr == "__class__":
            own = isinstance(base, ast.Name) and base.id in _SELVES
            return then in READABLE or (then is None and (own or id(node) in self.calls))
        if node.attr in ("__mro__", "__bases__", "__subclasses__"):
            return self.instances.is_class(base)
        if node.attr == "__dict__" and not self.instances.is_self(base):
            foreign = self.origins.of(base) or self.instances.is_class(base)
            bound = isinstance(base, ast.Name) and not self.origins.is_free(base.id)
            plain = then is None and bound and not self.has_makings
            return not foreign and (then in _VIEWS or plain)
        return node.attr == "__dict__"

    def _is_let_pass(self, base: ast.expr, name: ast.expr) -> bool:
        """Return whether an attribute whose name only comes when the text runs can do no harm."""
        own = self.instances.is_self(base)
        made = isinstance(base, ast.Call) and not self.instances.is_class(base.func)
        if self.origins.of(base) or made:
            return False
        if fits_no_danger(name, own=own):
            return True
        roots = [n.id for n in walk(name) if isinstance(n, ast.Name)]
        if not is_simple(name) or any(map(self.origins.is_free, roots)) or self.has_makings:
            return False
        return own or not (isinstance(base, ast.Name) and self._is_walked(base.id))

    def _is_walked(self, name: str) -> bool:
        """Return whether `name` is given attributes of itself: a walk between objects."""
        values = self.origins.values.get(name, ())
        return any(
            isinstance(v, ast.Call) and getattr(v.func, "id", "") == "getattr" for v in values
        )


def has_keyword(call: ast.Call, name: str) -> bool:
    """Return whether `call` is given the keyword `name`."""
    return any(keyword.arg == name for keyword in call.keywords)
