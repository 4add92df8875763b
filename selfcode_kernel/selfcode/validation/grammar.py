"""The forms of Python that ordinary code has, and what constant texts in it mean.

The sets here are allow-lists: syntax, special names and magics that are not listed need a
capability. The functions look at one node and know nothing of the text around it.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from selfcode.source import parse

_NODES = """
    Module Expression Expr Assign AugAssign AnnAssign For AsyncFor While If With AsyncWith Raise Try
    TryStar Assert Import ImportFrom Pass Break Continue Return Delete FunctionDef AsyncFunctionDef
    ClassDef Lambda arguments arg keyword Call Attribute Subscript Slice Starred Name List Tuple
    Dict Set ListComp SetComp DictComp GeneratorExp comprehension BoolOp And Or BinOp Add Sub Mult
    Div FloorDiv Mod Pow LShift RShift BitOr BitXor BitAnd MatMult UnaryOp Invert Not UAdd USub
    Compare Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn IfExp Constant JoinedStr FormattedValue
    NamedExpr Await Yield YieldFrom Global Nonlocal Load Store Del ExceptHandler withitem Match
    match_case MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar MatchAs
    MatchOr alias TypeIgnore TypeAlias TypeVar TypeVarTuple ParamSpec TemplateStr Interpolation
"""

NODES = frozenset(getattr(ast, name) for name in _NODES.split() if hasattr(ast, name))
"""The allowed grammar; a node type of a later Python is refused until it is listed here."""

_DEFINABLE = """
    init new post_init repr str len iter next contains getitem setitem delitem call enter exit
    aenter aexit aiter anext await eq ne lt le gt ge hash bool int float complex index round trunc
    floor ceil abs neg pos invert add radd iadd sub rsub isub mul rmul imul truediv rtruediv
    itruediv floordiv rfloordiv ifloordiv mod rmod imod divmod rdivmod pow rpow ipow matmul rmatmul
    imatmul and rand iand or ror ior xor rxor ixor lshift rlshift ilshift rshift rrshift irshift
    reversed missing format getattr setattr delattr slots match_args copy deepcopy bytes length_hint
    class_getitem init_subclass set_name get set delete array_priority annotations
    sklearn_tags sklearn_is_fitted concat array array_ufunc array_function array_finalize array_wrap
    instancecheck subclasscheck subclasshook prepare dir fspath getstate setstate sizeof
"""

DEFINABLE = frozenset(f"__{name}__" for name in _DEFINABLE.split())
"""Special methods that ordinary classes define and call."""

READABLE = frozenset(
    "__name__ __doc__ __version__ __qualname__ __module__ __file__ __all__ __author__ __debug__ "
    "__dataclass_fields__ __cause__ __context__ __notes__ __suppress_context__ __traceback__ "
    "__defaults__ __kwdefaults__ __annotations__ __wrapped__ __members__ __abstractmethods__ "
    "__parameters__ __args__ __origin__".split()
)
"""Special names that tell something and lead nowhere."""

AGGREGATORS = frozenset(
    "agg aggregate apply transform map applymap pipe pivot_table crosstab".split()
)
"""Methods that are given a function."""

LOOKING_UP = frozenset("agg aggregate apply transform pivot_table crosstab".split())
"""Those that look it up when they are given its name."""

TEXT_OR_FILE = frozenset(
    "to_csv to_json to_html to_xml to_latex to_markdown to_string write_csv write_json "
    "write_ndjson".split()
)
"""Methods that return a text, or write it when they are given a file."""

NEUTRAL_KEYWORDS = frozenset(
    "encoding errors mode newline sep delimiter format na_rep dtype engine kind how orient method "
    "bbox_inches facecolor edgecolor transparent index_label date_format float_format compression "
    "decimal quotechar lineterminator columns index header sheet_name parse_dates usecols".split()
)
"""Keywords whose text says how something is written, not what or where."""

_FILE_KEYWORDS = ("path_or_buf", "path_or_buffer", "buf", "path", "file", "excel_writer")
_BUILDERS = frozenset(
    "join format replace lower upper strip lstrip rstrip decode encode title capitalize "
    "removeprefix removesuffix translate swapcase center zfill ljust rjust casefold".split()
)
_PYTHON_MAGICS = frozenset({"capture", "prun", "mprun", "memit"})
_HARMLESS_MAGICS = frozenset(
    "matplotlib precision pylab who who_ls whos pprint pdoc pdef psource pinfo pinfo2 "
    "autosave xmode colors doctest_mode lsmagic markdown latex autoreload aimport".split()
)
_EXTENSIONS = frozenset("autoreload line_profiler memory_profiler watermark tensorboard".split())
_OTHER_MAGICS = {
    **dict.fromkeys(("writefile", "file", "save"), "file-write"),
    **dict.fromkeys(("html", "javascript", "js", "svg"), "browser"),
}
_SHELL_MAGICS = frozenset(
    "system sx bash sh script ! !! pip conda mamba uv perl ruby cmd powershell".split()
)


_PLAIN_FIELDS = frozenset(
    "ctx op ops id attr arg kind type_comment level module asname is_async conversion simple rest "
    "kwd_attrs lineno tag type_ignores".split()
)
_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN_FIELDS) for kind in NODES
} | dict.fromkeys((ast.Constant, ast.Name, ast.alias, ast.Global, ast.Nonlocal), ())


@lru_cache(maxsize=32)
def parsed(source: str) -> ast.Module:
    """Return the tree of `source`, shared by all checks: never change it. Raises `SyntaxError`."""
    return parse(source)


def walk(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes of `tree`, contexts and operators left out: `ast.walk`, but faster."""
    nodes = [tree]
    for node in nodes:
        for name in _CHILDREN.get(type(node), node._fields):
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                nodes.append(value)
            elif isinstance(value, list):
                nodes.extend([item for item in value if isinstance(item, ast.AST)])
    return nodes


