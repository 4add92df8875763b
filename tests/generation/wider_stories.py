"""Failures of real notebooks, told as classes: each mistake with its siblings and its opposites."""

from __future__ import annotations

from generation.stories import Story

DAYS = """
import pandas as pd, numpy as np
day = pd.Series(range(48), index=pd.date_range("2024-01-01", periods=48, freq="30min"))
year = pd.Series(1, index=pd.date_range("2024-01-01", periods=366, freq="D"))
"""
RECT = """
class Rect:
    unit = 2
    def __init__(self, width, height):
        self.width = width
        self.height = height
"""
MONTHLY = "monthly = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"
PATHS = "from pathlib import Path\nbase = Path('data')\nname = 'out'\nslashed = '/tmp/x'"

PATH_STORIES = (
    Story("path_slash", PATHS, "t = base + '/out.csv'", "t == Path('data/out.csv')"),
    Story("path_fstring", PATHS, "t = base + f'/{name}.csv'", "t == Path('data/out.csv')"),
    Story("path_fstring_first", PATHS, "t = base + f'{name}.csv'", "t == Path('data/out.csv')"),
    Story("path_slash_alone", PATHS, "t = base + '/' + name + '.csv'", "t == Path('data/out.csv')"),
    Story("path_folder_in_text", PATHS, "t = base + '/sub/' + name", "t == Path('data/sub/out')"),
    Story("path_suffix", PATHS, "t = base + '.bak'", "str(t) == 'data.bak'"),
    Story("path_two", PATHS, "t = base + Path('b')", "t == Path('data/b')"),
    Story("path_in_text", PATHS, "t = 'saved to ' + base", "t == 'saved to data'"),
    Story("path_variable_slashed", PATHS, "t = base + slashed"),
    Story("path_fstring_slashed", PATHS, "t = base + f'{slashed}.csv'"),
    Story("path_number", PATHS, "t = base + 3"),
)

BOUNDS = (
    Story(
        "one_based_names", MONTHLY, "t = 0\nfor m in range(1, 13):\n    t += monthly[m]", "t == 78"
    ),
    Story(
        "one_based_dict",
        "names = ['a', 'b', 'c']",
        "d = {}\nfor k in range(1, len(names) + 1):\n    d[k] = names[k]",
        "d == {1: 'a', 2: 'b', 3: 'c'}",
    ),
    Story(
        "one_based_comprehension",
        MONTHLY,
        "d = {m: monthly[m] for m in range(1, 13)}",
        "d[1] == 1 and d[12] == 12",
    ),
    Story(
        "one_based_enumerate",
        "names = ['a', 'b']\nscores = [5, 6]",
        "r = [(i, n, scores[i]) for i, n in enumerate(names, start=1)]",
        "r == [(1, 'a', 5), (2, 'b', 6)]",
    ),
    Story(
        "one_based_while",
        "xs = [4, 5, 6]\nn = 3",
        "t, i = 0, 0\ni = 1\nwhile i <= n:\n    t += xs[i]\n    i += 1",
        "t == 15",
    ),
    Story(
        "neighbours_from_one",
        "xs = [1, 4, 9]",
        "d = []\nfor i in range(1, len(xs) + 1):\n    d.append(xs[i] - xs[i - 1])",
        "d == [3, 5]",
    ),
    Story(
        "zero_based_while",
        "xs = [4, 5, 6]\nn = 3",
        "t = 0\ni = 0\nwhile i <= n:\n    t += xs[i]\n    i += 1",
        "t == 15",
    ),
    Story(
        "while_with_next",
        "xs = [1, 2, 5]",
        "i = 0\nup = True\nwhile i < len(xs):\n    up = up and xs[i] <= xs[i + 1]\n    i += 1",
        "up is True and i == 2",
    ),
    Story(
        "window_sum",
        "xs = [1, 2, 3, 4]\nk = 2",
        "w = [sum(xs[i + j] for j in range(k)) for i in range(len(xs))]",
        "w == [3, 5, 7]",
    ),
    Story(
        "window_sum_swapped",
        "xs = [1, 2, 3, 4]",
        "w = []\nfor i in range(len(xs)):\n    s = 0\n    for j in range(3):\n        s += xs[j + i]\n    w.append(s)",
        "w == [6, 9]",
    ),
    Story(
        "lag",
        "xs = [1, 2, 4, 8]\nlag = 2",
        "d = [xs[i + lag] - xs[i] for i in range(len(xs))]",
        "d == [3, 6]",
    ),
    Story(
        "nested_ranges_both",
        "grid = [[1, 2, 3], [4, 5, 6]]\nrows, cols = 2, 3",
        "t = 0\nfor i in range(rows + 1):\n    for j in range(cols + 1):\n        t += grid[i][j]",
        "t == 21",
    ),
    Story(
        "nested_ranges_inner",
        "grid = [[1, 2, 3], [4, 5, 6]]\nrows, cols = 2, 3",
        "t = 0\nfor i in range(rows):\n    for j in range(cols + 1):\n        t += grid[i][j]",
        "t == 21",
    ),
    Story(
        "nested_ranges_outer",
        "grid = [[1, 2, 3], [4, 5, 6]]\nrows, cols = 2, 3",
        "t = 0\nfor i in range(rows + 1):\n    for j in range(cols):\n        t += grid[i][j]",
        "t == 21",
    ),
    Story(
        "nested_ranges_array",
        "import numpy as np\ngrid = np.arange(6).reshape(2, 3)\nrows, cols = grid.shape",
        "t = 0\nfor i in range(rows + 1):\n    for j in range(cols + 1):\n        t += grid[i, j]",
        "t == 15",
    ),
    Story(
        "sums_of_before",
        "xs = [1, 2, 3]\nn = 3",
        "p = [0] * n\nfor i in range(1, n + 1):\n    p[i] = p[i - 1] + xs[i - 1]",
        "p == [0, 1, 3, 6]",
    ),
    Story("range_far_too_long", "xs = [1, 2, 3]", "t = sum(xs[i] for i in range(5)) / 5"),
    Story("one_based_far_too_long", MONTHLY, "t = 0\nfor m in range(1, 20):\n    t += monthly[m]"),
)

