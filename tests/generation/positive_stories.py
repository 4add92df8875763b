"""Failures with one right repair, by class of mistake."""

from __future__ import annotations

from generation.stories import Story

PD = """
import pandas as pd, numpy as np
df = pd.DataFrame({"city": ["a", "b", "a"], "temperature": [1.0, 2.0, 4.0], "Unit Price": [3, 4, 5]})
"""

NAMES = (
    Story(
        "name_letter_missing",
        "temperature = 21",
        "print(temprature + 1)\ny = temprature * 2",
        "y == 42",
    ),
    Story("name_swapped", "counts = [3, 1, 2]", "total = sum(conuts)", "total == 6"),
    Story("name_case", "MaxRetries = 3", "n = maxretries + 1", "n == 4"),
    Story("name_underscore", "user_names = ['a', 'b']", "n = len(usernames)", "n == 2"),
    Story("name_plural", "prices = [1, 2, 3]", "s = sum(price)", "s == 6"),
    Story("name_builtin", "xs = [1, 2]", "n = lenn(xs)", "n == 2"),
    Story("name_print", "x = 2", "pritn(x)\ny = x", "y == 2"),
    Story("name_range", "s = 0", "for i in rnage(4):\n    s += i", "s == 6"),
    Story("name_true", "", "flag = true", "flag is True"),
    Story("name_null", "", "record = {'a': null, 'b': false}", "record == {'a': None, 'b': False}"),
    Story("name_Ture", "", "flag = Ture", "flag is True"),
    Story("name_module_alias", "import numpy as np", "x = npp.arange(3).sum()", "x == 3"),
    Story("name_df", PD, "m = fd['temperature'].max()", "m == 4.0"),
    Story(
        "name_local",
        "",
        "def area(width, height):\n    return widht * height\na = area(2, 3)",
        "a == 6",
    ),
    Story(
        "name_other_cell_def",
        "def mean_of(values):\n    return sum(valeus) / len(values)",
        "m = mean_of([1, 2, 3])",
        "m == 2",
    ),
    Story(
        "name_in_comprehension",
        "",
        "def f(limits):\n    return [x for x in range(3) if x in limts]\nr = f([1, 2])",
        "r == [1, 2]",
    ),
    Story(
        "name_loop_accumulator",
        "xs = [1, 2, 3]",
        "totl = 0\nfor x in xs:\n    total += x\nout = total",
        "out == 6",
    ),
    Story(
        "name_unbound_local",
        "",
        "def f(xs):\n    resutl = 0\n    for x in xs:\n        result += x\n    return result\nr = f([1, 2])",
        "r == 3",
    ),
    Story(
        "name_in_fstring", "first_name = 'Ada'", "s = f'hello {frist_name}!'", "s == 'hello Ada!'"
    ),
    Story(
        "name_lambda", "factor = 3", "r = list(map(lambda v: v * facotr, [1, 2]))", "r == [3, 6]"
    ),
    Story(
        "name_class",
        "class Account:\n    def __init__(self, n):\n        self.n = n",
        "a = Acount(5)\nn = a.n",
        "n == 5",
    ),
    Story("name_py2", "", "s = sum(xrange(4))", "s == 6"),
    Story(
        "name_in_method",
        "class Stats:\n    def __init__(self, values):\n        self.values = values\n    def spread(self):\n        highest = max(self.values)\n        lowest = min(self.values)\n        return hihgest - lowest",
        "s = Stats([3, 9]).spread()",
        "s == 6",
    ),
    Story("name_multibyte_line", "größe = 3\nname = 'é'", "s = 'ü' * größe + nmae", "s == 'üüüé'"),
    Story("name_with_magic", "values = [1, 2]", "%precision 3\n# sum\nt = sum(vlaues)", "t == 3"),
    Story("name_timed", "values = [1, 2]", "%%time\nk = 3\nt = sum(vlaues)", "t == 3"),
)

