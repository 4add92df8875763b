"""Forms that need a capability by themselves, whatever stands around them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from selfcode.validation.capabilities import ASSUMED, KNOWN_MODULES, capability_of
from selfcode.validation.grammar import DEFINABLE, is_dunder
from selfcode.validation.scope import Use

_FLAGS = {
    "shell": "subprocess",
    "allow_pickle": "dynamic-code",
    "trust_remote_code": "dynamic-code",
    "backend": "dynamic-code",
    "filename": "file-write",
}

_RUN_BY_A_LIBRARY = re.compile(r"(~|\{\{|\{%).*__\w+__|__import__\s*\(", re.DOTALL)
"""What statsmodels, patsy or jinja would evaluate."""


def import_uses(node: ast.Import) -> Iterator[Use]:
    """Yield the uses of `import`: unknown modules, hidden parts, disguises."""
    for alias in node.names:
        top = alias.name.partition(".")[0]
        if top not in KNOWN_MODULES:
            yield Use(f"import:{top}", top, node, imported=True)
        if "._" in alias.name:
            yield Use("introspection", alias.name, node, imported=True)
        if alias.asname and is_disguise(alias.name, alias.asname):
            yield Use("introspection", f"{alias.name} as {alias.asname}", node, imported=True)


def definition_uses(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Use]:
    """Yield the use of defining a method that Python or Jupyter calls by itself."""
    if node.name in ("_repr_html_", "_repr_javascript_", "_repr_mimebundle_"):
        yield Use("browser", node.name, node)
    elif is_dunder(node.name) and node.name not in DEFINABLE:
        yield Use("introspection", f"def {node.name}", node)


def keyword_uses(node: ast.keyword) -> Iterator[Use]:
    """Yield the use of an argument that alone makes a call dangerous: `shell=True`."""
    off = isinstance(node.value, ast.Constant) and not node.value.value
    if node.arg in _FLAGS and not off:
        yield Use(_FLAGS[node.arg], f"{node.arg}=", node)
    elif node.arg is not None and is_dunder(node.arg):
        yield Use("introspection", f"{node.arg}=", node)


def constant_uses(node: ast.Constant) -> Iterable[Use]:
    """Return the use of a text by which a library imports a module: a plotting backend."""
    text = node.value
    if isinstance(text, str) and (text.startswith("module://") or text == "plotting.backend"):
        return [Use("dynamic-code", "a plotting backend by name", node)]
    if isinstance(text, str) and text.endswith(".mplstyle") and "://" in text:
        return [Use("network", "a style from an address", node)]
    if text in ("allow_pickle", "trust_remote_code"):
        return [Use("dynamic-code", f"{text} by name", node)]
    if isinstance(text, str) and "__" in text and _RUN_BY_A_LIBRARY.search(text):
        return [Use("dynamic-code", "special names in a formula or template", node)]
    return ()


def dict_uses(node: ast.Dict) -> Iterable[Use]:
    """Return the use of a dict that numpy would take for the address of an array."""
    keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
    if "typestr" in keys or {"data", "shape", "strides"} <= keys:
        return [Use("native", "an array interface", node)]
    return ()


def is_disguise(module: str, name: str) -> bool:
    """Return whether `import module as name` hides a module that needs a capability."""
    usual = (module.partition(".")[0], module.rpartition(".")[2])
    return bool(capability_of(module)) and name not in usual and ASSUMED.get(name) != module


STATEMENTS: dict[type[ast.AST], Callable[..., Iterable[Use]]] = {
    ast.Import: import_uses,
    ast.FunctionDef: definition_uses,
    ast.AsyncFunctionDef: definition_uses,
    ast.keyword: keyword_uses,
    ast.Constant: constant_uses,
    ast.Dict: dict_uses,
}
"""What yields the uses of a node of each of these kinds."""