FREQUENCIES = (
    Story("freq_hours", DAYS, "r = day.resample('6H').sum()", "len(r) == 4"),
    Story("freq_minutes", DAYS, "r = day.resample('90T').sum()", "len(r) == 16"),
    Story("freq_months", DAYS, "r = year.resample('3M').sum()", "len(r) == 5"),
    Story("freq_business", DAYS, "r = year.resample('BM').sum()", "r.index.freqstr == 'BME'"),
    Story(
        "freq_quarters", DAYS, "r = year.resample('2Q-DEC').sum()", "r.index.freqstr == '2QE-DEC'"
    ),
    Story("freq_years", DAYS, "r = year.resample('A-DEC').sum()", "len(r) == 1"),
    Story(
        "freq_starts", DAYS, "r = pd.date_range('2024', periods=2, freq='2AS')", "r[1].year == 2026"
    ),
    Story(
        "freq_months_in_grouper",
        DAYS,
        "r = year.groupby(pd.Grouper(freq='2M')).sum()",
        "len(r) == 7",
    ),
    Story("freq_timedelta", DAYS, "r = pd.Timedelta('15T')", "r.seconds == 900"),
    Story("freq_compound", DAYS, "r = day.resample('1H30T').sum()", "len(r) == 16"),
    Story("freq_period", DAYS, "r = year.to_period('2ME')", "r.index.freqstr == '2M'"),
    Story("freq_fstring", DAYS + "n = 6\n", "r = day.resample(f'{n}H').sum()", "len(r) == 4"),
    Story("freq_named_before", DAYS, "every = '6H'\nr = day.resample(every).sum()", "len(r) == 4"),
    Story("freq_floor", DAYS, "r = day.index.floor('12H')", "len(set(r)) == 2"),
    Story("freq_unknown", DAYS, "r = day.resample('6X').sum()"),
)