ATTRIBUTES = (
    Story("attr_method", "xs = []", "xs.apend(3)", "xs == [3]"),
    Story("attr_str_method", "s = 'a b'", "p = s.spilt()", "p == ['a', 'b']"),
    Story("attr_case", "s = 'ab'", "p = s.Upper()", "p == 'AB'"),
    Story("attr_underscore", "s = 'ab'", "p = s.is_alpha()", "p is True"),
    Story("attr_df_property", PD, "n = len(df.colums)", "n == 3"),
    Story("attr_df_column", PD, "m = df.temprature.mean()", "round(m, 3) == 2.333"),
    Story("attr_df_column_space", PD, "m = df.unit_price.sum()", "m == 12"),
    Story("attr_df_method", PD, "g = df.gruopby('city')['temperature'].sum()", "g['a'] == 5.0"),
    Story("attr_module", "import math", "r = math.squrt(16)", "r == 4"),
    Story("attr_numpy", "import numpy as np", "a = np.arrange(4)", "a.tolist() == [0, 1, 2, 3]"),
    Story(
        "attr_pandas_reader",
        "import pandas as pd\nimport io\nbuf = io.StringIO('a,b\\n1,2\\n')",
        "d = pd.read_cvs(buf)",
        "d.shape == (1, 2)",
    ),
    Story(
        "attr_dataframe_case", "import pandas as pd", "d = pd.Dataframe({'a': [1]})", "len(d) == 1"
    ),
    Story(
        "attr_self",
        "class P:\n    def __init__(self):\n        self.balance = 5\n    def double(self):\n        return self.balence * 2",
        "r = P().double()",
        "r == 10",
    ),
    Story(
        "attr_instance",
        "class P:\n    def __init__(self):\n        self.balance = 5\np = P()",
        "r = p.blance + 1",
        "r == 6",
    ),
    Story(
        "attr_chain_lines",
        PD,
        "r = (df\n     .query('temperature > 1')\n     .sort_vales('temperature')\n     .reset_index())",
        "len(r) == 2",
    ),
    Story(
        "attr_agg_string", PD, "r = df.groupby('city')['temperature'].agg('maen')", "r['a'] == 2.5"
    ),
    Story(
        "attr_datetime",
        "import datetime",
        "d = datetime.datetime(2020, 1, 2).isofromat()",
        "d.startswith('2020-01-02')",
    ),
    Story(
        "attr_plt",
        "import matplotlib.pyplot as plt",
        "fig, ax = plt.subplot()\n".replace("subplot()", "sublots()") + "n = 1",
        "n == 1",
    ),
    Story(
        "attr_namedtuple",
        "from collections import namedtuple\nP = namedtuple('P', 'width height')\np = P(2, 3)",
        "a = p.width * p.heigth",
        "a == 6",
    ),
    Story("attr_itertuples", PD, "t = sum(row.temprature for row in df.itertuples())", "t == 7.0"),
    Story("attr_js_length", "xs = [1, 2]", "n = xs.length", "n == 2"),
    Story("attr_push", "xs = [1]", "xs.push(2)", "xs == [1, 2]"),
    Story("attr_has_key", "d = {'a': 1}", "if d.has_key('a'):\n    r = d['a']", "r == 1"),
    Story("attr_not_has_key", "d = {'a': 1}", "r = not d.has_key('b')", "r is True"),
    Story(
        "attr_iteritems",
        "d = {'a': 1}",
        "t = [(k, v) for k, v in d.iteritems()]",
        "t == [('a', 1)]",
    ),
    Story("attr_dict_key", "d = {'name': 'x'}", "n = d.name", "n == 'x'"),
    Story(
        "attr_str_accessor",
        "import pandas as pd\ns = pd.Series(['a', 'b'])",
        "u = s.upper()",
        "u.tolist() == ['A', 'B']",
    ),
    Story(
        "attr_dt_accessor",
        "import pandas as pd\ns = pd.Series(pd.to_datetime(['2020-03-04']))",
        "y = int(s.year.iloc[0])",
        "y == 2020",
    ),
    Story(
        "attr_other_module",
        "import pandas as pd, numpy as np",
        "a = pd.arange(3)",
        "a.tolist() == [0, 1, 2]",
    ),
    Story("attr_twice", PD, "a = df.shpae[0] + df.shpae[1]", "a == 6"),
)

