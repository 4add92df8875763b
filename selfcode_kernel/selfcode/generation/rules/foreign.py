"""Methods that texts, lists, sets and mappings bear in other languages, or that another type has.

A template says what takes the place: `{base}` is the text before the dot, `{0}` the first argument
of the call, `{args}` all of them. A name with `()` is for calls, one with `(1)` for one argument.
"""

from __future__ import annotations


def table(owner: str, text: str) -> dict[tuple[str, str], str]:
    """Return the templates of an owner by its lines `old -> template`."""
    pairs = (line.split(" -> ") for line in text.strip().splitlines())
    return {(owner, old.strip()): new.strip() for old, new in pairs}


_STRING_LIKE = """
trim -> {base}.strip
trimmed() -> {base}.strip()
isEmpty() -> not {base}
is_empty() -> not {base}
empty() -> not {base}
isBlank() -> not {base}.strip()
is_blank() -> not {base}.strip()
equals() -> {base} == {0}
equalsIgnoreCase() -> {base}.lower() == {0}.lower()
equals_ignore_case() -> {base}.lower() == {0}.lower()
replaceAll -> {base}.replace
gsub -> {base}.replace
lastIndexOf -> {base}.rfind
index_of -> {base}.find
last_index_of -> {base}.rfind
charCodeAt() -> ord({base}[{0}])
char_at() -> {base}[{0}]
padStart -> {base}.rjust
padEnd -> {base}.ljust
padLeft -> {base}.rjust
padRight -> {base}.ljust
pad_left -> {base}.rjust
pad_right -> {base}.ljust
repeat() -> {base} * {0}
reverse() -> {base}[::-1]
reversed() -> {base}[::-1]
slice() -> {base}[{0}:{1}]
slice(1) -> {base}[{0}:]
concat() -> {base} + {0}
append() -> {base} + {0}
to_int() -> int({base})
toInt() -> int({base})
to_i() -> int({base})
to_float() -> float({base})
toFloat() -> float({base})
to_f() -> float({base})
toString() -> {base}
to_string() -> {base}
has() -> {0} in {base}
toUpperCase -> {base}.upper
toLowerCase -> {base}.lower
substring() -> {base}[{0}:{1}]
substring(1) -> {base}[{0}:]
charAt -> {base}[{0}]
contains() -> {0} in {base}
includes() -> {0} in {base}
length -> len({base})
length() -> len({base})
size() -> len({base})
len() -> len({base})
indexOf -> {base}.find
trimStart -> {base}.lstrip
trimEnd -> {base}.rstrip
startsWith -> {base}.startswith
endsWith -> {base}.endswith
decode() -> {base}
"""
_LIST_LIKE = """
push_front() -> {base}.insert(0, {0})
unshift() -> {base}.insert(0, {0})
appendleft() -> {base}.insert(0, {0})
prepend() -> {base}.insert(0, {0})
add_all -> {base}.extend
append_all -> {base}.extend
pop_back() -> {base}.pop()
pop_front() -> {base}.pop(0)
popleft() -> {base}.pop(0)
shift() -> {base}.pop(0)
removeAt -> {base}.pop
remove_at -> {base}.pop
front() -> {base}[0]
first() -> {base}[0]
back() -> {base}[-1]
last() -> {base}[-1]
get() -> {base}[{0}]
at() -> {base}[{0}]
isEmpty() -> not {base}
is_empty() -> not {base}
empty() -> not {base}
has() -> {0} in {base}
slice() -> {base}[{0}:{1}]
slice(1) -> {base}[{0}:]
find() -> {base}.index({0})
index_of -> {base}.index
map() -> list(map({0}, {base}))
filter() -> list(filter({0}, {base}))
average() -> sum({base}) / len({base})
mean() -> sum({base}) / len({base})
abs() -> [abs(x) for x in {base}]
to_list() -> {base}
tolist() -> {base}
toString() -> str({base})
push -> {base}.append
push_back -> {base}.append
add -> {base}.append
addAll -> {base}.extend
concat -> {base}.extend
length -> len({base})
length() -> len({base})
size() -> len({base})
size -> len({base})
len() -> len({base})
contains() -> {0} in {base}
includes() -> {0} in {base}
indexOf -> {base}.index
sum() -> sum({base})
max() -> max({base})
min() -> min({base})
join() -> {0}.join({base})
sorted() -> sorted({base})
reversed() -> list(reversed({base}))
"""
_DICT = """
getOrDefault -> {base}.get
get_or_default -> {base}.get
put() -> {base}.update({{{0}: {1}}})
hasKey() -> {0} in {base}
contains_key() -> {0} in {base}
has() -> {0} in {base}
contains_value() -> {0} in {base}.values()
containsValue() -> {0} in {base}.values()
keySet -> {base}.keys
key_set -> {base}.keys
entrySet -> {base}.items
entries -> {base}.items
addAll -> {base}.update
putAll -> {base}.update
merge -> {base}.update
extend -> {base}.update
remove() -> {base}.pop({0})
delete() -> {base}.pop({0})
isEmpty() -> not {base}
is_empty() -> not {base}
len() -> len({base})
has_key() -> {0} in {base}
iteritems -> {base}.items
itervalues -> {base}.values
iterkeys -> {base}.keys
viewitems -> {base}.items
viewkeys -> {base}.keys
viewvalues -> {base}.values
length -> len({base})
length() -> len({base})
size() -> len({base})
contains() -> {0} in {base}
containsKey() -> {0} in {base}
add() -> {base}.update({{{0}: {1}}})
"""
_DEQUE = """
push -> {base}.append
push_back -> {base}.append
enqueue -> {base}.append
add -> {base}.append
put -> {base}.append
offer -> {base}.append
push_front -> {base}.appendleft
unshift -> {base}.appendleft
pop_front -> {base}.popleft
pop_back -> {base}.pop
shift -> {base}.popleft
dequeue -> {base}.popleft
poll -> {base}.popleft
front() -> {base}[0]
back() -> {base}[-1]
size() -> len({base})
length() -> len({base})
length -> len({base})
isEmpty() -> not {base}
is_empty() -> not {base}
empty() -> not {base}
"""
FOREIGN: dict[tuple[str, str], str] = {
    **table("builtins.str", _STRING_LIKE),
    **table("builtins.list", _LIST_LIKE),
    **table("builtins.tuple", "length -> len({base})\nlength() -> len({base})\n"
             "size() -> len({base})"),
    **table("collections.deque", _DEQUE),
    **table("builtins.set", "insert -> {base}.add\nhas() -> {0} in {base}\n"
             "includes() -> {0} in {base}\ndelete -> {base}.discard\naddAll -> {base}.update\n"
             "isEmpty() -> not {base}\nis_empty() -> not {base}\nlength() -> len({base})\n"
             "add_all -> {base}.update\nintersect -> {base}.intersection\n"
             "minus -> {base}.difference\nappend -> {base}.add\npush -> {base}.add\n"
             "length -> len({base})\n"
             "size() -> len({base})\nextend -> {base}.update\ncontains() -> {0} in {base}"),
    **table("builtins.dict", _DICT),
}  # fmt: skip