SCOPES = (
    Story(
        "self_forgotten",
        RECT + "    def area(self):\n        return width * height\nr = Rect(3, 4)",
        "a = r.area()",
        "a == 12",
    ),
    Story(
        "self_forgotten_once",
        RECT + "    def area(self):\n        return self.width * height\nr = Rect(3, 4)",
        "a = r.area()",
        "a == 12",
    ),
    Story(
        "self_forgotten_class_value",
        RECT + "    def wide(self):\n        return self.width * unit\nr = Rect(3, 4)",
        "a = r.wide()",
        "a == 6",
    ),
    Story(
        "self_forgotten_method",
        RECT
        + "    def area(self):\n        return self.width * self.height\n"
        + "    def double(self):\n        return 2 * area()\nr = Rect(3, 4)",
        "a = r.double()",
        "a == 24",
    ),
    Story(
        "cls_forgotten",
        RECT + "    @classmethod\n    def units(cls):\n        return unit + 1\n",
        "a = Rect.units()",
        "a == 3",
    ),
    Story(
        "self_forgotten_counted",
        "class C:\n    def __init__(self):\n        self.n = 0\n    def hit(self):\n        n += 1\nc = C()",
        "c.hit()",
        "c.n == 1",
    ),
    Story(
        "self_forgotten_in_comprehension",
        "class C:\n    def __init__(self):\n        self.k = 2\n    def go(self, xs):\n        return [x * k for x in xs]\nc = C()",
        "r = c.go([1, 2])",
        "r == [2, 4]",
    ),
    Story(
        "no_such_attribute",
        RECT + "    def area(self):\n        return depth * 2\nr = Rect(3, 4)",
        "a = r.area()",
    ),
    Story("global_counter", "hits = 0\ndef hit():\n    hits += 1", "hit()\nhit()", "hits == 2"),
    Story(
        "global_counter_returned",
        "last_id = 10\ndef new_id():\n    '''Give a new number.'''\n    last_id += 1\n    return last_id",
        "a = new_id()\nb = new_id()",
        "(a, b, last_id) == (11, 12, 12)",
    ),
    Story(
        "nonlocal_counter",
        "def counter():\n    count = 0\n    def step():\n        count += 1\n        return count\n    return step",
        "step = counter()\na, b = step(), step()",
        "(a, b) == (1, 2)",
    ),
    Story(
        "global_flag",
        "ready = False\ndef start():\n    if not ready:\n        ready = True",
        "start()",
        "ready is True",
    ),
    Story(
        "sum_without_begin",
        "total = 100\ndef add_up(xs):\n    for x in xs:\n        total += x\n    return total",
        "r = add_up([1, 2])",
    ),
    Story(
        "global_frame_is_not_meant",
        "data = [3, 1]\ndef clean():\n    data = sorted(data)\n    return data",
        "r = clean()",
    ),
    Story(
        "best_without_begin",
        "best = 50\ndef top(xs):\n    for x in xs:\n        if x > best:\n            best = x\n    return best",
        "r = top([1, 2])",
    ),
)

TEXTS = (
    Story(
        "two_numbers_joined",
        "year = 2024\nmonth = 3",
        "f = 'a' + year + '_' + month + '.csv'",
        "f == 'a2024_3.csv'",
    ),
    Story(
        "three_numbers_joined",
        "a, b, c = 1, 2.5, 3",
        "f = 'p' + a + '-' + b + '-' + c",
        "f == 'p1-2.5-3'",
    ),
    Story(
        "number_first_joined",
        "year = 2024\nmonth = 3",
        "f = year + '-' + month",
        "f == '2024-3'",
    ),
    Story(
        "date_of_texts",
        "from datetime import date\ny, m, d = '2024-03-05'.split('-')",
        "day = date(y, m, d)",
        "day == date(2024, 3, 5)",
    ),
    Story(
        "date_of_groups",
        "from datetime import date\nimport re\nfound = re.match(r'(\\d+)/(\\d+)/(\\d+)', '2024/3/5')",
        "day = date(*found.groups())",
        "day == date(2024, 3, 5)",
    ),
    Story(
        "range_of_texts",
        "a, b = '2', '5'",
        "r = list(range(a, b))",
        "r == [2, 3, 4]",
    ),
    Story("fill_is_text", "w = '5'", "s = '7'.rjust(w, '0')", "s == '00007'"),
    Story(
        "texts_multiplied", "row = {'n': '3', 'p': '2.5'}", "t = row['n'] * row['p']", "t == 7.5"
    ),
    Story("texts_subtracted", "a, b = '10', '4'", "t = a - b", "t == 6"),
    Story(
        "texts_in_one_calculation",
        "row = {'a': '3', 'b': '4'}",
        "t = row['a'] * 2 + row['b'] - 1",
        "t == 9",
    ),
    Story(
        "text_empty_in_calculation", "row = {'a': '3', 'b': ''}", "t = row['a'] * 2 + row['b'] - 1"
    ),
    Story("texts_not_subtracted", "a, b = 'x', '4'", "t = a - b"),
    Story("format_of_text", "p = '3.14159'", "s = f'{p:.2f}'", "s == '3.14'"),
    Story("format_method_of_text", "p = '3.14159'", "s = '{:.2f}'.format(p)", "s == '3.14'"),
    Story("format_of_word", "p = 'abc'", "s = f'{p:.2f}'"),
    Story("range_and_list", "", "xs = range(2) + [5]", "xs == [0, 1, 5]"),
    Story("bytes_and_text", "b = b'a'", "c = b + 'b'", "c == b'ab'"),
    Story("text_and_bytes", "b = b'b'", "c = 'a' + b", "c == 'ab'"),
)

