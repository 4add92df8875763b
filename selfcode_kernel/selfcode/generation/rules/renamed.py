"""What was renamed or removed, where no inspection can tell; each use checks that the new exists.

A template says what takes the place: `{base}` is the text before the dot, `{0}` the first argument
of the call, `{args}` all of them, `{numpy}` the name under which the module is imported.
"""

from __future__ import annotations

from selfcode.generation.rules.foreign import FOREIGN, table

_FRAME = """
nrow -> len({base})
nrows -> len({base})
num_rows -> len({base})
ncol -> {base}.shape[1]
ncols -> {base}.shape[1]
orderBy -> {base}.sort_values
order_by -> {base}.sort_values
sort_by -> {base}.sort_values
arrange -> {base}.sort_values
distinct() -> {base}.drop_duplicates()
unique() -> {base}.drop_duplicates()
limit -> {base}.head
select() -> {base}[{0}]
drop_column() -> {base}.drop(columns={0})
drop_columns() -> {base}.drop(columns={0})
dropColumn() -> {base}.drop(columns={0})
tolist() -> {base}.values.tolist()
to_list() -> {base}.values.tolist()
toPandas() -> {base}
to_pandas() -> {base}
isEmpty() -> {base}.empty
is_empty() -> {base}.empty
stdev -> {base}.std
average -> {base}.mean
avg -> {base}.mean
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
order_by -> {base}.sort_values
distinct() -> {base}.drop_duplicates()
isEmpty() -> {base}.empty
is_empty() -> {base}.empty
stdev -> {base}.std
average -> {base}.mean
avg -> {base}.mean
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
_GROUPED = """
average -> {base}.mean
avg -> {base}.mean
stdev -> {base}.std
len() -> {base}.size()
length() -> {base}.size()
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
stdev -> {base}.std
stddev -> {base}.std
variance -> {base}.var
avg -> {base}.mean
len() -> len({0})
product -> {base}.prod
cumproduct -> {base}.cumprod
alltrue -> {base}.all
sometrue -> {base}.any
in1d() -> {base}.isin({args}).ravel()
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
TEMPLATES: dict[tuple[str, str], str] = {
    **FOREIGN,
    **table("pandas.DataFrame", _FRAME),
    **table("pandas.Series", _SERIES),
    **table("pandas.Index", "as_matrix() -> {base}.to_numpy()\nget_values() -> {base}.to_numpy()\n"
             "is_monotonic -> {base}.is_monotonic_increasing\nweek -> {base}.isocalendar().week\n"
             "weekofyear -> {base}.isocalendar().week\nto_native_types() -> {base}.astype(str)"),
    **table("pandas.core.indexes.accessors.DatetimeProperties",
             "week -> {base}.isocalendar().week\nweekofyear -> {base}.isocalendar().week"),
    **table("pandas.core.groupby.generic.SeriesGroupBy", _GROUPED),
    **table("pandas.core.groupby.generic.DataFrameGroupBy", _GROUPED),
    **table("pandas.Timestamp", "weekofyear -> {base}.week"),
    **table("pandas.ExcelWriter", "save -> {base}.close"),
    **table("pandas.io.formats.style.Styler", "render -> {base}.to_html\nhide_index() -> "
             "{base}.hide()\nset_precision() -> {base}.format(precision={0})"),
    **table("pandas", _PANDAS),
    **table("pandas.io.json", "json_normalize -> {pandas}.json_normalize"),
    **table("numpy", _NUMPY),
    **table("numpy.ndarray", "tostring -> {base}.tobytes\nlength -> len({base})\n"
             "to_numpy() -> {base}\ntoarray() -> {base}\nlen() -> len({base})\n"
             "itemset() -> {base}.__setitem__({0}, {1})\nptp() -> {numpy}.ptp({base})\n"
             "median() -> {numpy}.median({base})\nunique() -> {numpy}.unique({base})\n"
             "length() -> len({base})\n"
             "contains() -> {0} in {base}\nhead() -> {base}[:{0}]\nto_list -> {base}.tolist\n"
             "isEmpty() -> {base}.size == 0\nsorted() -> {numpy}.sort({base})\n"
             "reversed() -> {base}[::-1]\nstdev -> {base}.std\naverage -> {base}.mean\n"
             "values -> {base}\nabs() -> {numpy}.abs({base})\nsqrt() -> {numpy}.sqrt({base})"),
    **table("scipy.integrate", "trapz -> {base}.trapezoid\ncumtrapz -> "
             "{base}.cumulative_trapezoid\nsimps -> {base}.simpson"),
    **table("scipy.linalg", "pinv2 -> {base}.pinv"),
    **table("scipy.stats", "binom_test() -> {base}.binomtest({args}).pvalue\n"
             "median_absolute_deviation -> {base}.median_abs_deviation"),
    **table("scipy.signal", "hann -> {base}.windows.hann\nhanning -> {base}.windows.hann\n"
             "hamming -> {base}.windows.hamming\nblackman -> {base}.windows.blackman"),
    **table("matplotlib.cm", "get_cmap -> {matplotlib.pyplot}.get_cmap"),
    **table("matplotlib.pyplot", "plot_date() -> {base}.plot({args})\n"
             "register_cmap() -> {matplotlib}.colormaps.register({args})"),
    **table("matplotlib.axes.Axes", "set_axis_bgcolor -> {base}.set_facecolor\n"
             "get_axis_bgcolor -> {base}.get_facecolor\nplot_date() -> {base}.plot({args})\n"
             "title() -> {base}.set_title({args})\nxlabel -> {base}.set_xlabel\n"
             "ylabel -> {base}.set_ylabel\nxlim -> {base}.set_xlim\nylim -> {base}.set_ylim\n"
             "xticks -> {base}.set_xticks\nyticks -> {base}.set_yticks\n"
             "xscale -> {base}.set_xscale\nyscale -> {base}.set_yscale"),
    **table("matplotlib.legend.Legend", "legendHandles -> {base}.legend_handles"),
    **table("seaborn", "factorplot -> {base}.catplot\ntsplot -> {base}.lineplot\n"
             "distplot -> {base}.histplot"),
    **table("sklearn.base.BaseEstimator", "get_feature_names -> {base}.get_feature_names_out"),
    **table("time", "clock -> {base}.perf_counter"),
    **table("sys", "maxint -> {base}.maxsize"),
    **table("os", "getcwdu -> {base}.getcwd"),
    **table("itertools", "izip -> zip\nimap -> map\nifilter -> filter\n"
             "izip_longest -> {base}.zip_longest\nifilterfalse -> {base}.filterfalse"),
    **table("inspect", "getargspec -> {base}.getfullargspec"),
    **table("fractions", "gcd -> {math}.gcd"),
    **table("statistics", "average -> {base}.mean\navg -> {base}.mean"),
    **table("math", "ln -> {base}.log\nmean -> {statistics}.mean\nabs -> abs\nmax -> max\n"
             "min -> min\nround -> round\nsum -> sum"),
    **table("string", "letters -> {base}.ascii_letters\nlowercase -> {base}.ascii_lowercase\n"
             "uppercase -> {base}.ascii_uppercase\nmaketrans -> str.maketrans\n"
             "join() -> {1}.join({0})\nupper() -> {0}.upper()\nlower() -> {0}.lower()\n"
             "split() -> {0}.split({rest})\nstrip() -> {0}.strip({rest})\n"
             "replace() -> {0}.replace({rest})"),
    **table("base64", "decodestring -> {base}.decodebytes\nencodestring -> {base}.encodebytes"),
    **table("urllib", "urlopen -> {urllib.request}.urlopen\nquote -> {urllib.parse}.quote\n"
             "unquote -> {urllib.parse}.unquote\nurlencode -> {urllib.parse}.urlencode\n"
             "urlretrieve -> {urllib.request}.urlretrieve"),
    **table("collections", "\n".join(
        f"{name} -> {{collections.abc}}.{name}"
        for name in "Mapping MutableMapping Iterable Iterator Sequence MutableSequence Callable "
        "Set MutableSet Hashable Sized Container Generator KeysView ValuesView ItemsView".split()
    )),
    **table("cgi", "escape -> {html}.escape"),
    **table("locale", "format -> {base}.format_string"),
    **table("types", "StringType -> str\nIntType -> int\nListType -> list\nDictType -> dict\n"
             "FloatType -> float\nTupleType -> tuple\nBooleanType -> bool"),
    **table("threading.Thread", "isAlive -> {base}.is_alive"),
    **table("array.array", "tostring -> {base}.tobytes\nfromstring -> {base}.frombytes"),
    **table("xml.etree.ElementTree.Element", "getchildren() -> list({base})\n"
             "getiterator -> {base}.iter"),
    **table("types.GeneratorType", "next() -> next({base})"),
    **table("_io.TextIOWrapper", "next() -> next({base})"),
    **table("datetime.datetime", "to_pydatetime() -> {base}"),
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