def is_dunder(name: str) -> bool:
    """Return whether `name` is one of Python's special names."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def texts_of(values: Iterable[ast.expr]) -> Iterator[str]:
    """Yield the constant texts in `values`, those that index something left out."""
    stack: list[ast.AST] = list(values)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (str, bytes)):
                yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        elif isinstance(node, ast.Subscript):
            stack.append(node.value)
        else:
            stack.extend(ast.iter_child_nodes(node))


def is_built_text(node: ast.expr) -> bool:
    """Return whether `node` puts a text together, so that what it names cannot be read off."""
    for part in _parts(node):
        match part:
            case ast.JoinedStr(values=values):
                if not all(isinstance(value, ast.Constant) for value in values):
                    return True
            case ast.BinOp(left=left, right=right):
                if _is_text(left) or _is_text(right):
                    return True
            case ast.Call(func=ast.Attribute(attr=attribute, value=value)):
                if attribute in _BUILDERS and (_is_text(value) or attribute == "join"):
                    return True
            case ast.Call(func=ast.Name(id="chr" | "str" | "bytes" | "bytearray")):
                return True
            case ast.Subscript(value=value):
                if _is_text(value):
                    return True
            case _:
                pass
    return False


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield `node`, or the items of a display: where a function may be named."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            for item in items:
                yield from _parts(item)
        case ast.Dict(values=items):
            for item in items:
                yield from _parts(item)
        case ast.IfExp(body=body, orelse=other):
            yield from _parts(body)
            yield from _parts(other)
        case _:
            yield node


def _is_text(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))
        or (isinstance(node, ast.BinOp) and (_is_text(node.left) or _is_text(node.right)))
    )


def walks_attributes(template: str) -> bool:
    """Return whether formatting `template` reads private attributes, or it cannot be told."""
    try:
        fields = [part[1] or "" for part in string.Formatter().parse(template)]
        nested = [part[2] or "" for part in string.Formatter().parse(template)]
    except ValueError:
        return True
    return any(re.search(r"[.\[]_", text) for text in (*fields, *nested))


def query_code(text: object) -> str | None:
    """Return the Python that a pandas query amounts to, None when `text` is not a text."""
    if not isinstance(text, str):
        return None
    return re.sub(r"`[^`]*`", "column", text).replace("@", "").strip()


def magic_use(member: str, call: ast.Call | None) -> tuple[str, str, str | None]:
    """Return the capability and name of a use of the shell, and the Python it runs if that is all.

    `member` is such as `get_ipython().run_line_magic`; no capability is `""`.
    """
    name = member.rpartition(".")[2]
    if name in ("system", "getoutput", "getoutput_raw", "system_raw", "sx"):
        return "subprocess", "!", None
    texts = [a.value for a in call.args if isinstance(a, ast.Constant)] if call else []
    if name not in ("run_line_magic", "run_cell_magic") or call is None or not texts:
        return "dynamic-code", f"get_ipython().{name}", None
    if len(texts) < len(call.args) or len(texts) != (2 if "line" in name else 3):
        return "dynamic-code", f"get_ipython().{name}", None
    magic, line, *body = (str(text) for text in texts)
    statement = re.sub(r"^(-\w+\s*\d*(\s+|$))*", "", line.strip())
    if magic in ("time", "timeit", "config"):
        return "", magic, "\n".join([statement, *body])
    if magic in _PYTHON_MAGICS and body:
        return "", magic, "".join(body)
    if magic in _HARMLESS_MAGICS:
        return "", magic, None
    if magic in ("load_ext", "reload_ext") and line.strip() in _EXTENSIONS:
        return "", magic, None
    if magic in _SHELL_MAGICS:
        return "subprocess", f"%{magic}", None
    return _OTHER_MAGICS.get(magic, "dynamic-code"), f"%{magic}", None


def opening_needs(name: str, call: ast.Call | None) -> Sequence[str]:
    """Return the capabilities of opening a file by its mode; a computed mode may be any."""
    both = ("file-read", "file-write")
    if call is None or any(isinstance(a, ast.Starred) for a in call.args):
        return both
    modes = [k.value for k in call.keywords if k.arg == "mode" or k.arg is None]
    modes += call.args[1:2]
    if name.startswith("pathlib.") or name == ".open":
        modes += call.args[:1]
    if name == ".open" and len(call.args) == 1 and not isinstance(call.args[0], ast.Constant):
        return both
    found: list[str] = []
    for mode in modes:
        if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
            return both
        found.append(mode.value)
    writes = [mode for mode in found if re.fullmatch(r"[rbtU|:*]*[wax+][rwxabt+|:*gz2]*", mode)]
    if any("+" in mode and "r" in mode for mode in writes):
        return both
    return ("file-write",) if writes else ("file-read",)


def names_a_file(call: ast.Call) -> bool:
    """Return whether a method such as `to_csv` is told where to write."""
    told = [*call.args[:1]]
    told += [k.value for k in call.keywords if k.arg in (None, *_FILE_KEYWORDS)]
    return any(not (isinstance(t, ast.Constant) and t.value is None) for t in told)