KEYS = (
    Story("key_column", PD, "m = df['temprature'].mean()", "round(m, 3) == 2.333"),
    Story("key_column_case", PD, "m = df['City'].tolist()", "m == ['a', 'b', 'a']"),
    Story("key_column_space", PD, "m = df['unit_price'].sum()", "m == 12"),
    Story(
        "key_list_of_columns",
        PD,
        "d = df[['city', 'temprature']]",
        "list(d) == ['city', 'temperature']",
    ),
    Story("key_loc", PD, "m = df.loc[df.city == 'a', 'temprature'].sum()", "m == 5.0"),
    Story("key_groupby", PD, "g = df.groupby('ctiy')['temperature'].sum()", "g['a'] == 5.0"),
    Story(
        "key_groupby_selected", PD, "g = df.groupby('city')['temprature'].sum()", "g['a'] == 5.0"
    ),
    Story(
        "key_sort_values",
        PD,
        "d = df.sort_values(by='temprature', ascending=False)",
        "d.temperature.iloc[0] == 4.0",
    ),
    Story(
        "key_drop", PD, "d = df.drop(columns=['Unit price'])", "list(d) == ['city', 'temperature']"
    ),
    Story("key_set_index", PD, "d = df.set_index('City')", "d.index.name == 'city'"),
    Story(
        "key_merge",
        PD + "other = pd.DataFrame({'city': ['a', 'b'], 'pop': [1, 2]})",
        "d = df.merge(other, on='citty')",
        "d['pop'].sum() == 4",
    ),
    Story(
        "key_pivot",
        PD,
        "d = df.pivot_table(index='city', values='temprature', aggfunc='sum')",
        "d.loc['a', 'temperature'] == 5.0",
    ),
    Story(
        "key_agg_dict",
        PD,
        "d = df.groupby('city').agg({'temprature': 'sum'})",
        "d.loc['a', 'temperature'] == 5.0",
    ),
    Story("key_dropna_subset", PD, "d = df.dropna(subset=['temprature'])", "len(d) == 3"),
    Story("key_drop_duplicates", PD, "d = df.drop_duplicates(subset='ctiy')", "len(d) == 2"),
    Story("key_astype", PD, "d = df.astype({'temprature': int})", "d.temperature.sum() == 7"),
    Story("key_query", PD, "d = df.query('temprature > 1')", "len(d) == 2"),
    Story(
        "key_usecols",
        "import pandas as pd, io\ntext = 'price,qty\\n1,2\\n3,4\\n'",
        "d = pd.read_csv(io.StringIO(text), usecols=['prcie'])",
        "d['price'].sum() == 4",
    ),
    Story(
        "key_parse_dates",
        "import pandas as pd, io\ntext = 'date,qty\\n2020-01-02,2\\n'",
        "d = pd.read_csv(io.StringIO(text), parse_dates=['Date'])",
        "d['date'].dt.year.iloc[0] == 2020",
    ),
    Story(
        "key_plot",
        PD + "import matplotlib.pyplot as plt",
        "ax = df.plot(x='city', y='temprature')\nn = len(ax.lines)",
        "n == 1",
    ),
    Story(
        "key_series_label",
        "import pandas as pd\ns = pd.Series([1, 2], index=['north', 'south'])",
        "v = int(s['nroth'])",
        "v == 1",
    ),
    Story(
        "key_index_label",
        PD + "d = df.set_index('city')",
        "v = d.loc['b', 'temprature']",
        "v == 2.0",
    ),
    Story(
        "key_dict", "config = {'learning_rate': 0.1}", "r = config['learning_rat'] * 10", "r == 1.0"
    ),
    Story("key_dict_case", "config = {'Host': 'x'}", "h = config['host']", "h == 'x'"),
    Story(
        "key_nested_json",
        "data = {'results': [{'name': 'x', 'address': {'street': 's'}}]}",
        "s = data['results'][0]['adress']['street']",
        "s == 's'",
    ),
    Story(
        "key_in_function",
        "def total(rows):\n    return sum(r['amuont'] for r in rows)",
        "t = total([{'amount': 1}, {'amount': 2}])",
        "t == 3",
    ),
    Story("key_str_for_int", "d = {1: 'a', 2: 'b'}", "v = d['1']", "v == 'a'"),
    Story("key_int_for_str", "d = {'1': 'a'}", "v = d[1]", "v == 'a'"),
    Story(
        "key_int_variable",
        "d = {str(i): i * i for i in range(4)}",
        "t = 0\nfor i in range(4):\n    t += d[i]",
        "t == 14",
    ),
    Story(
        "key_str_variable",
        "d = {i: i * i for i in range(4)}\nnames = ['1', '3']",
        "t = sum(d[n] for n in names)",
        "t == 10",
    ),
    Story(
        "key_passed_to_function",
        PD + "def col_mean(frame, column):\n    return frame[column].mean()",
        "m = col_mean(df, 'temprature')",
        "round(m, 3) == 2.333",
    ),
    Story(
        "key_from_variable",
        PD,
        "cols = ['city', 'temprature']\nd = df[cols]",
        "list(d) == ['city', 'temperature']",
    ),
    Story(
        "key_loop_variable",
        PD,
        "out = []\nfor c in ['temprature', 'Unit Price']:\n    out.append(df[c].sum())",
        "out == [7.0, 12]",
    ),
    Story(
        "key_several_columns",
        PD,
        "d = df['city', 'temperature']",
        "list(d) == ['city', 'temperature']",
    ),
    Story(
        "key_row_label", PD + "d = df.set_index('city')", "v = d['b']['temperature']", "v == 2.0"
    ),
    Story("key_format", "", "s = 'hi {nmae}'.format(name='x')", "s == 'hi x'"),
    Story(
        "key_environ_like",
        "settings = {'database_url': 'x', 'debug': True}",
        "u = settings['databse_url']",
        "u == 'x'",
    ),
    Story("key_pop", "d = {'alpha': 1}", "v = d.pop('aplha')", "v == 1"),
    Story(
        "key_regex_group",
        "import re\nm = re.match(r'(?P<year>\\d+)', '2020')",
        "y = m.group('yaer')",
        "y == '2020'",
    ),
    Story(
        "key_structured",
        "import numpy as np\na = np.array([(1, 2.0)], dtype=[('count', int), ('weight', float)])",
        "w = float(a['wieght'][0])",
        "w == 2.0",
    ),
    Story(
        "key_trailing_space",
        "import pandas as pd\nd = pd.DataFrame({' price ': [1, 2]})",
        "s = int(d['price'].sum())",
        "s == 3",
    ),
    Story("key_twice", PD, "r = df['temprature'].max() - df['temprature'].min()", "r == 3.0"),
    Story(
        "key_module_on_disk",
        "import sys\nsys.path.insert(0, '.')\nimport shop_a",
        "t = shop_a.revenue([{'price': 2, 'quantity': 3}])",
        "t == 6",
        files=(
            (
                "shop_a.py",
                "def revenue(rows):\n    return sum(r['price'] * r['quantitiy'] for r in rows)\n",
            ),
        ),
    ),
    Story(
        "key_method_class",
        "class Report:\n    def __init__(self, rows):\n        self.rows = rows\n    def total(self):\n        return sum(row['vlaue'] for row in self.rows)",
        "t = Report([{'value': 4}]).total()",
        "t == 4",
    ),
    Story(
        "key_apply", PD, "s = df.apply(lambda row: row['temprature'] * 2, axis=1)", "s.sum() == 14"
    ),
    Story("key_nlargest", PD, "v = df.nlargest(1, 'temprature')['city'].iloc[0]", "v == 'a'"),
    Story("key_melt", PD, "d = df.melt(id_vars='City', value_vars=['temperature'])", "len(d) == 3"),
)

