"""What code can do to the world, by name, and which modules, members and attributes can do it.

`CAPABILITIES` is the whole vocabulary; `import:NAME` joins it for a module that selfcode does not
know. The tables name what is known to need a capability. A dotted name gets the capability of its
longest known prefix; an attribute of an object of unknown type gets that of its own name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

CAPABILITIES: Mapping[str, str] = {
    "file-read": "read or list files",
    "file-write": "create or overwrite files, or change a database",
    "file-delete": "delete, move, or change the permissions of files",
    "network": "talk to other machines",
    "subprocess": "start other programs",
    "environment": "read or set environment variables and account data",
    "native": "reach memory and C functions directly",
    "dynamic-code": "run code that does not stand in the text: eval, pickle, computed imports",
    "process": "end, signal or outlive the process, or keep it from being stopped",
    "introspection": "reach around public names: frames, globals, computed attributes",
    "private": "use another object's names that begin with one underscore, or may by formatting",
    "browser": "run HTML or JavaScript in the page of the notebook",
}

_MEMBERS = {
    "": """
        abc argparse array ast base64 binascii bisect calendar cmath collections colorsys contextlib
        contextvars copy csv dataclasses datetime decimal difflib enum errno fnmatch fractions
        functools graphlib hashlib heapq hmac html itertools json keyword locale math numbers
        operator pathlib platform pprint queue random re reprlib secrets shlex statistics string
        struct textwrap time traceback typing typing_extensions unicodedata unittest uuid warnings
        weakref zlib zoneinfo email stat token
        asyncio bz2 codecs configparser gzip http.HTTPStatus io lzma tarfile zipfile
        inspect.signature inspect.getsource inspect.getsourcelines
        inspect.Parameter inspect.isfunction inspect.isclass inspect.getdoc inspect.cleandoc
        logging os.PathLike os.altsep os.cpu_count os.curdir os.extsep os.fspath os.getpid
        os.fsdecode os.fsencode os.linesep os.name os.pardir os.path os.pathsep os.sep os.urandom
        subprocess.PIPE subprocess.DEVNULL subprocess.STDOUT subprocess.CalledProcessError
        subprocess.TimeoutExpired subprocess.CompletedProcess
        sys.setrecursionlimit sys.prefix sys.base_prefix sys.exec_prefix sys.flags sys.getrefcount
        sys.hash_info sys.thread_info sys.stdlib_module_names sysconfig.get_python_version
        sysconfig.get_platform importlib.util.find_spec importlib.metadata
        sys.argv sys.byteorder sys.executable sys.float_info sys.getrecursionlimit sys.getsizeof
        sys.hexversion sys.implementation sys.int_info sys.maxsize sys.maxunicode sys.platform
        sys.stderr sys.stdin sys.stdout sys.version sys.version_info sys.exc_info sys.intern
        threading.Lock threading.RLock threading.Thread threading.Event threading.Condition
        threading.Semaphore threading.BoundedSemaphore threading.Barrier threading.local
        threading.current_thread threading.main_thread threading.get_ident threading.active_count
        concurrent.futures.ThreadPoolExecutor concurrent.futures.as_completed
        concurrent.futures.wait joblib.Parallel joblib.delayed asyncio.to_thread
        gc.isenabled gc.get_count gc.enable gc.disable gc.freeze gc.get_stats gc.get_threshold
        tomllib.load tomllib.loads toml.loads simplejson.loads ast.literal_eval json.JSONDecoder
        time.sleep timeit.default_timer
        types.GeneratorType types.MappingProxyType types.ModuleType types.NoneType
        types.SimpleNamespace
        requests.exceptions requests.HTTPError requests.RequestException requests.Timeout
        requests.ConnectionError requests.codes socket.timeout socket.error
        urllib urllib.parse urllib.error http json.load json.loads json.dump json.dumps
        yaml.safe_load yaml.safe_dump yaml.dump tomllib toml orjson.loads simplejson
        copy.replace dataclasses.replace operator.eq gc.collect pickle.PickleError
        tempfile.gettempdir IPython.display joblib.cpu_count concurrent concurrent.futures
        sqlite3.Error sqlite3.Row platform.system ast.dump
        xml xml.etree xml.etree.ElementTree.Element xml.etree.ElementTree.SubElement
        xml.etree.ElementTree.fromstring xml.etree.ElementTree.tostring
    """,
    "file-read": """
        glob linecache os.access os.getcwd os.listdir os.path.exists os.path.getmtime
        os.path.getsize os.path.isdir os.path.isfile os.path.islink os.scandir os.stat os.walk
        os.lstat os.path.samefile filecmp mimetypes fileinput shutil.disk_usage shutil.which
        imghdr sndhdr wave configparser.ConfigParser.read pathlib.Path.cwd pathlib.Path.home
        xml.etree.ElementTree.parse xml.dom xml.sax pathlib.Path().exists pathlib.Path().is_file
        pathlib.Path().is_dir pathlib.Path().stat IPython.display.Image IPython.display.Audio
        IPython.display.Video IPython.display.FileLink
        matplotlib.rc_file matplotlib.pyplot.rc_file
    """,
    "file-write": """
        io.FileIO io.open_code os.makedirs os.mkdir os.mkfifo os.open os.write os.fdopen os.truncate
        shutil.copy shutil.copy2 shutil.copyfile shutil.copyfileobj shutil.copytree
        shutil.make_archive shutil.unpack_archive tempfile sqlite3 dbm logging.FileHandler
        logging.handlers argparse.FileType gzip.GzipFile bz2.BZ2File lzma.LZMAFile
        joblib.dump joblib.Memory py_compile compileall sqlalchemy duckdb pymongo
    """,
    "file-delete": """
        shutil os.remove os.unlink os.rmdir os.removedirs os.rename os.renames os.replace os.chmod
        os.chown os.lchown os.link os.symlink os.utime pathlib.Path().rename
        pathlib.Path().replace pathlib.Path().chmod send2trash
    """,
    "network": """
        socket ssl http.client http.server http.cookiejar urllib.request urllib.robotparser urllib3
        ftplib smtplib imaplib poplib nntplib telnetlib xmlrpc socketserver select selectors
        webbrowser requests httpx httpcore aiohttp websocket websockets paramiko fabric boto3
        botocore google azure openai anthropic kaggle kagglehub yfinance wget gdown fsspec s3fs
        gcsfs huggingface_hub selenium playwright tweepy praw slack_sdk pandas_datareader
        asyncio.open_connection asyncio.start_server asyncio.open_unix_connection
        datasets.load_dataset seaborn.load_dataset numpy.DataSource scipy.datasets redis
        psycopg2 pymysql
    """,
    "subprocess": """
        subprocess pty pexpect sh plumbum os.system os.popen os.execl os.execle os.execlp os.execlpe
        os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle os.spawnlp os.spawnlpe
        os.spawnv os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp os.startfile
        os.fork os.forkpty multiprocessing asyncio.create_subprocess_exec
        asyncio.create_subprocess_shell asyncio.subprocess concurrent.futures.ProcessPoolExecutor
        pandas.io.clipboard sympy.printing.preview sympy.preview get_ipython().system
        get_ipython().getoutput pip ensurepip venv nt posix
    """,
    "environment": """
        os.environ os.environb os.getenv os.putenv os.unsetenv os.getlogin os.getuid os.uname
        getpass pwd grp spwd dotenv decouple keyring os.path.expandvars IPython.paths
    """,
    "native": """
        ctypes _ctypes cffi mmap numpy.ctypeslib numpy.f2py numpy.distutils numpy.core.multiarray
        numpy.lib.stride_tricks.as_strided torch.utils.cpp_extension cython pyximport llvmlite
        distutils scipy.LowLevelCallable
        sympy.utilities.autowrap sympy.utilities.codegen
    """,
    "dynamic-code": """
        pickle cPickle _pickle marshal shelve dill cloudpickle copyreg importlib imp runpy code
        codeop zipimport pkgutil builtins pdb bdb cProfile profile trace doctest timeit
        logging.config sys.path sys.meta_path sys.path_hooks sys.path_importer_cache sys.modules
        types.FunctionType types.CodeType types.LambdaType types.new_class joblib.load torch.load
        torch.hub numpy.testing.measure numpy.testing.rundocs yaml jsonpickle numexpr sympy.sympify
        sympy.parse_expr sympy.parsing
        sympy.lambdify pandas.io.pickle pandas.compat.pickle_compat IPython.get_ipython
        IPython.core IPython.terminal IPython.start_ipython IPython.embed IPython.start_kernel
        ipykernel selfcode get_ipython() site
        pandas.io.common.get_handle
        sysconfig setuptools pkg_resources typing.get_type_hints typing.ForwardRef
        dataclasses.make_dataclass pydoc bandit RestrictedPython
    """,
    "process": """
        os sys.exit sys.setswitchinterval signal threading _thread resource
        atexit faulthandler fcntl termios tty sched weakref.finalize psutil syslog curses readline
    """,
    "introspection": """
        sys inspect gc types dis symtable tracemalloc string.Formatter unittest.mock
        threading.enumerate
    """,
    "browser": """
        IPython.display.HTML IPython.display.Javascript IPython.display.IFrame
        IPython.display.display_html IPython.display.display_javascript IPython.display.SVG
        IPython.core.display
    """,
}

_ATTRIBUTES = {
    "file-read": """
        fromfile loadtxt genfromtxt fromregex loadmat imread imread_collection iterdir rglob iglob
        ExcelFile load_workbook load glob scan_csv scan_parquet scan_ndjson scan_ipc open_dataset
        open_mfdataset open_zarr listdir scandir load_svmlight_file load_files load_model
        VideoCapture
    """,
    "file-write": """
        to_excel to_hdf to_feather to_parquet to_orc to_sql to_stata to_clipboard to_pickle
        to_netcdf to_zarr to_file tofile save savez savez_compressed savetxt savemat savefig
        imsave imwrite ExcelWriter HDFStore memmap dump touch mkdir makedirs symlink_to hardlink_to
        sink_csv sink_parquet save_model save_weights save_pretrained execute executemany
        executescript open_memmap json_dump copyfile copytree dump_svmlight_file to_gbq mmwrite
        VideoWriter
    """,
    "file-delete": "unlink rmtree rmdir removedirs chmod lchmod",
    "network": """
        urlopen urlretrieve create_connection download sendall sendto from_pretrained push_to_hub
        load_dataset create_engine DataSource get_file open_connection sock_connect create_server
        create_datagram_endpoint
    """,
    "subprocess": """
        system popen popen2 popen3 Popen check_output check_call getoutput getstatusoutput spawnl
        spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe execl execle execlp execlpe execv
        execve execvp execvpe posix_spawn posix_spawnp fork forkpty startfile
        create_subprocess_exec create_subprocess_shell subprocess_exec subprocess_shell
    """,
    "environment": "environ environb getenv putenv getpass",
    "native": """
        ctypes ctypeslib CDLL PyDLL cdll pydll pythonapi LoadLibrary load_library dlopen string_at
        from_address from_buffer memmove memset as_strided ndpointer load_extension
        enable_load_extension
    """,
    "dynamic-code": """
        read_pickle import_module load_module exec_module exec_ literal_exec loads unpickle
        Unpickler run_cell run_cell_async run_code run_line_magic run_cell_magic run_ast_nodes
        runsource runcode safe_execfile run_path run_module set_trace load_source
        unsafe_load full_load load_all make_dataclass get_type_hints parse_expr sympify
        FunctionType CodeType eval_type new_class addsitedir runstring testmod testfile
        run_docstring_examples
    """,
    "process": "kill killpg abort setuid setgid setrlimit _exit sys_exit",
    "introspection": """
        tb_frame tb_next f_back f_builtins f_code f_generator f_globals f_locals f_trace gi_frame
        gi_code gi_yieldfrom cr_await cr_frame cr_code cr_origin ag_await ag_frame ag_code co_code
        co_consts co_names func_globals func_code func_closure mro subclasses vformat
        get_field get_referrers get_referents get_objects currentframe settrace setprofile
        addaudithook getframe get_frame attrgetter methodcaller user_ns user_global_ns
        set_custom_exc ast_transformers input_transformers_post input_transformers_cleanup
    """,
    "browser": "HTML IFrame Javascript display_javascript display_html publish_display_data",
}

_BUILTINS = {
    "dynamic-code": "eval exec compile __import__ execfile reload",
    "introspection": "globals locals vars dir __builtins__ __loader__ __spec__ __build_class__",
    "process": """
        exit quit breakpoint SystemExit KeyboardInterrupt BaseException
        BaseExceptionGroup
    """,
}

_LIBRARIES = """
    numpy pandas scipy sklearn matplotlib mpl_toolkits seaborn statsmodels polars plotly networkx
    sympy pyarrow altair bokeh holoviews hvplot dask xarray geopandas shapely folium bs4 lxml PIL
    cv2 skimage imageio tqdm xgboost lightgbm catboost torch torchvision tensorflow keras jax flax
    nltk spacy gensim transformers tokenizers datasets openpyxl xlrd xlsxwriter tabulate rich
    pytz dateutil tzdata numba h5py tables netCDF4 umap hdbscan optuna shap lime imblearn
    category_encoders missingno wordcloud textblob rapidfuzz pydantic attr attrs ipywidgets
    IPython joblib six more_itertools toolz cytoolz arrow pendulum humanize faker sortedcontainers
    pymc arviz lifelines prophet pmdarima patsy pingouin mlxtend yellowbrick squarify plotnine
    pygments jinja2 markdown unidecode regex chardet cycler colorama termcolor psycopg
