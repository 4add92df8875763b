"""Names of libraries that were renamed or removed: found by asking the installed library."""

from __future__ import annotations

import ast
import re
import string
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from selfcode.generation.rules.attributes import (
    after_dot,
    attribute_uses,
    is_called,
    missing_attribute,
)
from selfcode.generation.rules.import_lines import line_edit
from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.renamed import TEMPLATES
from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.source import Edit

_INSTEAD = re.compile(
    r"(?:[Uu]se|replaced (?:by|with)|in favou?r of|[Dd]id you mean:?|renamed (?:to|as))\s+"
    r"(?:the\s+)?[`'\"]{0,2}(?:np\.|numpy\.|pd\.|pandas\.)?(?:\w+\.)*?(\w+)\b"
)


def renamed_attribute(site: Site) -> Iterator[Proposal]:
    """Propose what the library itself, or the table of renames, names in place of an attribute."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    if owner is None or not uses:
        return
    template = template_for(site, owner, word, uses[0])
    if template is not None:
        yield from _by_template(site, owner, uses, template)
        return
    name = named_by_library(owner, word, site.message)
    if name:
        edits = [after_dot(site, use, name) for use in uses]
        shown = site.segment(uses[0].value)
        yield site.propose(edits, f"`{shown}.{word}` is now `{shown}.{name}`", 0.1)


def named_by_library(owner: Any, word: str, message: str) -> str:
    """Return the attribute that the exception or numpy's own tables name in place of `word`."""
    texts = [message]
    if isinstance(owner, types.ModuleType) and owner.__name__ == "numpy":
        expired = sys.modules.get("numpy._expired_attrs_2_0")
        texts.append(str(getattr(expired, "__expired_attributes__", {}).get(word, "")))
    for text in texts:
        for name in _INSTEAD.findall(text):
            if name != word and hasattr(owner, name):
                return str(name)
    return ""


def template_for(site: Site, owner: Any, word: str, use: ast.Attribute) -> str | None:
    """Return the template for `owner.word`, the one for calls first where it is called."""
    call = site.parents.get(use)
    called = isinstance(call, ast.Call) and is_called(site, use)
    forms = [f"{word}({len(call.args)})", f"{word}()", word] if called else [word]  # type: ignore[union-attr]  # a call
    for form in forms:
        for (kind, name), template in TEMPLATES.items():
            if name == form and _is_owner(owner, kind):
                return template if form.endswith(")") else f"={template}"
    return None


def _is_owner(owner: Any, kind: str) -> bool:
    if isinstance(owner, types.ModuleType):
        return owner.__name__ == kind
    return is_kind(owner, kind) or f"{type(owner).__module__}.{type(owner).__name__}" == kind


def _by_template(
    site: Site, owner: Any, uses: list[ast.Attribute], template: str
) -> Iterator[Proposal]:
    plain = template.startswith("=")
    template = template.removeprefix("=")
    missing = re.match(r"\{base\}\.(\w+)", template)
    if missing and not hasattr(owner, missing.group(1)):
        return
    edits: list[Edit] = []
    for use in uses:
        around = site.parents.get(use)
        call = around if isinstance(around, ast.Call) and around.func is use else None
        whole = call is not None and (not plain or "{0}" in template)
        made = _filled(site, template, use, call)
        if made is None or (whole and call is not None and _drops(template, call)):
            return
        text, more = made
        node: ast.expr = call if whole and call is not None else use
        statement = site.parents.get(node)
        if isinstance(owner, str) and isinstance(statement, ast.Expr):
            if template != "{base} + {0}":
                return  # a text does not change: the result would be lost
            text = text.replace(" + ", " += ", 1)
        edits.append(site.put(node, text if _stands_alone(site, node, text) else f"({text})"))
        edits.extend(edit for edit in more if edit not in edits)
    old = site.segment(uses[0])
    said = f"`{old}` does not exist (any more); `{edits[0].text}` does the same"
    yield site.propose(edits, said, 0.1)


def _drops(template: str, call: ast.Call) -> bool:
    """Return whether the template has no place for all that is given to the call."""
    fields = {field for _, field, _, _ in string.Formatter().parse(template) if field}
    if fields & {"args", "rest"} or template in ("{base}", "{base}.T"):
        return False
    return bool(call.keywords) or len(call.args) > sum(field.isdigit() for field in fields)