IMPORTS = (
    Story("import_np", "", "a = np.arange(3).sum()", "a == 3"),
    Story("import_pd", "", "d = pd.DataFrame({'a': [1]})\nn = len(d)", "n == 1"),
    Story("import_plt", "", "fig, ax = plt.subplots()\nn = 1", "n == 1"),
    Story("import_path", "", "p = Path('a') / 'b'\nn = p.name", "n == 'b'"),
    Story("import_defaultdict", "", "d = defaultdict(list)\nd['a'].append(1)", "d['a'] == [1]"),
    Story("import_counter", "", "c = Counter('aab').most_common(1)[0][1]", "c == 2"),
    Story("import_datetime", "", "y = datetime(2020, 1, 2).year", "y == 2020"),
    Story("import_datetime_module", "", "y = datetime.datetime(2020, 1, 2).year", "y == 2020"),
    Story(
        "import_timedelta",
        "from datetime import datetime",
        "y = datetime(2020, 1, 2) + timedelta(days=1)",
        "y.day == 3",
    ),
    Story("import_json", "", "s = json.dumps([1])", "s == '[1]'"),
    Story("import_os_path", "", "s = os.path.join('a', 'b')", "s == 'a/b'"),
    Story("import_re", "", "m = re.findall('a', 'aa')", "m == ['a', 'a']"),
    Story("import_math", "", "m = math.floor(2.5)", "m == 2"),
    Story("import_reduce", "", "m = reduce(lambda a, b: a * b, [1, 2, 3])", "m == 6"),
    Story("import_dataclass", "", "@dataclass\nclass P:\n    x: int\np = P(3).x", "p == 3"),
    Story("import_sqrt_exported", "import math", "r = sqrt(16)", "r == 4"),
    Story(
        "import_linspace_np",
        "import numpy as np",
        "r = linspace(0, 1, 3).tolist()",
        "r == [0, 0.5, 1]",
    ),
    Story(
        "import_submodule",
        "import sys\nsys.path.insert(0, '.')\nimport shapes_f",
        "t = shapes_f.round.area.circle(2)",
        "t == 12",
        files=(
            ("shapes_f/__init__.py", ""),
            ("shapes_f/round/__init__.py", ""),
            ("shapes_f/round/area.py", "def circle(r):\n    return 3 * r * r\n"),
        ),
    ),
    Story("import_misspelt_module", "", "import nunpy as np\na = np.arange(3).sum()", "a == 3"),
    Story("import_misspelt_std", "", "import colections\nc = 1", "c == 1"),
    Story(
        "import_from_misspelt",
        "",
        "from collections import defualtdict\nd = defualtdict(int)\nd['a'] += 1",
        "d['a'] == 1",
    ),
    Story(
        "import_from_misspelt_module",
        "",
        "from itertool import chain\nx = list(chain([1], [2]))",
        "x == [1, 2]",
    ),
    Story(
        "import_moved_sklearn",
        "",
        "from sklearn.cross_validation import train_test_split\na, b = train_test_split([1, 2, 3, 4], test_size=0.5)",
        "len(a) == 2",
    ),
    Story(
        "import_moved_name",
        "",
        "from collections import Mapping\nr = isinstance({}, Mapping)",
        "r is True",
    ),
    Story(
        "import_train_test_split",
        "",
        "a, b = train_test_split([1, 2, 3, 4], test_size=0.5)",
        "len(a) == 2",
    ),
    Story(
        "import_in_function",
        "def pick():\n    return random.Random(1).randint(1, 1)",
        "r = pick()",
        "r == 1",
    ),
    Story(
        "import_after_imports",
        "",
        "import os\nimport sys\n\nx = itertools.count(3)\nv = next(x)",
        "v == 3",
    ),
    Story("import_cell_magic_line", "", "%precision 3\nx = np.ones(2).sum()", "x == 2"),
    Story("import_statistics", "", "m = statistics.mean([1, 3])", "m == 2"),
)

