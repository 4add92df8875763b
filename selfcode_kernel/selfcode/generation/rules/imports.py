"""Imports that are missing, misspelt or moved; only what is installed is proposed."""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
import re
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from selfcode.generation.rules.attributes import attribute_uses, is_called, missing_attribute
from selfcode.generation.rules.conventions import ALIASES, EXPORTS, MOVED_MODULES
from selfcode.generation.rules.import_lines import (
    also_missing,
    imported_from,
    line_edit,
    names_edit,
)
from selfcode.generation.rules.names import missing_name, uses_of
from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.renamed import TEMPLATES
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

_MOST_FILES, _MOST_BYTES = 400, 4_000_000
_CONSTANTS = ("pi", "inf", "nan", "tau", "ascii_letters", "ascii_lowercase", "digits")
_VAGUE = frozenset("test info load save main run open exit copy help print compile".split())
_EFFECTS = frozenset("this antigravity turtle idlelib tkinter __main__".split())


def missing_import(site: Site) -> Iterator[Proposal]:
    """Propose the import that usually brings an undefined name, when the module is installed."""
    word = missing_name(site)
    if word is None:
        return
    use = next(iter(uses_of(site, word)), None)
    attribute = _attribute_of(site, use)
    bare = use is None or not (attribute or is_called(site, use) or _decorates(site, use))
    module = ALIASES.get(word)
    if module and _installed(module) and _has(module, attribute):
        line = f"import {module} as {word}"
        yield _with_line(site, line, f"`{word}` is usually {module}, which is not imported", 0.1)
    for number, module in enumerate(EXPORTS.get(word, ())):
        certain = not (bare and word.islower()) or word in ("pi", "inf", "tqdm")
        if certain and _installed(module) and _export_fits(module, word, attribute):
            names = [word, *also_missing(site, module, word)]
            shown = ", ".join(f"`{name}`" for name in names)
            said = f"{shown} of {module} {'is' if len(names) == 1 else 'are'} not imported"
            yield site.propose(names_edit(site, module, names), said, 0.15 + 0.7 * number)
    if attribute and word not in ALIASES and _installed(word) and _has(word, attribute):
        yield _with_line(site, f"import {word}", f"the module {word} is not imported", 0.15)


def named_beside(site: Site) -> Iterator[Proposal]:
    """Propose a name of a module from which the code imports other names already."""
    word = missing_name(site)
    use = next(iter(uses_of(site, word)), None) if word else None
    if word is None or use is None or len(word) < 2 or word.startswith("_"):
        return
    if not (is_called(site, use) or _decorates(site, use) or word in _CONSTANTS):
        return
    for module in imported_from(site):
        loaded = sys.modules.get(module)
        own = word in vars(loaded) if loaded is not None else False
        if own and module not in EXPORTS.get(word, ()) and _is_public(loaded, word):
            said = f"`{word}` of {module} is not imported, other names of it are"
            yield site.propose(names_edit(site, module, [word]), said, 0.15)


def _is_public(module: Any, name: str) -> bool:
    """Return whether the module means to give the name, and not only uses it itself."""
    exported = getattr(module, "__all__", None)
    if exported is not None:
        return name in exported
    return not isinstance(vars(module)[name], types.ModuleType)


def exported_name(site: Site) -> Iterator[Proposal]:
    """Propose `math.sqrt` for a bare `sqrt` that a module imported here exports."""
    word = missing_name(site)
    uses = uses_of(site, word) if word else []
    if word is None or not uses or len(word) < 2:
        return
    if word in _VAGUE or not (is_called(site, uses[0]) or word in _CONSTANTS):
        return
    for name, module in site.live.modules():
        if word in vars(module) and module.__name__ not in ("builtins", "__main__"):
            edits = [site.put(use, f"{name}.{word}") for use in uses]
            said = f"`{word}` is not defined, but `{name}.{word}` is"
            yield site.propose(edits, said, 0.6)


