"""The policy: a repair may do what the old code could do, and nothing more.

What a text can do is read from its syntax (`uses`). Each use in the new text that is not granted
must be covered by the old text, in one of these ways:

1. *Same kind.* Reading files and environment variables, and importing a module, is covered when the
   old code did so anywhere: the kind is what matters.
2. *Same operation.* Everything else is covered only when the old code had the same operation
   (`to_csv`, `os.system`, `exec`, a bare `except`, `._name`), and the constant texts given to it
   are not new: a repair does not write to another file, ask another address or run another command.
   Starting programs, deleting, running code from texts, native memory, process control and
   introspection may moreover not happen at more places than before.
3. *Named.* `os.path.join` in a cell that lacks `import os`: the old code named the member by the
   very dotted name that it now gets. A bare name (`urlopen(...)`) counts as well, except for
   starting programs, running code, native memory, process control and introspection.
4. *Misspelt.* `pd.read_cvs` -> `pd.read_csv`: the use stands at the same place of its statement as
   an attribute of the same base (or a bare name) that is nearly spelt the same, that nothing is
   known of, and that is gone from the new text. This never covers running code from texts, native
   memory, process control, deleting or introspection.

If the old text does not parse (the failure was a syntax error), a use is covered when its name and
its texts stand in the old text.
"""

from __future__ import annotations

import ast
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from rapidfuzz.distance import OSA

from selfcode.records import Finding, Outcome
from selfcode.source import parse
from selfcode.validation.capabilities import ATTRIBUTES, CAPABILITIES, MEMBERS
from selfcode.validation.uses import Reading, Use, read

SAME_KIND = frozenset({"file-read", "environment"})
COUNTED = frozenset(
    {"subprocess", "file-delete", "dynamic-code", "native", "process", "introspection"}
)
NEVER_NAMED = COUNTED - {"file-delete"}
NEVER_MISSPELT = COUNTED - {"subprocess"}
