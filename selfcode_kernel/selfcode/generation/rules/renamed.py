"""What was renamed or removed, where no inspection can tell; each use checks that the new exists.

A template says what takes the place: `{base}` is the text before the dot, `{0}` the first argument
of the call, `{args}` all of them, `{numpy}` the name under which the module is imported.
"""

from __future__ import annotations


def _table(owner: str, text: str) -> dict[tuple[str, str], str]:
    pairs = (line.split(" -> ") for line in text.strip().splitlines())
    return {(owner, old.strip()): new.strip() for old, new in pairs}


_STRING_LIKE = """
trim -> {base}.strip
toUpperCase -> {base}.upper
toLowerCase -> {base}.lower
substring -> {base}[{0}:{1}]
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
_FRAME = """
iteritems -> {base}.items
as_matrix() -> {base}.to_numpy()
get_values() -> {base}.to_numpy()
applymap -> {base}.map
get_value() -> {base}.at[{0}, {1}]
sort -> {base}.sort_values
mad() -> ({base} - {base}.mean()).abs().mean()
pad -> {base}.ffill
backfill -> {base}.bfill
tshift -> {base}.shift
get_dtype_counts() -> {base}.dtypes.value_counts()
convert_objects() -> {base}.infer_objects()
reindex_axis -> {base}.reindex
swapaxes() -> {base}.T
length -> len({base})
length() -> len({base})
len() -> len({base})
to_array() -> {base}.to_numpy()
"""
_SERIES = """
iteritems -> {base}.items
as_matrix() -> {base}.to_numpy()
get_values() -> {base}.to_numpy()
order -> {base}.sort_values
sort -> {base}.sort_values
mad() -> ({base} - {base}.mean()).abs().mean()
is_monotonic -> {base}.is_monotonic_increasing
nonzero() -> {base}.to_numpy().nonzero()
ravel() -> {base}.to_numpy()
pad -> {base}.ffill
backfill -> {base}.bfill
tshift -> {base}.shift
get_value() -> {base}.at[{0}]
argsort_values -> {base}.argsort
applymap -> {base}.map
contains() -> {base}.str.contains({args})
startswith() -> {base}.str.startswith({args})
endswith() -> {base}.str.endswith({args})
lower() -> {base}.str.lower()
upper() -> {base}.str.upper()
strip() -> {base}.str.strip({args})
split() -> {base}.str.split({args})
title() -> {base}.str.title()
year -> {base}.dt.year
month -> {base}.dt.month
day -> {base}.dt.day
hour -> {base}.dt.hour
weekday -> {base}.dt.weekday
dayofweek -> {base}.dt.dayofweek
strftime() -> {base}.dt.strftime({args})
length -> len({base})
length() -> len({base})
"""
_PANDAS = """
value_counts() -> {base}.Series({0}).value_counts()
rolling_mean() -> {0}.rolling({1}).mean()
rolling_sum() -> {0}.rolling({1}).sum()
rolling_std() -> {0}.rolling({1}).std()
rolling_median() -> {0}.rolling({1}).median()
rolling_max() -> {0}.rolling({1}).max()
rolling_min() -> {0}.rolling({1}).min()
scatter_matrix -> {base}.plotting.scatter_matrix
np -> {numpy}
datetime -> {datetime}.datetime
TimeGrouper() -> {base}.Grouper(freq={0})
Int64Index -> {base}.Index
Float64Index -> {base}.Index
UInt64Index -> {base}.Index
groupby() -> {0}.groupby({rest})
to_csv() -> {0}.to_csv({rest})
dataframe -> {base}.DataFrame
series -> {base}.Series
"""
_NUMPY = """
product -> {base}.prod
cumproduct -> {base}.cumprod
alltrue -> {base}.all
sometrue -> {base}.any
in1d -> {base}.isin
trapz -> {base}.trapezoid
row_stack -> {base}.vstack
asscalar() -> {0}.item()
alen() -> len({0})
rank -> {base}.ndim
msort() -> {base}.sort({0}, axis=0)
asfarray() -> {base}.asarray({0}, dtype=float)
float -> float
int -> int
bool -> bool
object -> object
str -> str
complex -> complex
unicode -> str
long -> int
float_ -> {base}.float64
complex_ -> {base}.complex128
string_ -> {base}.bytes_
unicode_ -> {base}.str_
NaN -> {base}.nan
NAN -> {base}.nan
Inf -> {base}.inf
Infinity -> {base}.inf
PINF -> {base}.inf
NINF -> -{base}.inf
infty -> {base}.inf
PZERO -> 0.0
NZERO -> -0.0
cast -> {base}.asarray
round_ -> {base}.round
mat -> {base}.asmatrix
"""
_DICT = """
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
TEMPLATES: dict[tuple[str, str], str] = {
    **_table("builtins.str", _STRING_LIKE),
    **_table("builtins.list", _LIST_LIKE),
    **_table("builtins.tuple", "length -> len({base})\nlength() -> len({base})\n"
             "size() -> len({base})"),
    **_table("builtins.set", "append -> {base}.add\npush -> {base}.add\nlength -> len({base})\n"
             "size() -> len({base})\nextend -> {base}.update\ncontains() -> {0} in {base}"),
    **_table("builtins.dict", _DICT),
    **_table("pandas.DataFrame", _FRAME),
    **_table("pandas.Series", _SERIES),
    **_table("pandas.Index", "as_matrix() -> {base}.to_numpy()\nget_values() -> {base}.to_numpy()\n"
             "is_monotonic -> {base}.is_monotonic_increasing\nweek -> {base}.isocalendar().week\n"
             "weekofyear -> {base}.isocalendar().week\nto_native_types() -> {base}.astype(str)"),
    **_table("pandas.core.indexes.accessors.DatetimeProperties",
             "week -> {base}.isocalendar().week\nweekofyear -> {base}.isocalendar().week"),
    **_table("pandas.Timestamp", "weekofyear -> {base}.week"),
    **_table("pandas.ExcelWriter", "save -> {base}.close"),
    **_table("pandas.io.formats.style.Styler", "render -> {base}.to_html\nhide_index() -> "
             "{base}.hide()\nset_precision() -> {base}.format(precision={0})"),
    **_table("pandas", _PANDAS),
    **_table("pandas.io.json", "json_normalize -> {pandas}.json_normalize"),
    **_table("numpy", _NUMPY),
    **_table("numpy.ndarray", "tostring -> {base}.tobytes\nlength -> len({base})\n"
             "to_numpy() -> {base}\ntoarray() -> {base}\nlen() -> len({base})\n"
             "itemset() -> {base}.__setitem__({0}, {1})\nptp() -> {numpy}.ptp({base})\n"
             "median() -> {numpy}.median({base})\nunique() -> {numpy}.unique({base})\n"
             "abs() -> {numpy}.abs({base})\nsqrt() -> {numpy}.sqrt({base})"),
    **_table("scipy.integrate", "trapz -> {base}.trapezoid\ncumtrapz -> "
             "{base}.cumulative_trapezoid\nsimps -> {base}.simpson"),
    **_table("scipy.linalg", "pinv2 -> {base}.pinv"),
    **_table("scipy.stats", "binom_test() -> {base}.binomtest({args}).pvalue\n"
             "median_absolute_deviation -> {base}.median_abs_deviation"),
    **_table("scipy.signal", "hann -> {base}.windows.hann\nhanning -> {base}.windows.hann\n"
             "hamming -> {base}.windows.hamming\nblackman -> {base}.windows.blackman"),
    **_table("matplotlib.cm", "get_cmap -> {matplotlib.pyplot}.get_cmap"),
    **_table("matplotlib.pyplot", "plot_date() -> {base}.plot({args})\n"
             "register_cmap() -> {matplotlib}.colormaps.register({args})"),
    **_table("matplotlib.axes.Axes", "set_axis_bgcolor -> {base}.set_facecolor\n"
             "get_axis_bgcolor -> {base}.get_facecolor\nplot_date() -> {base}.plot({args})\n"
             "title() -> {base}.set_title({args})\nxlabel -> {base}.set_xlabel\n"
             "ylabel -> {base}.set_ylabel\nxlim -> {base}.set_xlim\nylim -> {base}.set_ylim\n"
             "xticks -> {base}.set_xticks\nyticks -> {base}.set_yticks\n"
             "xscale -> {base}.set_xscale\nyscale -> {base}.set_yscale"),
    **_table("matplotlib.legend.Legend", "legendHandles -> {base}.legend_handles"),
    **_table("seaborn", "factorplot -> {base}.catplot\ntsplot -> {base}.lineplot\n"
             "distplot -> {base}.histplot"),
    **_table("sklearn.base.BaseEstimator", "get_feature_names -> {base}.get_feature_names_out"),
    **_table("time", "clock -> {base}.perf_counter"),
    **_table("sys", "maxint -> {base}.maxsize"),
    **_table("os", "getcwdu -> {base}.getcwd"),
    **_table("itertools", "izip -> zip\nimap -> map\nifilter -> filter\n"
             "izip_longest -> {base}.zip_longest\nifilterfalse -> {base}.filterfalse"),
    **_table("inspect", "getargspec -> {base}.getfullargspec"),
    **_table("fractions", "gcd -> {math}.gcd"),
    **_table("math", "mean -> {statistics}.mean\nabs -> abs\nmax -> max\nmin -> min\n"
             "round -> round\nsum -> sum"),
    **_table("string", "letters -> {base}.ascii_letters\nlowercase -> {base}.ascii_lowercase\n"
             "uppercase -> {base}.ascii_uppercase\nmaketrans -> str.maketrans\n"
             "join() -> {1}.join({0})\nupper() -> {0}.upper()\nlower() -> {0}.lower()\n"
             "split() -> {0}.split({rest})\nstrip() -> {0}.strip({rest})\n"
             "replace() -> {0}.replace({rest})"),
    **_table("base64", "decodestring -> {base}.decodebytes\nencodestring -> {base}.encodebytes"),
    **_table("urllib", "urlopen -> {urllib.request}.urlopen\nquote -> {urllib.parse}.quote\n"
             "unquote -> {urllib.parse}.unquote\nurlencode -> {urllib.parse}.urlencode\n"
             "urlretrieve -> {urllib.request}.urlretrieve"),
    **_table("collections", "\n".join(
        f"{name} -> {{collections.abc}}.{name}"
        for name in "Mapping MutableMapping Iterable Iterator Sequence MutableSequence Callable "
        "Set MutableSet Hashable Sized Container Generator KeysView ValuesView ItemsView".split()
    )),
    **_table("cgi", "escape -> {html}.escape"),
    **_table("locale", "format -> {base}.format_string"),
    **_table("types", "StringType -> str\nIntType -> int\nListType -> list\nDictType -> dict\n"
             "FloatType -> float\nTupleType -> tuple\nBooleanType -> bool"),
    **_table("threading.Thread", "isAlive -> {base}.is_alive"),
    **_table("array.array", "tostring -> {base}.tobytes\nfromstring -> {base}.frombytes"),
    **_table("xml.etree.ElementTree.Element", "getchildren() -> list({base})\n"
             "getiterator -> {base}.iter"),
    **_table("types.GeneratorType", "next() -> next({base})"),
    **_table("_io.TextIOWrapper", "next() -> next({base})"),
    **_table("datetime.datetime", "to_pydatetime() -> {base}"),
}  # fmt: skip