METHODS = (
    Story("m_to_lower", "s = 'Ab'", "r = s.to_lower()", "r == 'ab'"),
    Story("m_toLowerCase", "s = 'Ab'", "r = s.toLowerCase()", "r == 'ab'"),
    Story("m_lowercase", "s = 'Ab'", "r = s.lowercase()", "r == 'ab'"),
    Story("m_to_upper_case", "s = 'Ab'", "r = s.to_upper_case()", "r == 'AB'"),
    Story("m_joined", "s = ', '", "r = s.joined(['a', 'b'])", "r == 'a, b'"),
    Story("m_splitted", "s = 'a,b'", "r = s.splitted(',')", "r == ['a', 'b']"),
    Story("m_stripped", "s = ' a '", "r = s.stripped()", "r == 'a'"),
    Story("m_replaced", "s = 'ab'", "r = s.replaced('a', 'b')", "r == 'bb'"),
    Story("m_capitalise", "s = 'ab'", "r = s.capitalized()", "r == 'Ab'"),
    Story("m_replaceAll", "s = 'aba'", "r = s.replaceAll('a', 'c')", "r == 'cbc'"),
    Story("m_substring_one", "s = 'abc'", "r = s.substring(1)", "r == 'bc'"),
    Story("m_isEmpty", "s = ''", "if s.isEmpty():\n    r = 1", "r == 1"),
    Story("m_text_append", "s = 'a'", "s.append('b')", "s == 'ab'"),
    Story("m_text_length", "s = 'abc'", "r = s.length() - 1", "r == 2"),
    Story("m_list_push_back", "xs = [1]", "xs.push_back(2)", "xs == [1, 2]"),
    Story("m_list_add", "xs = [1]", "xs.add(2)", "xs == [1, 2]"),
    Story("m_list_contains", "xs = [1]", "r = xs.contains(1)", "r is True"),
    Story("m_list_indexOf", "xs = [4, 5]", "r = xs.indexOf(5)", "r == 1"),
    Story("m_list_unshift", "xs = [1]", "xs.unshift(0)", "xs == [0, 1]"),
    Story("m_list_last", "xs = [1, 2]", "r = xs.last()", "r == 2"),
    Story("m_list_get", "xs = [1, 2]", "r = xs.get(1)", "r == 2"),
    Story("m_list_map", "xs = ['1', '2']", "r = xs.map(int)", "r == [1, 2]"),
    Story("m_list_mean", "xs = [1, 3]", "r = xs.mean()", "r == 2"),
    Story("m_list_median", "import numpy as np\nxs = [1, 3, 9]", "r = xs.median()", "r == 3"),
    Story("m_list_slice", "xs = [1, 2, 3]", "r = xs.slice(0, 2)", "r == [1, 2]"),
    Story("m_set_push", "s = {1}", "s.push(2)", "s == {1, 2}"),
    Story("m_set_has", "s = {1}", "r = s.has(1)", "r is True"),
    Story("m_dict_put", "d = {}", "d.put('a', 1)", "d == {'a': 1}"),
    Story("m_dict_getOrDefault", "d = {}", "r = d.getOrDefault('a', 0)", "r == 0"),
    Story("m_dict_containsKey", "d = {'a': 1}", "r = d.containsKey('a')", "r is True"),
    Story("m_dict_entrySet", "d = {'a': 1}", "r = list(d.entrySet())", "r == [('a', 1)]"),
    Story(
        "m_deque_push_front",
        "from collections import deque\nq = deque([1])",
        "q.push_front(0)",
        "list(q) == [0, 1]",
    ),
    Story(
        "m_deque_dequeue",
        "from collections import deque\nq = deque([1, 2])",
        "r = q.dequeue()",
        "r == 1",
    ),
    Story(
        "m_array_median", "import numpy as np\na = np.array([1, 3, 9])", "r = a.median()", "r == 3"
    ),
    Story(
        "m_array_percentile",
        "import numpy as np\na = np.array([1, 3, 9])",
        "r = a.percentile(50)",
        "r == 3",
    ),
    Story("m_array_length", "import numpy as np\na = np.arange(3)", "r = a.length()", "r == 3"),
    Story(
        "m_column_upper",
        "import pandas as pd\ns = pd.Series(['a'])",
        "r = s.upper().tolist()",
        "r == ['A']",
    ),
    Story(
        "m_column_isdigit",
        "import pandas as pd\ns = pd.Series(['a', '1'])",
        "r = s.isdigit().tolist()",
        "r == [False, True]",
    ),
    Story(
        "m_column_minute",
        "import pandas as pd\ns = pd.Series(pd.to_datetime(['2024-01-01 10:20']))",
        "r = s.minute.tolist()",
        "r == [20]",
    ),
    Story(
        "m_frame_order_by",
        "import pandas as pd\nd = pd.DataFrame({'a': [2, 1]})",
        "r = d.order_by('a').a.tolist()",
        "r == [1, 2]",
    ),
    Story(
        "m_frame_distinct",
        "import pandas as pd\nd = pd.DataFrame({'a': [1, 1]})",
        "r = len(d.distinct())",
        "r == 1",
    ),
    Story("m_sorted_kept", "xs = [2, 1]", "r = xs.sorted()", "r == [1, 2]"),
    Story("m_appended_used", "xs = [2]", "r = xs.appended(1)"),
    Story("m_shift_with_number", "xs = [1, 2, 3]", "r = xs.shift(1)"),
    Story("m_get_with_default", "xs = [1, 2]", "r = xs.get(5, 0)"),
    Story(
        "m_own_class",
        "class A:\n    def deposit(self):\n        pass\na = A()",
        "r = a.deposited()",
    ),
)