def _stands_alone(site: Site, node: ast.expr, text: str) -> bool:
    """Return whether `text` needs no brackets where `node` stands."""
    if isinstance(site.parents.get(node), ast.Expr):
        return True
    if isinstance(ast.parse(text, mode="eval").body, (ast.Compare, ast.BinOp, ast.UnaryOp)):
        parent = site.parents.get(node)
        inside = (ast.UnaryOp, ast.BinOp, ast.Attribute, ast.Compare, ast.Subscript)
        return not isinstance(parent, inside)
    return True


def _filled(
    site: Site, template: str, use: ast.Attribute, call: ast.Call | None
) -> tuple[str, list[Edit]] | None:
    """Return the template filled in, with the edits for the imports that it needs."""
    shown = [site.segment(a) for a in (call.args if call else [])]
    named = [site.segment(k) for k in (call.keywords if call else [])]
    values = {
        "base": site.atom(use.value),
        "args": ", ".join([*shown, *named]),
        "rest": ", ".join([*shown[1:], *named]),
    }
    edits = []
    text = ""
    for literal, field, _, _ in string.Formatter().parse(template):
        text += literal
        if field is None:
            continue
        if field.isdigit():
            if int(field) >= len(shown):
                return None
            text += shown[int(field)]
        elif field in values:
            text += values[field]
        else:
            alias = alias_of(site, field)
            edits += [] if alias else [line_edit(site, f"import {field}")]
            text += alias or field
    return text, edits


def alias_of(site: Site, module: str) -> str:
    """Return the name under which `module` is imported here, or the empty string."""
    found = (name for name, value in site.live.modules() if value.__name__ == module)
    return next(found, "")