KEYWORDS: dict[tuple[str, str], dict[str, str]] = {
    ("", "error_bad_lines"): {"False": 'on_bad_lines="skip"', "True": 'on_bad_lines="error"'},
    ("", "warn_bad_lines"): {"True": 'on_bad_lines="warn"', "False": 'on_bad_lines="skip"'},
    ("", "delim_whitespace"): {"True": 'sep=r"\\s+"'},
    ("", "line_terminator"): {"": "lineterminator={value}"},
    ("", "sheetname"): {"": "sheet_name={value}"},
    ("", "parse_cols"): {"": "usecols={value}"},
    ("", "skip_footer"): {"": "skipfooter={value}"},
    ("date_range", "closed"): {"None": 'inclusive="both"', "": "inclusive={value}"},
    ("between", "inclusive"): {"True": 'inclusive="both"', "False": 'inclusive="neither"'},
    ("sort_values", "columns"): {"": "by={value}"},
    ("sort_values", "column"): {"": "by={value}"},
    ("sort_values", "key_column"): {"": "by={value}"},
    ("sort_values", "reverse"): {"True": "ascending=False", "False": "ascending=True"},
    ("sort_values", "descending"): {"True": "ascending=False", "False": "ascending=True"},
    ("sorted", "ascending"): {"False": "reverse=True", "True": "reverse=False"},
    ("sort", "ascending"): {"False": "reverse=True", "True": "reverse=False"},
    ("pivot_table", "rows"): {"": "index={value}"},
    ("pivot_table", "cols"): {"": "columns={value}"},
    ("drop_duplicates", "cols"): {"": "subset={value}"},
    ("drop_duplicates", "columns"): {"": "subset={value}"},
    ("drop_duplicates", "take_last"): {"True": 'keep="last"', "False": 'keep="first"'},
    ("dropna", "columns"): {"": "subset={value}"},
    ("drop", "column"): {"": "columns={value}"},
    ("hist", "normed"): {"": "density={value}"},
    ("histogram", "normed"): {"": "density={value}"},
    ("grid", "b"): {"": "visible={value}"},
    ("legend", "position"): {"": "loc={value}"},
    ("OneHotEncoder", "sparse"): {"": "sparse_output={value}"},
    ("AdaBoostClassifier", "base_estimator"): {"": "estimator={value}"},
    ("BaggingClassifier", "base_estimator"): {"": "estimator={value}"},
    ("CalibratedClassifierCV", "base_estimator"): {"": "estimator={value}"},
    ("normal", "mean"): {"": "loc={value}"},
    ("normal", "mu"): {"": "loc={value}"},
    ("normal", "std"): {"": "scale={value}"},
    ("normal", "sigma"): {"": "scale={value}"},
    ("", "dim"): {"": "axis={value}"},
    ("", "axes"): {"": "axis={value}"},
    ("", "keepdim"): {"": "keepdims={value}"},
    ("barplot", "ci"): {"None": "errorbar=None", "": 'errorbar=("ci", {value})'},
    ("kdeplot", "shade"): {"": "fill={value}"},
    ("", "delimeter"): {"": "delimiter={value}"},
    ("apply", "axes"): {"": "axis={value}"},
    ("merge", "by"): {"": "on={value}"},
    ("groupby", "on"): {"": "by={value}"},
    ("rename", "column"): {"": "columns={value}"},
}

DROPPED_KEYWORDS = frozenset({
    ("read_csv", "infer_datetime_format"), ("to_datetime", "infer_datetime_format"),
    ("read_csv", "mangle_dupe_cols"), ("read_csv", "tupleize_cols"), ("to_excel", "encoding"),
    ("loads", "encoding"), ("load", "encoding"), ("dumps", "encoding"), ("KMeans", "n_jobs"),
    ("KMeans", "precompute_distances"), ("set_axis", "inplace"), ("groupby", "squeeze"),
})  # fmt: skip

POSITIONS: dict[str, list[str]] = {
    "pivot": ["index", "columns", "values"],
    "drop": ["axis", "index", "columns", "level", "inplace", "errors"],
}
