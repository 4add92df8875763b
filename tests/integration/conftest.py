"""Live modules whose text is known, as a kernel's cells are."""

import itertools
import linecache
import sys
import types

import pytest

from selfcode.integration.lineage import Lineages


@pytest.fixture
def lineages():
    return Lineages()


@pytest.fixture
def live(request):
    """Return a function that runs text as a cell of a live module, which it returns."""
    numbers, names = itertools.count(1), set()

    def run(text, name="live", into=None):
        module = into or types.ModuleType(name)
        sys.modules[name] = module
        names.add(name)
        filename = f"<cell {request.node.name} {next(numbers)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec", dont_inherit=True), vars(module))
        return module

    yield run
    for name in names:
        sys.modules.pop(name, None)
    for name in [n for n in linecache.cache if n.startswith(("<cell ", "<selfcode "))]:
        del linecache.cache[name]