TYPES = (
    Story("type_str_plus_int", "n = 3", "s = 'n = ' + n", "s == 'n = 3'"),
    Story("type_int_plus_str", "n = 3", "s = n + ' apples'", "s == '3 apples'"),
    Story(
        "type_chain_concat",
        "age = 30\nname = 'Al'",
        "s = name + ' is ' + age + ' years'",
        "s == 'Al is 30 years'",
    ),
    Story("type_numeric_text_plus", "qty = '4'\nprice = 2", "t = qty + price", "t in (6, '42')"),
    Story("type_numeric_text_times", "qty = '4'", "t = qty * 2.5", "t == 10"),
    Story("type_numeric_text_minus", "qty = '4'", "t = qty - 1", "t == 3"),
    Story("type_compare", "age = '30'", "old = age > 18", "old is True"),
    Story("type_join", "xs = [1, 2]", "s = ','.join(xs)", "s == '1,2'"),
    Story("type_join_gen", "xs = [1, 2]", "s = ','.join(x for x in xs)", "s == '1,2'"),
    Story("type_sum_texts", "xs = ['1', '2']", "s = sum(xs)", "s == 3"),
    Story("type_range_half", "n = 10", "xs = [i for i in range(n / 2)]", "xs == [0, 1, 2, 3, 4]"),
    Story("type_index_half", "xs = [1, 2, 3]", "m = xs[len(xs) / 2]", "m == 2"),
    Story("type_slice_half", "xs = [1, 2, 3, 4]", "m = xs[:len(xs) / 2]", "m == [1, 2]"),
    Story("type_range_text", "n = '3'", "xs = list(range(n))", "xs == [0, 1, 2]"),
    Story("type_int_of_float_text", "s = '3.0'", "n = int(s)", "n == 3"),
    Story("type_thousands", "s = '1,234'", "n = int(s)", "n == 1234"),
    Story(
        "type_dollars", "rows = ['$5.50', '$2.00']", "t = sum(float(r) for r in rows)", "t == 7.5"
    ),
    Story(
        "type_column_thousands",
        "import pandas as pd\nd = pd.DataFrame({'v': ['1,200', '300']})",
        "t = d['v'].astype(float).sum()",
        "t == 1500",
    ),
    Story("type_percent_d", "n = '7'", "s = '%d items' % n", "s == '7 items'"),
    Story("type_sqrt_text", "import math\ns = '16'", "r = math.sqrt(s)", "r == 4"),
    Story("type_round_text", "s = '3.14159'", "r = round(s, 2)", "r == 3.14"),
    Story("type_augmented", "s = 'n: '\nn = 4", "s += n", "s == 'n: 4'"),
    Story(
        "type_in_function",
        "def label(name, number):\n    return name + number",
        "s = label('run ', 7)",
        "s == 'run 7'",
    ),
    Story("type_list_plus_tuple", "xs = [1]\nt = (2, 3)", "r = xs + t", "r == [1, 2, 3]"),
    Story(
        "type_path_plus",
        "from pathlib import Path\np = Path('data')",
        "r = p + 'a.csv'",
        "str(r) == 'data/a.csv'",
    ),
    Story("type_for_int", "n = 3", "t = 0\nfor i in n:\n    t += i", "t == 3"),
    Story(
        "type_for_len",
        "xs = [5, 6]",
        "t = []\nfor i in len(xs):\n    t.append(xs[i])",
        "t == [5, 6]",
    ),
    Story(
        "type_dict_pairs", "d = {'abc': 1, 'cde': 2}", "t = 0\nfor k, v in d:\n    t += v", "t == 3"
    ),
    Story("type_enumerate", "xs = [5, 6]", "t = 0\nfor i, x in xs:\n    t += i * x", "t == 6"),
    Story("type_and_mask", PD, "d = df[(df.temperature > 1) and (df.city == 'a')]", "len(d) == 1"),
    Story(
        "type_and_mask_plain", PD, "d = df[df.temperature > 1 and df.city == 'a']", "len(d) == 1"
    ),
    Story("type_numeric_only", PD, "m = df.groupby('temperature').mean()", "'Unit Price' in m"),
    Story("type_corr_texts", PD, "m = df.corr()", "'city' not in m"),
    Story(
        "type_np_linspace", "import numpy as np\nn = 5.0", "a = np.linspace(0, 1, n)", "len(a) == 5"
    ),
    Story("type_repeat_float", "", "s = 'ab' * (6 / 3)", "s == 'abab'"),
    Story("type_zeros_float", "import numpy as np\nn = 6", "a = np.zeros(n / 2)", "len(a) == 3"),
    Story("type_input_like", "answers = {'age': '41'}", "n = answers['age'] + 1", "n == 42"),
)