SAME_AGAIN = (
    Story(
        "again_in_loc",
        "import pandas as pd\npop = pd.DataFrame({'n': [6], 'area': [3]}, index=['Berlin'])",
        "r = pop.loc['Berln', 'n'] / pop.loc['Berln', 'area']",
        "r == 2",
    ),
    Story(
        "again_in_other_frame",
        "import pandas as pd\na = pd.DataFrame({'price': [1]})\nb = pd.DataFrame({'price': [2]})",
        "r = (a['prcie'] + b['prcie']).tolist()",
        "r == [3]",
    ),
    Story(
        "other_dict_has_it",
        "a = {'price': 1}\nb = {'prcie': 2}",
        "r = a['prcie'] + b['prcie']",
        "r == 3",
    ),
    Story(
        "again_attribute",
        "class P:\n    def __init__(self, x):\n        self.weight = x\np, q = P(1), P(2)",
        "r = p.wieght + q.wieght",
        "r == 3",
    ),
    Story("again_name", "length = 3", "r = lenght * lenght", "r == 9"),
)

LABELS = (
    Story("short_qty", "d = {'quantity': 3, 'price': 2}", "r = d['qty']", "r == 3"),
    Story("short_temp", "d = {'temperature': 3, 'time': 2}", "r = d['temp']", "r == 3"),
    Story("short_amt", "d = {'Amount': 3, 'city': 2}", "r = d['amt']", "r == 3"),
    Story("short_desc", "d = {'description': 3}", "r = d['desc']", "r == 3"),
    Story("short_lat", "d = {'latitude': 3, 'longitude': 4}", "r = d['lat']", "r == 3"),
    Story("in_full", "d = {'qty': 3, 'price': 2}", "r = d['quantity']", "r == 3"),
    Story("short_of_two", "d = {'percent': 3, 'percentage': 4}", "r = d['pct']"),
    Story("short_of_other", "d = {'product': 3}", "r = d['pct']"),
    Story("short_min_minutes", "d = {'minutes': 3}", "r = d['min']"),
    Story("short_count_country", "d = {'country': 3}", "r = d['count']"),
    Story("short_sum_summary", "d = {'summary': 3}", "r = d['sum']"),
    Story("short_of_two_parts", "d = {'quantity_sold': 3}", "r = d['qty']"),
    Story("plural_childs", "d = {'children': 3}", "r = d['childs']", "r == 3"),
    Story("plural_citys", "d = {'cities': 3}", "r = d['citys']", "r == 3"),
    Story("plural_indexs", "d = {'indices': 3}", "r = d['indexs']", "r == 3"),
    Story("plural_person_is_one", "d = {'people': 3}", "r = d['person']"),
    Story(
        "row_of_sqlite",
        "import sqlite3\nc = sqlite3.connect(':memory:')\nc.row_factory = sqlite3.Row\n"
        "row = c.execute(\"select 3 as price, 'a' as label\").fetchone()",
        "r = row['lable']",
        "r == 'a'",
    ),
)