"""

_ASSUMED = """
    np=numpy pd=pandas plt=matplotlib.pyplot mpl=matplotlib sns=seaborn pl=polars px=plotly.express
    go=plotly.graph_objects nx=networkx sm=statsmodels.api tf=tensorflow Image=PIL.Image
    Path=pathlib.Path dt=datetime ET=xml.etree.ElementTree mp=multiprocessing pkl=pickle
    StringIO=io.StringIO BytesIO=io.BytesIO
"""


def _by_name(groups: Mapping[str, str]) -> dict[str, str]:
    return {name: capability for capability, names in groups.items() for name in names.split()}


MEMBERS = _by_name(_MEMBERS)
ATTRIBUTES = _by_name(_ATTRIBUTES)
BUILTINS = _by_name(_BUILTINS)
LIBRARIES = frozenset(_LIBRARIES.split())

KNOWN_MODULES = LIBRARIES | {name.partition(".")[0] for name in MEMBERS} | {"__future__"}
"""Top-level modules whose import alone needs no capability."""

RISKY_MODULES = frozenset(
    name for name, capability in MEMBERS.items() if capability and "." not in name
)
"""Modules most members of which need a capability: they may not be passed around as values."""

_READS_TEXT = frozenset({"read_string", "read_dict", "read_only"})

_OFTEN_VARIABLES = frozenset(
    "code codes dis fabric gc glob google grp imp profile readline resource sched select sh signal "
    "site spwd sys_exit token trace tty types wave wget requests".split()
)

_ALSO_ASSUMED = frozenset(
    "requests json gzip bz2 lzma zipfile tarfile codecs io h5py IPython".split()
)

ASSUMED: Mapping[str, str] = {
    **{name: name for name in (RISKY_MODULES - _OFTEN_VARIABLES) | _ALSO_ASSUMED},
    **dict(pair.split("=") for pair in _ASSUMED.split()),
}
"""What a name that the text does not bind stands for: an earlier cell imported it."""

LONE_MODULES = (RISKY_MODULES - _OFTEN_VARIABLES) & sys.stdlib_module_names
"""Modules that are recognised as an attribute of anything, as in `pandas.io.common.os`."""


def capability_of(dotted: str) -> str | None:
    """Return the capability that `dotted` needs, `""` for none, None when it is not known."""
    while dotted:
        if (found := MEMBERS.get(dotted)) is not None:
            return found
        dotted = dotted.rpartition(".")[0]
    return None


def attribute_capability(name: str) -> str:
    """Return the capability of an attribute called `name` on an object of unknown type, or `""`."""
    if (found := ATTRIBUTES.get(name)) is not None:
        return found
    if name.startswith("read_"):
        return "" if name in _READS_TEXT else "file-read"
    if name.startswith("write_"):
        return "file-write"
    return "network" if name.startswith("fetch_") else ""
