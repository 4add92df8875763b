"""What is known of one text before its uses are listed: who calls, who is a base, what is bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from selfcode.validation.grammar import NEUTRAL_KEYWORDS, texts_of, walk
from selfcode.validation.instances import Instances
from selfcode.validation.leaving import Leaving
from selfcode.validation.origins import Origins
from selfcode.validation.spelling import has_makings


@dataclass(frozen=True, eq=False)
class Use:
    """One place that needs a capability: `name` as a person would say it, such as `os.system`.

    `texts` are the constant texts that the call is given; `imported` marks an import statement.
    """

    capability: str
    name: str
    node: ast.AST
    texts: frozenset[str] = frozenset()
    imported: bool = False

    @property
    def operation(self) -> str:
        """What is done, without the object that it is done to: `system`."""
        return self.name.rpartition(".")[2]

    @property
    def line(self) -> int:
        """The line of the text where it stands."""
        return getattr(self.node, "lineno", 1)


class Scope:
    """The facts about the nodes of one text.

    `calls` maps the id of a function expression to its call, `bases` the id of an expression to the
    attribute that is read of it; `own` are the attributes and functions that the text itself makes.
    """

    def __init__(self, nodes: Sequence[ast.AST], known: Mapping[str, str]) -> None:
        self.nodes = nodes
        self.known = known
        self.origins = Origins(known)
        self.calls: dict[int, ast.Call] = {}
        self.bases: dict[int, str] = {}
        self.own: set[str] = set()
        for node in nodes:
            self._learn(node)

    @cached_property
    def instances(self) -> Instances:
        """The objects that the text makes itself."""
        return Instances(self.nodes, self.origins)

    @cached_property
    def leaving(self) -> Leaving:
        """Where the text ends the process, or keeps it from being stopped."""
        return Leaving(self.nodes)

    @cached_property
    def has_makings(self) -> bool:
        """Whether the text holds what a dangerous name could be put together from."""
        return has_makings(self.nodes)

    def _learn(self, node: ast.AST) -> None:
        self.origins.learn(node)
        if isinstance(node, ast.Call):
            self.calls[id(node.func)] = node
        elif isinstance(node, ast.Attribute):
            self.bases[id(node.value)] = node.attr
            if not isinstance(node.ctx, ast.Load):
                self.own.add(node.attr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.own.add(node.name)

    def values(self, node: ast.expr) -> Sequence[ast.expr]:
        """Return what `node` may be: the values that the text gives a name, else itself."""
        if isinstance(node, ast.Name) and node.id in self.origins.values:
            return self.origins.values[node.id]
        return [node]

    def use(self, capability: str, name: str, node: ast.expr) -> Use:
        """Return the use of `node`, with the texts that it is given when it is called."""
        call = self.calls.get(id(node))
        if call is None:
            return Use(capability, name, node)
        arguments = [*call.args]
        arguments += [k.value for k in call.keywords if k.arg not in NEUTRAL_KEYWORDS]
        if isinstance(node, ast.Attribute) and "pathlib.Path()" in self.origins.of(node.value):
            arguments.append(node.value)
        return Use(capability, name, node, frozenset(texts_of(self._spread(arguments))))

    def _spread(self, arguments: Sequence[ast.expr]) -> Iterator[ast.expr]:
        """Yield `arguments` and the values of the names in them, and of the names in those."""
        pending = [*arguments]
        seen: set[str] = set()
        while pending:
            argument = pending.pop()
            yield argument
            names = {n.id for n in walk(argument) if isinstance(n, ast.Name)} - seen
            seen |= names
            pending += [value for name in names for value in self.origins.values.get(name, ())]