def missing_submodule(site: Site) -> Iterator[Proposal]:
    """Propose to import a submodule that exists but that nothing has imported yet."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    if not isinstance(owner, types.ModuleType) or not uses:
        return
    full, node = f"{owner.__name__}.{word}", site.parents.get(uses[0])
    if not _installed(full):
        return
    while isinstance(node, ast.Attribute) and _installed(f"{full}.{node.attr}"):
        full, node = f"{full}.{node.attr}", site.parents.get(node)
    said = f"the module {full} exists but is not imported"
    yield _with_line(site, f"import {full}", said, 0.15)


def moved_import(site: Site) -> Iterator[Proposal]:
    """Propose where the installed package now keeps a module or a name, or its right spelling."""
    statement, error = site.statement, site.error
    if not isinstance(error, ImportError) or error.name is None:
        return
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        yield from _moved_from(site, statement, error)
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.name == error.name or alias.name.startswith(f"{error.name}."):
                for module, cost in _modules_meant(alias.name):
                    kept = alias.asname or alias.name
                    name = module if kept == module else f"{module} as {kept}"
                    if "." not in kept or kept == module:
                        said = f"there is no module {alias.name}; the nearest is {module}"
                        yield site.propose(Edit.at(alias, name), said, cost)


def _moved_from(site: Site, statement: ast.ImportFrom, error: ImportError) -> Iterator[Proposal]:
    package = statement.module or ""
    if isinstance(error, ModuleNotFoundError):
        names = [alias.name for alias in statement.names]
        for module, cost in _modules_meant(package, names):
            said = f"there is no module {package}; the nearest is {module}"
            if module.rpartition(".")[2] == names[0] and len(names) == 1:
                edit = site.put(statement, _import_of(module, statement.names[0].asname))
            else:
                edit = _after_from(site, statement, module)
            yield site.propose(edit, said, cost)
        return
    missing = [a for a in statement.names if re.search(rf"'{a.name}'", site.message)]
    for alias in missing[:1]:
        moved = _moved_name(package, alias.name)
        if moved and len(statement.names) == 1:
            module, name = moved
            kept = f"{name} as {alias.asname or alias.name}" if name != alias.name else name
            said = f"`{package}.{alias.name}` is now `{module}.{name}`"
            edit = site.put(statement, f"from {module} import {kept}")
            yield site.propose(edit, said, 0.1)
            return
        loaded = sys.modules.get(package)
        for name, far in nearest(alias.name, _public_names(loaded)):
            kept = f" as {alias.asname or alias.name}" if name != alias.name else ""
            if alias.asname is None and _only_reads(site, name, alias.name):
                kept = ""
            said = f"{package} has no `{alias.name}`; the nearest is `{name}`"
            edit = Edit.at(alias, f"{name}{kept}")
            yield site.propose(edit, said, 0.3 + 0.6 * far)
        if len(statement.names) == 1:
            for module in _homes(package.partition(".")[0], alias.name):
                if module != package:
                    edit = _after_from(site, statement, module)
                    said = f"`{alias.name}` now lives in {module}"
                    yield site.propose(edit, said, 0.4 + 0.05 * module.count("."))


def _only_reads(site: Site, name: str, wrong: str) -> bool:
    """Return whether the text goes on with `name`, never with the `wrong` spelling."""
    read = {n.id for n in site.nodes if isinstance(n, ast.Name)}
    return name in read and wrong not in read


def _moved_name(package: str, name: str) -> tuple[str, str] | None:
    """Return the module and name that the table of renames gives for `package.name`."""
    template = TEMPLATES.get((package, name), "")
    found = re.fullmatch(r"\{([\w.]+)\}\.((?:\w+\.)*)(\w+)", template)
    if found is None:
        return None
    module = package if found.group(1) == "base" else found.group(1)
    return f"{module}.{found.group(2)}".rstrip("."), found.group(3)


def _import_of(module: str, name: str | None) -> str:
    package, _, last = module.rpartition(".")
    line = f"from {package} import {last}" if package else f"import {last}"
    return f"{line} as {name}" if name else line


def _after_from(site: Site, statement: ast.ImportFrom, module: str) -> Edit:
    """Return the edit that writes another module after `from`."""
    column = statement.col_offset + len("from ")
    written = site.segment(statement)
    spaces = len(written) - len(written[4:].lstrip()) - len("from ")
    column += max(spaces, 0)
    end = column + len((statement.module or "").encode())
    return Edit(statement.lineno, column, statement.lineno, end, module)


def _modules_meant(wrong: str, names: list[str] | None = None) -> Iterator[tuple[str, float]]:
    """Yield installed modules that may be meant by `wrong` and that hold `names`."""
    joined = f"{wrong}.{names[0]}" if names and len(names) == 1 else ""
    for key in (joined, wrong):
        if key in MOVED_MODULES and _installed(MOVED_MODULES[key]):
            yield MOVED_MODULES[key], 0.2
            return
    package, _, last = wrong.rpartition(".")
    siblings = _submodules(package) if package else _top_level()
    for other, far in nearest(last, siblings):
        yield f"{package}.{other}" if package else other, 0.3 + 0.6 * far
    top = wrong.partition(".")[0]
    if names and package and _installed(top):
        for module in _homes(top, names[0]):
            yield module, 0.5


@cache
def _top_level() -> tuple[str, ...]:
    found = {module.name for module in pkgutil.iter_modules()} | set(sys.stdlib_module_names)
    return tuple(sorted(name for name in found if not name.startswith("_")))


def _submodules(package: str) -> list[str]:
    paths = _package_paths(package)
    return [m.name for m in pkgutil.iter_modules(paths) if not m.name.startswith("_")]


def _package_paths(package: str) -> list[str]:
    """Return the folders of a package without importing it."""
    top, *rest = package.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return []
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return [str(Path(folder, *rest)) for folder in folders if Path(folder, *rest).is_dir()]


def _homes(package: str, name: str) -> list[str]:
    """Return the public modules of a package whose text defines or exports `name`."""
    found: list[str] = []
    pattern = re.compile(rf"(?m)^(?:def|class)\s+{name}\b|^\s*['\"]{name}['\"]")
    seen = read = 0
    for folder in _package_paths(package)[:1]:
        root = Path(folder)
        for path in sorted([*root.glob("*.py"), *root.glob("*/__init__.py"), *root.glob("*/*.py")]):
            relative = path.relative_to(root).with_suffix("")
            parts = [p for p in relative.parts if p != "__init__"]
            if any(p.startswith("_") or p in ("tests", "conftest") for p in parts):
                continue
            seen, read = seen + 1, read + path.stat().st_size
            if seen > _MOST_FILES or read > _MOST_BYTES:
                break
            if pattern.search(path.read_text("utf-8", "replace")):
                found.append(".".join([package, *parts]))
    return sorted(set(found), key=lambda module: (module.count("."), module))[:3]


def _public_names(module: Any) -> list[str]:
    return [name for name in dir(module) if not name.startswith("_")] if module else []


def _installed(module: str) -> bool:
    """Return whether `module` could be imported, without importing anything."""
    if module in sys.modules:
        return True
    top, _, rest = module.partition(".")
    try:
        if importlib.util.find_spec(top) is None:
            return False
    except (ImportError, ValueError):
        return False
    if not rest:
        return True
    package, _, last = module.rpartition(".")
    return last in [m.name for m in pkgutil.iter_modules(_package_paths(package))]


def _attribute_of(site: Site, use: ast.Name | None) -> str:
    parent = site.parents.get(use) if use else None
    return parent.attr if isinstance(parent, ast.Attribute) else ""


def _decorates(site: Site, use: ast.Name) -> bool:
    parent = site.parents.get(use)
    return use in getattr(parent, "decorator_list", ()) or use in getattr(parent, "bases", ())


def _has(module: str, attribute: str) -> bool:
    """Return whether the module has `attribute`, as far as it can be told cheaply.

    Of a module that is neither loaded nor of the standard library only the trial can tell.
    """
    if not attribute or module in _EFFECTS:
        return module not in _EFFECTS
    if module not in sys.modules and module.partition(".")[0] in sys.stdlib_module_names:
        try:
            importlib.import_module(module)
        except ImportError:
            return False
    loaded = sys.modules.get(module)
    return loaded is None or hasattr(loaded, attribute) or _installed(f"{module}.{attribute}")


def _export_fits(module: str, name: str, attribute: str) -> bool:
    loaded = sys.modules.get(module)
    value = getattr(loaded, name, None)
    return value is None or not attribute or hasattr(value, attribute)


def _with_line(site: Site, line: str, explanation: str, cost: float) -> Proposal:
    """Return the proposal to add an import line after the imports that begin the text."""
    return site.propose(line_edit(site, line), explanation, cost)
