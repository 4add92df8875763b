"""Source text of definitions at any depth: shift, extract, replace, compare; nothing is run."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize

from selfcode.source import DEFINITION, first_line, parse

Path = tuple[str, ...]


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` as Python counts them, each with its end."""
    return io.StringIO(text if text.endswith("\n") or not text else text + "\n").readlines()


def shifted(text: str, columns: int) -> str:
    """Return `text` moved right (or left) by `columns`; lines inside strings stay as they are."""
    lines, inside = lines_of(text), _lines_inside_strings(text)
    for index, line in enumerate(lines):
        if index + 1 in inside or not line.strip():
            continue
        room = len(line) - len(line.lstrip(" \t"))
        lines[index] = " " * columns + line if columns > 0 else line[min(-columns, room) :]
    return "".join(lines)


def dedented(text: str) -> str:
    """Return `text` moved left so that its first line begins at the margin."""
    found = re.search(r"^([ \t]*)[^ \t\r\n]", text, re.MULTILINE)
    return shifted(text, -len(found[1])) if found and found[1] else text


def _lines_inside_strings(text: str) -> set[int]:
    """Return the numbers of the lines that begin inside a string."""
    inside: set[int] = set()
    starts: list[int] = []
    opening = getattr(tokenize, "FSTRING_START", -1)
    closing = getattr(tokenize, "FSTRING_END", -1)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == opening:
                starts.append(token.start[0])
            begin = token.start[0]
            if token.type == closing:
                begin = starts.pop()
            if token.type in (tokenize.STRING, closing):
                inside.update(range(begin + 1, token.end[0] + 1))
    except (tokenize.TokenError, IndentationError):
        pass
    return inside


def binds(statement: ast.stmt, name: str) -> bool:
    """Return whether `statement` is a definition of `name`, or gives it a value."""
    if isinstance(statement, DEFINITION):
        return statement.name == name
    return name in bound_names(statement)


def bound_names(statement: ast.stmt) -> list[str]:
    """Return the names that a definition or an assignment binds, in order."""
    if isinstance(statement, DEFINITION):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        nodes = [node for target in statement.targets for node in ast.walk(target)]
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        nodes = [statement.target]
    else:
        return []
    return [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def statements_of(body: list[ast.stmt], path: Path) -> list[ast.stmt]:
    """Return the statements that define `path`: one, or a property with its setter and deleter."""
    for name in path[:-1]:
        classes = [s for s in body if isinstance(s, ast.ClassDef) and s.name == name]
        body = classes[-1].body if classes else []
    found = [s for s in body if binds(s, path[-1])]
    first = len(found) - 1
    while first > 0 and _extends(found[first], path[-1]):
        first -= 1
    return found[max(first, 0) :]


def _extends(statement: ast.stmt, name: str) -> bool:
    """Return whether `statement` builds on the former value of its name, as `@x.setter` does."""
    decorators = statement.decorator_list if isinstance(statement, DEFINITION) else []
    return any(
        isinstance(node, ast.Name) and node.id == name for d in decorators for node in ast.walk(d)
    )


def extract(text: str, path: Path) -> str:
    """Return the text in `text` that defines `path`, at the margin; empty when there is none."""
    try:
        found = statements_of(parse(text).body, path)
    except SyntaxError:
        return ""
    lines = lines_of(text)
    return "".join(dedented("".join(lines[first_line(s) - 1 : s.end_lineno])) for s in found)


def replace(text: str, path: Path, new: str) -> str:
    """Return `text` with `new` in the place of what defines `path`; as it was when nothing does."""
    found = statements_of(parse(text).body, path)
    lines = lines_of(text)
    for position, statement in reversed(list(enumerate(found))):
        block = shifted(new, statement.col_offset) if position == 0 else ""
        lines[first_line(statement) - 1 : statement.end_lineno] = lines_of(block)
    return "".join(lines)


def same_text(first: str, second: str) -> bool:
    """Return whether both say the same but for margin, comments and the indent of docstrings."""
    if first.strip() == second.strip():
        return True
    try:
        return _meaning(first) == _meaning(second)
    except SyntaxError:
        return False


def _meaning(text: str) -> str:
    tree = parse(dedented(text))
    for node in ast.walk(tree):
        if isinstance(node, DEFINITION) and node.body:
            head = node.body[0]
            if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
                value = head.value.value
                head.value.value = inspect.cleandoc(value) if isinstance(value, str) else value
    return ast.dump(tree)


def undecorated(text: str, holder: Path = ()) -> set[str]:
    """Return the dotted names of the functions that `text` defines without a decorator."""
    classes = class_statements(text, holder)
    bodies = {f"{name}.": statement.body for name, statement in classes.items()}
    try:
        bodies["".join(f"{name}." for name in holder)] = parse(text).body
    except SyntaxError:
        return set()
    found = {}
    for prefix, body in bodies.items():
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[prefix + statement.name] = not statement.decorator_list
    return {name for name, bare in found.items() if bare}


def class_statements(text: str, holder: Path = ()) -> dict[str, ast.ClassDef]:
    """Return the classes of `text` by dotted name, nested ones too; empty if it does not parse.

    `holder` is the path of the class in whose body `text` stands.
    """
    try:
        return dict(_classes(parse(text).body, "".join(f"{name}." for name in holder)))
    except SyntaxError:
        return {}


def _classes(body: list[ast.stmt], prefix: str) -> list[tuple[str, ast.ClassDef]]:
    found: list[tuple[str, ast.ClassDef]] = []
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            name = f"{prefix}{statement.name}"
            found += [(name, statement), *_classes(statement.body, f"{name}.")]
    return found