BOUNDS = (
    Story(
        "bound_range_plus_one",
        "xs = [1, 2, 3]",
        "t = 0\nfor i in range(len(xs) + 1):\n    t += xs[i]",
        "t == 6",
    ),
    Story(
        "bound_next_item",
        "xs = [1, 4, 9]",
        "d = []\nfor i in range(len(xs)):\n    d.append(xs[i + 1] - xs[i])",
        "d == [3, 5]",
    ),
    Story("bound_len_index", "xs = [1, 2, 3]", "last = xs[len(xs)]", "last == 3"),
    Story(
        "bound_while",
        "xs = [1, 2, 3]",
        "i = t = 0\nwhile i <= len(xs):\n    t += xs[i]\n    i += 1",
        "t == 6",
    ),
    Story(
        "bound_variable_n",
        "xs = [1, 2, 3]\nn = len(xs)",
        "t = 0\nfor i in range(n + 1):\n    t += xs[i]",
        "t == 6",
    ),
    Story(
        "bound_one_based",
        "xs = [1, 2, 3]",
        "t = 0\nfor i in range(1, len(xs) + 1):\n    t += xs[i]",
        "t == 6",
    ),
    Story(
        "bound_matrix",
        "m = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1]]",
        "t = 0\nfor i in range(len(m)):\n    for j in range(len(m)):\n        t += m[i][j]",
        "t == 48",
    ),
    Story(
        "bound_numpy_axis",
        "import numpy as np\na = np.ones((2, 3))",
        "t = 0\nfor i in range(a.shape[0]):\n    for j in range(a.shape[1] + 1):\n        t += a[i, j]",
        "t == 6",
    ),
    Story(
        "bound_numpy_swapped",
        "import numpy as np\na = np.ones((4, 3))",
        "t = 0\nfor i in range(4):\n    for j in range(a.shape[0]):\n        t += a[i, j]",
        "t == 12",
    ),
    Story(
        "bound_iloc",
        PD,
        "t = 0\nfor i in range(len(df) + 1):\n    t += df['temperature'].iloc[i]",
        "t == 7",
    ),
    Story(
        "bound_df_loc",
        PD,
        "t = 0\nfor i in range(len(df) + 1):\n    t += df.loc[i, 'temperature']",
        "t == 7",
    ),
    Story(
        "bound_series_label",
        PD,
        "t = 0\nfor i in range(len(df) + 1):\n    t += df['temperature'][i]",
        "t == 7",
    ),
    Story(
        "bound_function",
        "def total(xs):\n    t = 0\n    for i in range(len(xs) + 1):\n        t += xs[i]\n    return t",
        "t = total([1, 2, 3])",
        "t == 6",
    ),
    Story(
        "bound_comprehension",
        "xs = [1, 2, 3]",
        "d = [xs[i + 1] + xs[i] for i in range(len(xs))]",
        "d == [3, 5]",
    ),
    Story(
        "bound_string",
        "s = 'abc'",
        "r = ''\nfor i in range(len(s) + 1):\n    r = s[i] + r",
        "r == 'cba'",
    ),
    Story(
        "bound_append", "", "sq = []\nfor i in range(4):\n    sq[i] = i * i", "sq == [0, 1, 4, 9]"
    ),
    Story(
        "bound_pairs_two_ahead",
        "xs = [1, 2, 3, 4]",
        "w = []\nfor i in range(len(xs)):\n    w.append(sum([xs[i], xs[i + 1], xs[i + 2]]))",
        "w == [6, 9]",
    ),
    Story(
        "bound_module",
        "import sys\nsys.path.insert(0, '.')\nimport sums_b",
        "t = sums_b.diffs([1, 4, 9])",
        "t == [3, 5]",
        files=(
            (
                "sums_b.py",
                "def diffs(xs):\n    out = []\n    for i in range(len(xs)):\n        out.append(xs[i + 1] - xs[i])\n    return out\n",
            ),
        ),
    ),
    Story(
        "bound_caller",
        "xs = [1, 2, 3]\ndef item(i):\n    return xs[i]",
        "t = 0\nfor k in range(len(xs) + 1):\n    t += item(k)",
        "t == 6",
    ),
    Story(
        "bound_axis",
        "import numpy as np\na = np.ones((2, 3))",
        "s = np.sum(a, axis=2).tolist()",
        "s == [3, 3]",
    ),
    Story("bound_last_variable", "xs = [1, 2, 3]", "last = len(xs)\nv = xs[last]", "v == 3"),
    Story(
        "bound_randint",
        "import random\nrandom.seed(3)\nxs = [7]",
        "v = [xs[random.randint(0, len(xs))] for _ in range(20)]",
        "v == [7] * 20",
    ),
    Story(
        "bound_while_less_plus",
        "xs = [1, 2, 3]",
        "i = t = 0\nwhile i < len(xs) + 1:\n    t += xs[i]\n    i += 1",
        "t == 6",
    ),
    Story(
        "bound_constant", "xs = [1, 2, 3]", "t = 0\nfor i in range(5):\n    t += xs[i]", "t == 6"
    ),
)

