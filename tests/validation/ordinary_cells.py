"""Cells as data scientists write them, ours; `---` lines separate them."""

_TEXT = r'''
import pandas as pd
df = pd.read_csv("data/sales.csv", parse_dates=["date"])
df.head()
---
df["total"] = df["price"] * df["quantity"]
df.groupby("region")["total"].sum().sort_values(ascending=False)
---
import numpy as np
x = np.linspace(0, 2 * np.pi, 200)
y = np.sin(x) + np.random.default_rng(0).normal(0, 0.1, x.shape)
---
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(8, 4))
ax.plot(x, y, label="signal")
ax.legend()
plt.show()
---
with open("notes.txt") as f:
    lines = [line.strip() for line in f if line.strip()]
---
with open("report.txt", "w", encoding="utf-8") as out:
    for name, value in results.items():
        out.write(f"{name}: {value:.2f}\n")
---
import json
with open("config.json") as f:
    config = json.load(f)
threshold = config["threshold"]
---
from pathlib import Path
root = Path("data")
files = sorted(root.glob("*.csv"))
frames = [pd.read_csv(p) for p in files]
---
import os
path = os.path.join("data", "raw", "a.csv")
if os.path.exists(path):
    size = os.path.getsize(path)
---
import requests
response = requests.get("https://api.example.org/items", params={"page": 1}, timeout=10)
response.raise_for_status()
items = response.json()
---
import os
token = os.environ.get("API_TOKEN", "")
headers = {"Authorization": "Bearer " + token}
---
plt.figure()
df["price"].hist(bins=30)
plt.title("Prices")
plt.savefig("prices.png", dpi=150)
---
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)
---
def describe(obj, names):
    return {name: getattr(obj, name) for name in names}
---
class Cache:
    def __init__(self):
        self._items = {}

    def __getitem__(self, key):
        return self._items[key]

    def __len__(self):
        return len(self._items)
---
from dataclasses import dataclass, field

@dataclass
class Run:
    name: str
    scores: list[float] = field(default_factory=list)

    def best(self) -> float:
        return max(self.scores)
---
from collections import defaultdict, Counter
groups = defaultdict(list)
for row in rows:
    groups[row["kind"]].append(row["value"])
counts = Counter(words)
counts.most_common(10)
---
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LinearRegression
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
model = LinearRegression().fit(X_train, y_train)
model.score(X_test, y_test)
---
import seaborn as sns
sns.set_theme(style="whitegrid")
sns.boxplot(data=df, x="species", y="mass")
---
df.to_csv("clean.csv", index=False)
---
df.agg({"price": "mean", "quantity": ["sum", "max"]})
---
df.query("price > 10 and region == 'north'")
---
limit = 10
df.query("price > @limit")
---
df.groupby("region").agg(total=("price", "sum"), n=("price", "count")).reset_index()
---
df.pivot_table(index="date", columns="region", values="price", aggfunc="mean").fillna(0)
---
pd.merge(left, right, on="id", how="left", validate="many_to_one")
---
df.columns = [c.strip().lower().replace(" ", "_") for c in df.columns]
---
df.loc[df["price"] < 0, "price"] = 0
df.iloc[0, 1]
---
df["date"] = pd.to_datetime(df["date"], format="%Y-%m-%d")
df["month"] = df["date"].dt.to_period("M")
---
df = df.drop(columns=["tmp"]).rename(columns={"a": "alpha"})
---
df["name"].str.replace("-", " ").str.title().str.split(" ", expand=True)
---
df["code"].str.extract(r"(\d+)").astype(float)
---
s = pd.Series([1, 2, 3], index=list("abc"))
s.apply(lambda v: v ** 2).map({1: "one", 4: "four"})
---
pd.concat([a, b], axis=0, ignore_index=True).drop_duplicates(subset="id")
---
df.isna().sum()[lambda s: s > 0]
---
df.resample("W", on="date")["value"].mean().rolling(4).mean()
---
np.where(a > 0, np.log(a), 0.0)
---
m = np.array([[1, 2], [3, 4]], dtype=float)
values, vectors = np.linalg.eig(m)
np.allclose(m @ vectors, vectors * values)
---
np.concatenate([a, b[:, None]], axis=1).reshape(-1, 3)
---
mask = (a > a.mean()) & ~np.isnan(a)
a[mask] *= 2
---
total = 0
for i in range(len(values) - 1):
    total += abs(values[i + 1] - values[i])
---
def moving_average(values, window=3):
    """Return the mean of each window."""
    out = []
    for i in range(len(values) - window + 1):
        out.append(sum(values[i:i + window]) / window)
    return out
---
def fib(n):
    a, b = 0, 1
    while n > 0:
        a, b = b, a + b
        n -= 1
    return a
---
try:
    value = float(text)
except ValueError as error:
    print("not a number:", error)
    value = 0.0
---
try:
    result = compute()
except:
    result = None
---
def safe_div(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return float("nan")
    finally:
        calls.append((a, b))
---
squares = {n: n ** 2 for n in range(10) if n % 2 == 0}
---
pairs = [(x, y) for x in range(3) for y in range(3) if x != y]
---
first, *rest = sorted(items, key=lambda item: item["score"], reverse=True)
---
message = "Hello {}, you have {} items".format(name, count)
---
line = "%s scored %.2f" % (name, score)
---
text = template.format(name="Ann", total=12)
---
print(f"{name!r:>10} {value:,.2f}")
---
import re
pattern = re.compile(r"(\w+)@(\w+)\.com")
found = pattern.findall(text)
---
from datetime import datetime, timedelta
start = datetime.strptime("2024-01-31", "%Y-%m-%d")
end = start + timedelta(days=30)
---
import time
began = time.time()
time.sleep(0.1)
print(time.time() - began)
---
import random
random.seed(1)
sample = random.sample(population, k=10)
---
from itertools import combinations, groupby
list(combinations("abcd", 2))
---
from functools import lru_cache, partial, reduce
@lru_cache(maxsize=None)
def paths(r, c):
    return 1 if r == 0 or c == 0 else paths(r - 1, c) + paths(r, c - 1)
---
import math
area = math.pi * radius ** 2
---
import statistics
statistics.mean(values), statistics.stdev(values)
---
import sys
print(sys.version, file=sys.stderr)
---
import warnings
warnings.filterwarnings("ignore", category=FutureWarning)
---
import logging
logger = logging.getLogger(__name__)
logger.info("rows: %d", len(df))
---
pd.set_option("display.max_rows", 100)
pd.options.display.float_format = "{:.2f}".format
---
plt.rcParams["figure.figsize"] = (10, 5)
plt.style.use("ggplot")
---
fig, axes = plt.subplots(2, 2, sharex=True)
for ax, column in zip(axes.flat, df.columns):
    ax.scatter(df["x"], df[column], s=5, alpha=0.5)
    ax.set_title(column)
fig.tight_layout()
---
ax.bar(labels, heights, color="tab:blue", edgecolor="black")
ax.set_xticklabels(labels, rotation=45, ha="right")
---
import plotly.express as px
px.scatter(df, x="gdp", y="life", size="pop", color="continent", log_x=True).show()
---
from scipy import stats
t, p = stats.ttest_ind(a, b, equal_var=False)
---
from scipy.optimize import curve_fit
def model(x, a, b):
    return a * np.exp(-b * x)
popt, pcov = curve_fit(model, x, y, p0=(1, 1))
---
from scipy.signal import find_peaks, butter, filtfilt
peaks, _ = find_peaks(y, height=0.5)
---
from scipy.interpolate import interp1d
f = interp1d(x, y, kind="cubic")
---
import statsmodels.api as sm
model = sm.OLS(y, sm.add_constant(X)).fit()
print(model.summary())
---
import statsmodels.formula.api as smf
smf.ols("price ~ size + C(region)", data=df).fit().params
---
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.ensemble import RandomForestClassifier
pipe = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=100))
pipe.fit(X_train, y_train).predict(X_test)
---
from sklearn.metrics import confusion_matrix, roc_auc_score
confusion_matrix(y_test, y_pred)
---
from sklearn.model_selection import GridSearchCV
search = GridSearchCV(model, {"alpha": [0.1, 1.0]}, cv=5, n_jobs=2).fit(X, y)
search.best_params_
---
from sklearn.cluster import KMeans
labels = KMeans(n_clusters=3, n_init=10, random_state=0).fit_predict(X)
---
from sklearn.datasets import load_iris
iris = load_iris(as_frame=True)
iris.frame.describe()
---
import networkx as nx
g = nx.Graph()
g.add_edges_from([(1, 2), (2, 3)])
nx.shortest_path(g, 1, 3)
---
import sympy as sp
x = sp.symbols("x")
sp.integrate(sp.sin(x) ** 2, x)
---
import polars as pl
pl.DataFrame({"a": [1, 2]}).with_columns((pl.col("a") * 2).alias("b")).filter(pl.col("b") > 2)
---
import torch
model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
loss = torch.nn.functional.mse_loss(model(x), y)
loss.backward()
optimizer.step()
---
model.eval()
with torch.no_grad():
    scores = model(batch)
---
from tqdm import tqdm
for epoch in tqdm(range(epochs)):
    history.append(step(epoch))
---
from bs4 import BeautifulSoup
soup = BeautifulSoup(html, "html.parser")
links = [a.get("href") for a in soup.find_all("a")]
---
rows = list(csv.DictReader(io.StringIO(text)))
---
import csv
with open("people.csv", newline="") as f:
    people = list(csv.DictReader(f))
---
np.save("weights.npy", weights)
loaded = np.load("weights.npy")
---
data = np.loadtxt("signal.txt", delimiter=",", skiprows=1)
---
df.to_excel("summary.xlsx", sheet_name="2024")
---
df.to_parquet("summary.parquet")
again = pd.read_parquet("summary.parquet")
---
import sqlite3
con = sqlite3.connect("shop.db")
orders = pd.read_sql("SELECT * FROM orders", con)
con.close()
---
import pickle
with open("model.pkl", "rb") as f:
    model = pickle.load(f)
---
import joblib
joblib.dump(model, "model.joblib")
---
import subprocess
done = subprocess.run(["git", "status"], capture_output=True, text=True)
done.stdout.splitlines()
---
get_ipython().system('pip list')
---
get_ipython().run_line_magic('matplotlib', 'inline')
import matplotlib.pyplot as plt
---
get_ipython().run_cell_magic('time', '', 'df = df.sort_values("price")\nresult = slow(df)\n')
---
get_ipython().run_line_magic('timeit', '-n 10 fib(20)')
---
get_ipython().run_line_magic('config', "InlineBackend.figure_format = 'retina'")
---
get_ipython().run_cell_magic('timeit', '-n 5 -r 2', 'np.sort(values)\n')
---
from IPython.display import display, Markdown
display(df.head())
display(Markdown("**done**"))
---
import asyncio
async def fetch(i):
    await asyncio.sleep(0.01)
    return i
results = await asyncio.gather(*(fetch(i) for i in range(3)))
---
def walk(tree, depth=0):
    yield depth, tree["name"]
    for child in tree.get("children", []):
        yield from walk(child, depth + 1)
---
class Stack(list):
    def push(self, item):
        self.append(item)

    @property
    def top(self):
        return self[-1]

    @classmethod
    def of(cls, *items):
        return cls(items)
---
class Shape:
    def area(self):
        raise NotImplementedError

class Square(Shape):
    def __init__(self, side):
        super().__init__()
        self.side = side

    def area(self):
        return self.side ** 2
---
class Vector:
    __slots__ = ("data",)

    def __init__(self, data): self.data = list(data)
    def __iter__(self): return iter(self.data)
    def __eq__(self, other): return self.data == other.data
    def __hash__(self): return hash(tuple(self.data))
    def __bool__(self): return any(self.data)
---
class Timer:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.seconds = time.perf_counter() - self.start
---
from enum import Enum
class Color(Enum):
    RED = 1
    GREEN = 2
Color.RED.name, Color["GREEN"].value
---
from collections import namedtuple
Row = namedtuple("Row", "name score")
Row("a", 1)._replace(score=2)._asdict()
---
from typing import Optional
def find(items: list[str], wanted: Optional[str] = None) -> int | None:
    return items.index(wanted) if wanted in items else None
---
match command.split():
    case ["go", direction]:
        position = move(position, direction)
    case ["stop"]:
        running = False
    case _:
        print("?")
---
while (line := next(source, None)) is not None:
    process(line)
---
assert len(df) == 3, f"expected 3 rows, got {len(df)}"
---
total = sum(x for x in values if x is not None)
average = total / max(len(values), 1)
---
lookup = dict(zip(keys, values))
lookup.get("missing", 0)
---
text = "a,b,c"
"-".join(reversed(text.split(",")))
---
matrix = [[0] * 3 for _ in range(3)]
matrix[1][2] = 5
transposed = list(map(list, zip(*matrix)))
---
nested = {"a": {"b": [1, 2, {"c": 3}]}}
nested["a"]["b"][2]["c"]
---
isinstance(value, (int, float)) and not isinstance(value, bool)
---
type(model).__name__, model.__class__.__name__
---
hasattr(model, "predict") and callable(model.predict)
---
if __name__ == "__main__":
    main()
---
global_count = 0
def count():
    global global_count
    global_count += 1
---
def make_counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
---
handlers = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b}
handlers[name](1, 2)
---
@property
def size(self):
    return len(self._rows)
---
def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(function.__name__, time.perf_counter() - began)
    return wrapper
---
df.style.format("{:.1f}").background_gradient(cmap="viridis")
---
df.apply(lambda row: row["a"] + row["b"], axis=1)
---
aggregations = {"price": "mean", "quantity": "sum"}
df.groupby("region").agg(aggregations)
---
df.pipe(clean).assign(ratio=lambda d: d["a"] / d["b"])
---
df.describe(include="all").T.to_dict()
---
print(df.to_string(index=False))
print(df.to_markdown())
---
json.dumps(config, indent=2, sort_keys=True, default=str)
---
json.loads(response.text)["data"][0]["id"]
---
np.random.seed(42)
noise = np.random.normal(size=(100, 3))
---
corr = df.corr(numeric_only=True)
sns.heatmap(corr, annot=True, fmt=".2f")
---
xs, ys = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
zs = np.hypot(xs, ys)
---
np.einsum("ij,jk->ik", a, b)
---
counts, edges = np.histogram(values, bins=20, density=True)
centers = (edges[:-1] + edges[1:]) / 2
---
fft = np.fft.rfft(signal)
freqs = np.fft.rfftfreq(len(signal), d=1 / rate)
---
signal.mean(), signal.max()
---
code = codes[0]
profile.age + site.height + glob_count
---
df["platform"].value_counts()
df.socket_id.nunique()
---
model.save("model.h5")
---
from PIL import Image
img = Image.open("cat.png").convert("L")
pixels = np.asarray(img)
---
import glob
for name in glob.glob("data/*.csv"):
    print(name)
---
import os
os.makedirs("out", exist_ok=True)
---
import os
for name in os.listdir("data"):
    if name.endswith(".csv"):
        print(name)
---
import shutil
shutil.copy("a.csv", "b.csv")
---
import zipfile
with zipfile.ZipFile("data.zip") as z:
    names = z.namelist()
---
import gzip
with gzip.open("log.gz", "rt") as f:
    head = f.readline()
---
Path("out.txt").write_text("done")
---
text = Path("notes.md").read_text(encoding="utf-8")
words = text.lower().split()
---
from urllib.parse import urlparse, urlencode
host = urlparse(url).netloc
---
import urllib.request
raw = urllib.request.urlopen("https://example.org/data.txt").read()
---
import threading
lock = threading.Lock()
with lock:
    counter += 1
---
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(max_workers=4) as pool:
    results = list(pool.map(work, jobs))
---
import hashlib
digest = hashlib.sha256(text.encode()).hexdigest()
---
import copy
snapshot = copy.deepcopy(state)
---
import heapq, bisect
heapq.heappush(queue, (priority, item))
bisect.insort(values, 3)
---
import string
letters = string.ascii_lowercase
---
import inspect
print(inspect.getsource(function))
---
from sklearn.base import BaseEstimator, TransformerMixin
class Clip(BaseEstimator, TransformerMixin):
    def __init__(self, low=0.0, high=1.0):
        self.low, self.high = low, high

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return np.clip(X, self.low, self.high)
---
for name, group in df.groupby("region"):
    ax.plot(group["date"], group["price"], label=name)
---
y = eval("1 + 1")
---
obj._private = 3
print(obj._private)
---
del df["tmp"], cache[key]
---
print(*values, sep=", ")
values[::-1]
---
x = 1 if flag else 2
x += 1; x -= 1
lambda: (yield)
'''

CELLS = tuple(cell.strip("\n") for cell in _TEXT.split("\n---\n"))
