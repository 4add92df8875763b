"""What people usually mean by a name that is not imported; each is checked against the machine."""

from __future__ import annotations

ALIASES = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "mpl": "matplotlib",
    "sns": "seaborn", "sp": "scipy", "sm": "statsmodels.api", "smf": "statsmodels.formula.api",
    "tf": "tensorflow", "nx": "networkx", "xr": "xarray", "pl": "polars", "px": "plotly.express",
    "dd": "dask.dataframe", "da": "dask.array", "pa": "pyarrow", "pq": "pyarrow.parquet",
    "alt": "altair", "cp": "cupy", "jnp": "jax.numpy", "gpd": "geopandas", "lgb": "lightgbm",
    "xgb": "xgboost", "nn": "torch.nn", "optim": "torch.optim", "st": "streamlit",
    "go": "plotly.graph_objects", "sa": "sqlalchemy", "ET": "xml.etree.ElementTree",
    "dt": "datetime", "mp": "multiprocessing", "tk": "tkinter", "mcolors": "matplotlib.colors",
    "mdates": "matplotlib.dates", "mticker": "matplotlib.ticker", "sk": "sklearn",
}  # fmt: skip

_FROM = {
    "pathlib": "Path PurePath",
    "collections": "defaultdict Counter deque OrderedDict namedtuple ChainMap",
    "datetime": "datetime timedelta date timezone",
    "functools": "reduce partial lru_cache wraps cached_property cache total_ordering "
    "singledispatch",
    "itertools": "chain combinations permutations islice accumulate zip_longest starmap takewhile "
    "dropwhile pairwise combinations_with_replacement",
    "dataclasses": "dataclass asdict astuple",
    "typing": "Any Optional Union List Dict Tuple Set Callable Iterable Iterator Sequence Mapping "
    "NamedTuple TypedDict Literal Generator TypeVar Generic Protocol",
    "operator": "itemgetter attrgetter methodcaller",
    "math": "sqrt ceil floor factorial gcd isclose log2 log10 radians pi inf hypot isnan isinf sin "
    "cos tan atan2",
    "random": "randint shuffle randrange",
    "copy": "deepcopy",
    "time": "sleep perf_counter",
    "pprint": "pprint",
    "io": "StringIO BytesIO",
    "contextlib": "contextmanager suppress redirect_stdout",
    "enum": "Enum IntEnum auto",
    "abc": "ABC abstractmethod",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "string": "ascii_letters ascii_lowercase ascii_uppercase",
    "concurrent.futures": "ThreadPoolExecutor ProcessPoolExecutor as_completed",
    "heapq": "heappush heappop heapify nlargest nsmallest",
    "bisect": "bisect_left bisect_right insort",
    "statistics": "stdev",
    "urllib.parse": "urlparse urlencode urljoin parse_qs",
    "urllib.request": "urlopen",
    "zipfile": "ZipFile",
    "glob": "glob",
    "os": "getcwd listdir makedirs",
    "textwrap": "dedent",
    "unittest.mock": "Mock MagicMock patch",
    "types": "SimpleNamespace",
    "difflib": "SequenceMatcher get_close_matches",
    "uuid": "uuid4",
    "zoneinfo": "ZoneInfo",
    "tqdm.auto": "tqdm trange",
    "IPython.display": "display HTML Markdown Image clear_output",
    "numpy": "linspace arange ndarray",
    "pandas": "DataFrame Series read_csv to_datetime Timestamp date_range",
    "sklearn.model_selection": "train_test_split cross_val_score GridSearchCV KFold "
    "StratifiedKFold RandomizedSearchCV cross_validate cross_val_predict "
    "TimeSeriesSplit",
    "sklearn.linear_model": "LinearRegression LogisticRegression Ridge Lasso ElasticNet "
    "SGDClassifier",
    "sklearn.ensemble": "RandomForestClassifier RandomForestRegressor GradientBoostingClassifier "
    "GradientBoostingRegressor AdaBoostClassifier IsolationForest",
    "sklearn.tree": "DecisionTreeClassifier DecisionTreeRegressor plot_tree",
    "sklearn.neighbors": "KNeighborsClassifier KNeighborsRegressor NearestNeighbors",
    "sklearn.svm": "SVC SVR LinearSVC",
    "sklearn.cluster": "KMeans DBSCAN AgglomerativeClustering",
    "sklearn.decomposition": "PCA TruncatedSVD NMF",
    "sklearn.preprocessing": "StandardScaler MinMaxScaler OneHotEncoder LabelEncoder "
    "PolynomialFeatures OrdinalEncoder RobustScaler LabelBinarizer Normalizer",
    "sklearn.metrics": "accuracy_score confusion_matrix classification_report mean_squared_error "
    "mean_absolute_error r2_score roc_auc_score roc_curve f1_score precision_score recall_score "
    "silhouette_score",
    "sklearn.pipeline": "Pipeline make_pipeline",
    "sklearn.compose": "ColumnTransformer",
    "sklearn.impute": "SimpleImputer KNNImputer",
    "sklearn.naive_bayes": "GaussianNB MultinomialNB",
    "sklearn.feature_extraction.text": "CountVectorizer TfidfVectorizer",
    "sklearn.datasets": "load_iris load_digits load_wine load_breast_cancer load_diabetes "
    "make_blobs make_classification make_regression make_moons",
    "scipy": "stats",
    "sklearn": "datasets metrics preprocessing",
    "bs4": "BeautifulSoup",
    "PIL": "Image",
    "torch.utils.data": "DataLoader Dataset TensorDataset",
}
EXPORTS: dict[str, list[str]] = {}
for _module, _names in _FROM.items():
    for _name in _names.split():
        EXPORTS.setdefault(_name, []).append(_module)

MOVED_MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib", "sklearn.preprocessing.imputation": "sklearn.impute",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "pandas.io.json.normalize": "pandas", "pandas.tools.plotting": "pandas.plotting",
    "pandas.util.testing": "pandas.testing", "pandas.tseries.tools": "pandas",
    "scipy.misc": "scipy.datasets", "scipy.integrate.cumtrapz": "scipy.integrate",
    "Queue": "queue", "StringIO": "io", "cStringIO": "io", "ConfigParser": "configparser",
    "cPickle": "pickle", "urllib2": "urllib.request", "urlparse": "urllib.parse",
    "HTMLParser": "html.parser", "Tkinter": "tkinter", "httplib": "http.client",
    "__builtin__": "builtins", "commands": "subprocess", "imp": "importlib",
    "numpy.testing.decorators": "numpy.testing", "matplotlib.mlab": "matplotlib.pyplot",
    "Image": "PIL.Image", "skimage.measure.compare": "skimage.metrics",
    "pyplot": "matplotlib.pyplot", "collections.Iterable": "collections.abc",
}  # fmt: skip