RENAMES = (
    Story("np_NaN", "import numpy as np", "x = np.NaN", "x != x"),
    Story(
        "np_float", "import numpy as np", "x = np.array([1, 2]).astype(np.float).sum()", "x == 3.0"
    ),
    Story("np_int", "import numpy as np", "x = np.zeros(2, dtype=np.int).sum()", "x == 0"),
    Story("np_product", "import numpy as np", "x = np.product([2, 3])", "x == 6"),
    Story(
        "np_in1d", "import numpy as np", "x = np.in1d([1, 2], [2]).tolist()", "x == [False, True]"
    ),
    Story("np_trapz", "import numpy as np", "x = np.trapz([1, 2, 3])", "x == 4.0"),
    Story("np_alltrue", "import numpy as np", "x = bool(np.alltrue([True, True]))", "x is True"),
    Story("np_Inf", "import numpy as np", "x = -np.Inf", "x == float('-inf')"),
    Story("np_asscalar", "import numpy as np", "x = np.asscalar(np.array([3]))", "x == 3"),
    Story(
        "np_cumproduct",
        "import numpy as np",
        "x = np.cumproduct([1, 2, 3]).tolist()",
        "x == [1, 2, 6]",
    ),
    Story("np_float_", "import numpy as np", "x = float(np.float_(2))", "x == 2.0"),
    Story(
        "df_append_row",
        PD,
        "df2 = df.append({'city': 'c', 'temperature': 5.0, 'Unit Price': 6}, ignore_index=True)",
        "len(df2) == 4",
    ),
    Story("df_append_frame", PD, "df2 = df.append(df)", "len(df2) == 6"),
    Story(
        "df_append_loop",
        "import pandas as pd\nout = pd.DataFrame()",
        "for i in range(3):\n    out = out.append({'i': i}, ignore_index=True)",
        "out['i'].tolist() == [0, 1, 2]",
    ),
    Story(
        "df_iteritems",
        PD,
        "names = [n for n, c in df.iteritems()]",
        "names == ['city', 'temperature', 'Unit Price']",
    ),
    Story("df_ix_label", PD, "v = df.ix[1, 'temperature']", "v == 2.0"),
    Story("df_ix_mask", PD, "v = df.ix[df.city == 'a', 'temperature'].sum()", "v == 5.0"),
    Story(
        "df_applymap",
        "import pandas as pd\nd = pd.DataFrame({'a': [1, 2]})",
        "r = d.applymap(lambda v: v * 2)",
        "r['a'].tolist() == [2, 4]",
    ),
    Story("df_as_matrix", PD, "m = df[['temperature']].as_matrix().sum()", "m == 7.0"),
    Story(
        "fillna_method",
        "import pandas as pd\ns = pd.Series([1, None, 3])",
        "r = s.fillna(method='ffill').sum()",
        "r == 5",
    ),
    Story(
        "delim_whitespace",
        "import pandas as pd, io",
        "d = pd.read_csv(io.StringIO('a b\\n1  2\\n'), delim_whitespace=True)",
        "d['b'].iloc[0] == 2",
    ),
    Story(
        "line_terminator",
        PD,
        "t = df.to_csv(index=False, line_terminator=';')",
        "t.count(';') == 4",
    ),
    Story(
        "error_bad_lines",
        "import pandas as pd, io",
        "d = pd.read_csv(io.StringIO('a,b\\n1,2\\n1,2,3\\n'), error_bad_lines=False)",
        "len(d) == 1",
    ),
    Story(
        "frequency_M",
        "import pandas as pd\ns = pd.Series([1, 2], index=pd.to_datetime(['2020-01-01', '2020-02-02']))",
        "m = s.resample('M').sum().tolist()",
        "m == [1, 2]",
    ),
    Story(
        "frequency_H",
        "import pandas as pd",
        "r = pd.date_range('2020-01-01', periods=2, freq='H')",
        "r[1].hour == 1",
    ),
    Story(
        "date_range_closed",
        "import pandas as pd",
        "r = pd.date_range('2020-01-01', '2020-01-03', closed='left')",
        "len(r) == 2",
    ),
    Story(
        "level_mean",
        "import pandas as pd\ns = pd.Series([1, 3], index=pd.MultiIndex.from_tuples([('a', 1), ('a', 2)]))",
        "m = s.mean(level=0)",
        "m['a'] == 2",
    ),
    Story(
        "drop_positional", PD, "d = df.drop('city', 1)", "list(d) == ['temperature', 'Unit Price']"
    ),
    Story(
        "pivot_positional",
        PD + "d0 = pd.DataFrame({'a': [1, 1], 'b': ['x', 'y'], 'c': [5, 6]})",
        "d = d0.pivot('a', 'b', 'c')",
        "d.loc[1, 'y'] == 6",
    ),
    Story("concat_two", PD, "d = pd.concat(df, df)", "len(d) == 6"),
    Story("pd_np", PD, "x = pd.np.mean([1, 3])", "x == 2"),
    Story(
        "dt_week",
        "import pandas as pd\ns = pd.Series(pd.to_datetime(['2020-01-08']))",
        "w = int(s.dt.week.iloc[0])",
        "w == 2",
    ),
    Story(
        "is_monotonic",
        "import pandas as pd\ns = pd.Series([1, 2])",
        "m = s.is_monotonic",
        "m is True",
    ),
    Story(
        "rolling_mean",
        "import pandas as pd\ns = pd.Series([1.0, 3.0])",
        "m = pd.rolling_mean(s, 2).iloc[1]",
        "m == 2.0",
    ),
    Story(
        "hist_normed",
        "import matplotlib.pyplot as plt",
        "n = plt.hist([1, 2, 3], normed=True)[0].sum()",
        "n > 0",
    ),
    Story("time_clock", "import time", "t = time.clock() >= 0", "t is True"),
    Story(
        "collections_Iterable",
        "import collections",
        "r = isinstance([], collections.Iterable)",
        "r is True",
    ),
    Story("kw_misspelt_np", "import numpy as np", "a = np.zeros(2, dytpe=int).sum()", "a == 0"),
    Story(
        "kw_misspelt_pd",
        "import pandas as pd, io",
        "d = pd.read_csv(io.StringIO('a;b\\n1;2'), seperator=';')".replace(
            "seperator", "delimeter"
        ),
        "d['b'].iloc[0] == 2",
    ),
    Story(
        "kw_misspelt_own",
        "def area(width, height=1):\n    return width * height",
        "a = area(2, heigth=3)",
        "a == 6",
    ),
    Story(
        "kw_misspelt_plt",
        "import matplotlib.pyplot as plt",
        "l = plt.plot([1, 2], colour='red')[0].get_color()",
        "l == 'red'",
    ),
    Story(
        "kw_misspelt_ascending",
        PD,
        "d = df.sort_values('temperature', asscending=False)",
        "d['temperature'].iloc[0] == 4.0",
    ),
    Story("kw_sorted", "xs = [1, 3, 2]", "r = sorted(xs, revrese=True)", "r == [3, 2, 1]"),
    Story(
        "kw_sorted_ascending", "xs = [1, 3, 2]", "r = sorted(xs, ascending=False)", "r == [3, 2, 1]"
    ),
    Story(
        "sklearn_sparse",
        "from sklearn.preprocessing import OneHotEncoder",
        "e = OneHotEncoder(sparse=False).fit_transform([['a'], ['b']]).shape",
        "e == (2, 2)",
    ),
    Story(
        "sklearn_squared",
        "from sklearn.metrics import mean_squared_error",
        "e = mean_squared_error([0, 0], [2, 2], squared=False)",
        "e == 2",
    ),
    Story(
        "option_kind",
        PD + "import matplotlib.pyplot as plt",
        "ax = df.plot(kind='barr', x='city', y='temperature')\nn = len(ax.patches)",
        "n == 3",
    ),
    Story("option_how", PD, "d = df.merge(df, on='city', how='outter')", "len(d) == 5"),
    Story(
        "option_dtype",
        "import numpy as np",
        "a = np.zeros(2, dtype='flaot64').dtype.name",
        "a == 'float64'",
    ),
    Story(
        "option_cmap",
        "import matplotlib.pyplot as plt\nimport numpy as np",
        "n = plt.imshow(np.ones((2, 2)), cmap='virids').get_cmap().name",
        "n == 'viridis'",
    ),
    Story(
        "option_color",
        "import matplotlib.pyplot as plt",
        "n = plt.plot([1, 2], color='ornage')[0].get_color()",
        "n == 'orange'",
    ),
)

