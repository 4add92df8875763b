"""What can stand for what: operators, functions and methods that are taken for one another."""

from __future__ import annotations

import ast

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
ORDER = ("<", "<=", ">", ">=")
NEAR = [
    {"<", "<="},
    {">", ">="},
    {"==", "!="},
    {"<", ">"},
    {"<=", ">="},
    {"in", "not in"},
    {"is", "is not"},
    {"is", "=="},
    {"is not", "!="},
]
FUNCTIONS = [
    family.split()
    for family in (
        "any all",
        "min max sum len",
        "sorted list set tuple reversed",
        "int float round abs str",
        "str repr",
        "range enumerate len",
        "map filter",
        "ord chr int",
        "bin hex oct str",
    )
]
METHODS = [
    family.split()
    for family in (
        "append extend insert remove add",
        "startswith endswith",
        "upper lower swapcase capitalize title casefold",
        "find rfind index rindex count",
        "strip lstrip rstrip",
        "split rsplit splitlines partition",
        "isupper islower isalpha isdigit isalnum isspace",
        "keys values items",
        "add discard remove update union intersection difference symmetric_difference",
        "issubset issuperset isdisjoint",
        "pop popleft remove",
        "append appendleft",
        "get setdefault pop",
        "sort reverse",
        "ljust rjust center zfill",
        "mean median sum max min std count",
        "head tail",
        "any all",
        "cumsum cumprod cummax cummin",
        "floor ceil",
        "loc iloc",
    )
]
WRAPS = (
    "abs({0}) len({0}) sorted({0}) str({0}) int({0}) list({0}) set({0}) sum({0}) {0}[::-1] "
    "float({0}) round({0}) tuple({0}) max({0}) min({0}) reversed({0}) {0}.lower() {0}.upper() "
    "{0}.strip() {0}.split() {0}[0] {0}[-1] {0}[1:] {0}[:-1] -{0} [{0}] {0}.items() {0}.values() "
    "{0}.keys() enumerate({0}) bool({0}) any({0}) all({0}) ''.join({0}) bin({0}) ord({0}) chr({0}) "
    "list(set({0})) sorted(set({0})) round({0},_2) sorted({0},_reverse=True) not_{0} "
    "list(reversed({0})) {0}.copy() {0}.swapcase() {0}.title() {0}.capitalize()"
).split()
BOTH_SIDES = "abs({0}) len({0}) set({0}) sorted({0}) str({0}) int({0}) {0}.lower()".split()
KEYS = "len abs str int sum min max".split()
KEYS += ["lambda x: x[0]", "lambda x: x[1]", "lambda x: -x", "lambda x: (len(x), x)"]