def attribute_elsewhere(site: Site) -> Iterator[Proposal]:
    """Propose where an attribute is that a module or class lacks: `np.linalg.inv` for `np.inv`."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    if not uses or len(word) < 3:
        return
    shown = site.segment(uses[0].value)
    if isinstance(owner, type):
        yield from _beside_class(site, owner, uses)
    if not isinstance(owner, types.ModuleType):
        return
    for part in (owner.__name__.rpartition(".")[2], *_submodules_with(owner, word)):
        if hasattr(getattr(owner, part, None), word):
            edits = [site.put(use.value, f"{shown}.{part}") for use in uses]
            said = f"`{word}` belongs to `{shown}.{part}`, not to `{shown}`"
            yield site.propose(edits, said, 0.3)
    for name, module in site.live.modules():
        if word in vars(module) and module is not owner:
            edits = [site.put(use.value, name) for use in uses]
            yield site.propose(edits, f"`{word}` belongs to `{name}`, not to `{shown}`", 0.5)


def _submodules_with(owner: types.ModuleType, word: str) -> list[str]:
    """Return the one loaded public submodule that has `word`, if it is the only one."""
    found = [
        name
        for name, value in vars(owner).items()
        if isinstance(value, types.ModuleType) and name[0] != "_" and word in vars(value)
        and value.__name__ == f"{owner.__name__}.{name}"
    ]  # fmt: skip
    return found if len(found) == 1 else []


def _beside_class(site: Site, owner: type, uses: list[ast.Attribute]) -> Iterator[Proposal]:
    """Yield for `datetime.timedelta` where `datetime` is the class and not its module."""
    word, shown = uses[0].attr, site.segment(uses[0].value)
    if word == owner.__name__:
        said = f"`{shown}` is the class itself already"
        yield site.propose([site.put(use, shown) for use in uses], said, 0.2)
        return
    module = owner.__module__
    if module in sys.stdlib_module_names and hasattr(sys.modules.get(module), word):
        line = line_edit(site, f"from {module} import {word}")
        said = f"`{shown}` is the class of {module}; `{word}` stands beside it in the module"
        yield site.propose([line, *(site.put(use, word) for use in uses)], said, 0.3)


def appended_frame(site: Site) -> Iterator[Proposal]:
    """Propose `pd.concat([df, x])` for `df.append(x)`, which pandas no longer has."""
    error, node = site.error, site.node
    if not isinstance(error, AttributeError) or error.name != "append" or node is None:
        return
    call = site.parents.get(node)
    frame = is_kind(error.obj, "pandas.DataFrame")
    if not isinstance(call, ast.Call) or len(call.args) != 1 or not isinstance(node, ast.Attribute):
        return
    if not frame and not is_kind(error.obj, "pandas.Series"):
        return
    item, base = site.segment(call.args[0]), site.segment(node.value)
    pandas = alias_of(site, "pandas")
    extra = [] if pandas else [line_edit(site, "import pandas as pd")]
    added = _as_frames(site, call.args[0], item, pandas or "pd") if frame else item
    rest = "".join(f", {site.segment(k)}" for k in call.keywords)
    new = f"{pandas or 'pd'}.concat([{base}, {added}]{rest})"
    said = "pandas has no `append` any more; `concat` does the same"
    yield site.propose([site.put(call, new), *extra], said, 0.1)


def _as_frames(site: Site, node: ast.expr, item: str, pandas: str) -> str:
    value = site.live.known(node)
    if isinstance(node, ast.Dict) or isinstance(value, Mapping):
        return f"{pandas}.DataFrame([{item}])"
    if is_kind(value, "pandas.Series"):
        return f"{site.atom(node)}.to_frame().T"
    if isinstance(value, list):
        frames = value and all(is_kind(v, "pandas.DataFrame") for v in value)
        return f"*{item}" if frames else f"{pandas}.DataFrame({item})"
    return item


def indexed_by_ix(site: Site) -> Iterator[Proposal]:
    """Propose `.loc` or `.iloc` for `.ix`, whichever the index and the key ask for."""
    error, node = site.error, site.node
    if not isinstance(error, AttributeError) or error.name != "ix":
        return
    if not isinstance(node, ast.Attribute) or not hasattr(error.obj, "loc"):
        return
    parent = site.parents.get(node)
    key = site.live.known(parent.slice) if isinstance(parent, ast.Subscript) else None
    parts = key if isinstance(key, tuple) else (key,)
    numbers = all(isinstance(p, int) or (isinstance(p, slice) and _numbered(p)) for p in parts)
    table: Any = error.obj
    axes = [table.index, getattr(table, "columns", table.index)]
    counted = all(axis.inferred_type == "integer" for axis in axes[: len(parts)])
    name = "iloc" if numbers and not counted else "loc"
    said = f"pandas has no `ix` any more; `{name}` takes this key"
    yield site.propose(after_dot(site, node, name), said, 0.2)


def _numbered(part: slice) -> bool:
    return all(isinstance(b, (int, type(None))) for b in (part.start, part.stop))


def filled_by_method(site: Site) -> Iterator[Proposal]:
    """Propose `.ffill()` for `.fillna(method="ffill")`, `.groupby(level=).mean()` for `level=`."""
    node = site.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if "unexpected keyword argument" not in site.message:
        return
    given = {k.arg: k for k in node.keywords}
    base, name = site.segment(node.func.value), node.func.attr
    rest = [site.segment(k) for k in node.keywords if k.arg not in ("method", "level", "how")]
    arguments = ", ".join([*map(site.segment, node.args), *rest])
    method = given.get("method")
    if name == "fillna" and method:
        filling = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}
        new = filling.get(text_in(method.value) or "")
        if new:
            said = f"`fillna` no longer takes `method`; `{new}` does the same"
            yield site.propose(site.put(node, f"{base}.{new}({arguments})"), said, 0.1)
    elif "level" in given and name in ("mean", "sum", "min", "max", "median", "std", "count"):
        level = site.segment(given["level"].value)
        new = f"{base}.groupby(level={level}).{name}({arguments})"
        yield site.propose(site.put(node, new), f"`{name}` no longer takes `level`", 0.1)
    elif name == "resample" and "how" in given and text_in(given["how"].value):
        how = text_in(given["how"].value)
        new = f"{base}.resample({arguments}).{how}()"
        yield site.propose(site.put(node, new), "`resample` no longer takes `how`", 0.1)


def root_of_squared_error(site: Site) -> Iterator[Proposal]:
    """Propose the square root for `mean_squared_error(..., squared=False)`."""
    node = site.node
    if (
        not isinstance(node, ast.Call)
        or "unexpected keyword argument 'squared'" not in site.message
    ):
        return
    kept = [site.segment(a) for a in node.args]
    kept += [site.segment(k) for k in node.keywords if k.arg != "squared"]
    squared = next((k.value for k in node.keywords if k.arg == "squared"), None)
    root = isinstance(squared, ast.Constant) and squared.value is False
    new = f"{site.segment(node.func)}({', '.join(kept)}){' ** 0.5' if root else ''}"
    yield site.propose(site.put(node, new), "`squared` is no longer taken", 0.2)