CALLS = (
    Story("call_zeros", "import numpy as np", "a = np.zeros(2, 3).shape", "a == (2, 3)"),
    Story("call_rand", "import numpy as np", "a = np.random.rand((2, 3)).shape", "a == (2, 3)"),
    Story(
        "call_concatenate",
        "import numpy as np\na = np.ones(2)\nb = np.ones(3)",
        "c = np.concatenate(a, b)",
        "len(c) == 5",
    ),
    Story(
        "call_vstack",
        "import numpy as np\na = np.ones(2)",
        "c = np.vstack(a, a).shape",
        "c == (2, 2)",
    ),
    Story("call_isinstance", "", "r = isinstance(3, [int, str])", "r is True"),
    Story(
        "call_method_missing_parens",
        "s = 'ab cd'",
        "r = s.title.split()".replace("title.split", "title.split"),
        "r == ['Ab', 'Cd']",
    ),
    Story("call_items_missing", "d = {'a': 1}", "t = [v for k, v in d.items]", "t == [1]"),
    Story("call_head_brackets", PD, "h = df.head[2]", "len(h) == 2"),
    Story("call_mean_missing", PD, "h = df.temperature.max - 1", "h == 3.0"),
    Story("call_list_called", "xs = [1, 2]", "v = xs(1)", "v == 2"),
    Story("call_frame_called", PD, "v = df('temperature').sum()", "v == 7.0"),
    Story("call_shape", PD, "r = df.shape()", "r == (3, 3)"),
    Story("call_module", "import datetime", "y = datetime(2020, 1, 2).year", "y == 2020"),
    Story("call_keys_index", "d = {'a': 1}", "k = d.keys()[0]", "k == 'a'"),
    Story("call_zip_index", "", "p = zip([1], [2])[0]", "p == (1, 2)"),
    Story("call_map_len", "", "n = len(map(str, [1, 2]))", "n == 2"),
    Story("none_sort", "xs = [3, 1]", "ys = xs.sort()\nfirst = ys[0]", "first == 1"),
    Story("none_append", "xs = [3]", "xs = xs.append(4)\nn = len(xs)", "n == 2 and xs == [3, 4]"),
    Story("none_inplace", PD, "d = df.dropna(inplace=True)\nn = d.shape[0]", "n == 3"),
    Story(
        "none_inplace_kw_first",
        PD,
        "d = df.sort_values(inplace=True, by='temperature')\nn = d['city'].iloc[0]",
        "n == 'a'",
    ),
    Story("none_inplace_chain", PD, "n = df.reset_index(inplace=True).shape", "n == (3, 4)"),
    Story("json_load_text", "import json\ns = '{\"a\": 1}'", "d = json.load(s)", "d == {'a': 1}"),
    Story(
        "json_loads_file",
        "import json",
        "with open('c.json') as f:\n    d = json.loads(f)",
        "d == [1]",
        files=(("c.json", "[1]"),),
    ),
    Story(
        "method_self",
        "",
        "class A:\n    def area(width):\n        return width * 2\nr = A().area(3)",
        "r == 6",
    ),
    Story("hashable", "seen = set()", "seen.add([1, 2])", "seen == {(1, 2)}"),
    Story(
        "left_out",
        "def scale(values, factor):\n    return [v * factor for v in values]\nfactor = 3",
        "r = scale([1, 2])",
        "r == [3, 6]",
    ),
)

PATHS = (
    Story(
        "path_misspelt",
        "import pandas as pd",
        "d = pd.read_csv('sales_dta.csv')",
        "len(d) == 1",
        files=(("sales_data.csv", "a,b\n1,2\n"),),
    ),
    Story("path_case", "", "t = open('notes.txt').read()", "t == 'x'", files=(("Notes.TXT", "x"),)),
    Story(
        "path_subfolder",
        "",
        "t = open('deep.txt').read()",
        "t == 'x'",
        files=(("inputs/deep.txt", "x"),),
    ),
    Story(
        "path_extension",
        "",
        "t = open('report_a').read()",
        "t == 'x'",
        files=(("report_a.txt", "x"),),
    ),
    Story(
        "path_folder",
        "",
        "t = open('datas/some.txt').read()",
        "t == 'x'",
        files=(("data/some.txt", "x"),),
    ),
    Story(
        "path_joined",
        "from pathlib import Path\nbase = Path('.').resolve()",
        "t = (base / 'mesures.txt').read_text()",
        "t == 'x'",
        files=(("measures.txt", "x"),),
    ),
)

STORIES = (*NAMES, *ATTRIBUTES, *KEYS, *IMPORTS, *TYPES, *BOUNDS, *RENAMES, *CALLS, *PATHS)