IMPORTS = (
    Story(
        "two_of_one_module",
        "",
        "w = datetime(2024, 2, 28) + timedelta(days=2)",
        "w.day == 1",
    ),
    Story(
        "beside_in_text",
        "",
        "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    xs: list = field(default_factory=list)\na = A()",
        "a.xs == []",
    ),
    Story(
        "beside_in_session",
        "from dataclasses import dataclass",
        "@dataclass\nclass A:\n    xs: list = field(default_factory=list)\na = A()",
        "a.xs == []",
    ),
    Story(
        "beside_in_module",
        "import sys\nsys.path.insert(0, '')\nimport geo_of_mine",
        "r = round(geo_of_mine.arc(1.0), 3)",
        "r == 1.571",
        files=(
            ("geo_of_mine.py", "from math import sin, cos\n\ndef arc(x):\n    return asin(x)\n"),
        ),
    ),
    Story(
        "own_function_of_that_name",
        "from math import sin\ndef helper():\n    return dist",
        "r = helper()",
    ),
    Story(
        "use_is_right_import_is_not",
        "",
        "from itertools import combination\nr = len(list(combinations('abc', 2)))",
        "r == 3",
    ),
)

OTHERS = (
    Story(
        "one_argument_left",
        "def area(w, h):\n    return w * h",
        "a = area(width=3, h=4)",
        "a == 12",
    ),
    Story("two_arguments_left", "def area(w, h):\n    return w * h", "a = area(width=3)"),
    Story("optional_left", "def area(w, h=1):\n    return w * h", "a = area(3, height=4)"),
    Story(
        "style_renamed",
        "import matplotlib.pyplot as plt",
        "plt.style.use('seaborn-whitegrid')\nr = 1",
        "r == 1",
    ),
    Story(
        "shadowed_sum",
        "sum = 0\nfor x in [1]:\n    sum += x\n# ---\nxs = [4, 5]",
        "t = sum(xs)",
        "t == 9",
    ),
    Story("shadowed_by_argument", "", "def f(list):\n    return list(range(3))\nr = f([1])"),
    Story("argument_other_case", "def f(x):\n    return 2 * X", "r = f(3)", "r == 6"),
    Story(
        "in1d_flat",
        "import numpy as np\ng = np.array([[1, 2], [3, 4]])",
        "m = np.in1d(g, [2])",
        "m.tolist() == [False, True, False, False]",
    ),
    Story(
        "argspec",
        "import inspect\ndef f(a, b): pass",
        "r = inspect.getargspec(f).args",
        "r == ['a', 'b']",
    ),
)

STORIES = (
    *PATH_STORIES, *BOUNDS, *FREQUENCIES, *SCOPES, *TEXTS, *METHODS, *SAME_AGAIN, *LABELS, *IMPORTS,
    *OTHERS,
)  # fmt: skip
