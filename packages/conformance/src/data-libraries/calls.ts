/** Everyday calls of Python libraries, written as a JavaScript program would write them first. The table in docs/data-libraries.md is made of these. */

/** One call. */
export interface DataCall {
  readonly library: string;
  /** An expression, or statements with a `return`. `python` and `kwargs` are there, `port` is that of the library's server (see fakes.py). */
  readonly code: string;
  /** Its `repr` in Python; the text of a text. */
  readonly result: string;
  /** The call fails with the error `result`, whose message names the remedy. */
  readonly remedy?: string;
}

const call = (library: string, code: string, result: string): DataCall => ({ library, code, result });

const fails = (library: string, code: string, result: string, remedy: string): DataCall => ({ library, code, result, remedy });

export const dataCalls: readonly DataCall[] = [
  call("builtins", "python.builtins.sum([1, 2, 3])", "6"),
  call("builtins", "python.builtins.dict({ us: 1, de: 2 })", "{'us': 1, 'de': 2}"),
  call("builtins", 'python.builtins.sorted(["b", "a"], kwargs({ reverse: true }))', "['b', 'a']"),
  call("builtins", "python.builtins.isinstance({ a: 1 }, python.builtins.dict)", "True"),
  call("builtins", 'python.eval("str").join(", ", ["a", "b"])', "a, b"),
  call("collections", 'python.import("collections").Counter({ tea: 2 }).most_common()', "[('tea', 2)]"),
  call("statistics", 'python.import("statistics").mean([1, 2, 3, 4])', "2.5"),
  call("itertools", 'python.builtins.list(python.import("itertools").chain([1], [2, 3]))', "[1, 2, 3]"),
  call("datetime", 'python.import("datetime").datetime.isoformat(new Date(0))', "1970-01-01T00:00:00+00:00"),
  call("json", 'python.import("json").dumps({ a: [1, null, true] })', '{"a": [1, null, true]}'),
  call("json", 'python.import("json").dumps([{ n: 1 }], kwargs({ separators: [",", ":"] }))', '[{"n":1}]'),
  call("orjson", 'python.import("orjson").dumps({ a: [1, 2.5], when: new Date(0) })', `b'{"a":[1,2.5],"when":"1970-01-01T00:00:00+00:00"}'`),
  call("sqlite3", 'python.import("sqlite3").connect(":memory:").execute("select ?, ?", [1, "x"]).fetchone()', "(1, 'x')"),
  call("sqlite3", 'python.import("sqlite3").connect(":memory:").execute("select :n", { n: 5 }).fetchone()', "(5,)"),
  call(
    "csv",
    'const io = python.import("io").StringIO(); python.import("csv").DictWriter(io, ["a", "b"]).writerows([{ a: 1, b: 2 }]); return io.getvalue().trim()',
    "1,2",
  ),
  call("urllib", 'python.import("urllib.parse").urlencode({ q: "tea", page: 2 })', "q=tea&page=2"),
  call("subprocess", 'python.import("subprocess").list2cmdline(["git", "log", "-1"])', "git log -1"),
  call("string", 'python.import("string").Template("$a and $b").substitute({ a: 1, b: 2 })', "1 and 2"),
  call("numpy", 'python.import("numpy").array([1, 2, 3])', "array([1, 2, 3])"),
  call("numpy", 'python.import("numpy").array([[1, 2], [3, 4.5]]).shape', "(2, 2)"),
  call("numpy", 'Number(python.import("numpy").mean([1, 2, 3, 4]))', "2.5"),
  call("numpy", 'python.import("numpy").zeros([2, 3]).shape', "(2, 3)"),
  call("numpy", 'python.import("numpy").array(python.ref([1, 2]))', "array([1, 2])"),
  call("numpy", 'Number(python.import("numpy").sum(new Float64Array([1.5, 2])))', "3.5"),
  call("pandas", 'python.import("pandas").DataFrame([{ a: 1, b: "x" }, { a: 2, b: "y" }]).to_dict("records")', "[{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}]"),
  call("pandas", 'python.import("pandas").DataFrame({ a: [1, 2], b: [3, 4] }).sum().to_dict()', "{'a': 3, 'b': 7}"),
  call("pandas", 'python.import("pandas").Series([1, 2, 4], kwargs({ index: ["x", "y", "z"] })).to_dict()', "{'x': 1, 'y': 2, 'z': 4}"),
  call(
    "pandas",
    'const df = python.import("pandas").DataFrame({ k: ["a", "b", "a"], v: [1, 2, 3] }); return df.groupby("k").agg({ v: "sum" }).to_dict()',
    "{'v': {'a': 4, 'b': 2}}",
  ),
  call("pandas", 'const df = python.import("pandas").DataFrame({ a: [1, 2] }); return python.expr("df[df.a > limit]", { df, limit: 1 }).shape', "(1, 1)"),
  call("pandas", 'python.import("pandas").to_datetime([new Date(0)]).year.tolist()', "[1970]"),
  call("polars", 'python.import("polars").DataFrame({ a: [1, 2], b: ["x", "y"] }).rows()', "[(1, 'x'), (2, 'y')]"),
  call("polars", 'python.import("polars").from_dicts([{ a: 1 }, { a: null }]).height', "2"),
  call("polars", 'python.import("polars").Series("n", [1.5, 2.75]).sum()', "4.25"),
  call("pyarrow", 'python.import("pyarrow").table({ a: [1, 2], b: ["x", null] }).to_pydict()', "{'a': [1, 2], 'b': ['x', None]}"),
  call("pyarrow", 'python.import("pyarrow").Table.from_pylist([{ a: [1, 2] }]).num_rows', "1"),
  call("duckdb", 'python.import("duckdb").execute("select ? + ?", [1, 2]).fetchone()', "(3,)"),
  call("duckdb", 'python.import("duckdb").execute("select $a", { a: "x" }).fetchall()', "[('x',)]"),
  call(
    "httpx",
    'python.import("httpx").URL("http://localhost/", kwargs({ params: { q: "tea", tag: ["a", "b"] } }))',
    "URL('http://localhost/?q=tea&tag=a&tag=b')",
  ),
  call("httpx", 'python.import("httpx").Request("POST", "http://localhost/", kwargs({ json: { a: [1] } })).content', `b'{"a":[1]}'`),
  call("pydantic", 'python.import("pydantic").TypeAdapter(python.eval("dict[str, list[int]]")).validate_python({ a: [1, "2"] })', "{'a': [1, 2]}"),
  call(
    "pydantic",
    'python.import("pydantic").create_model("User", kwargs({ name: Object.freeze([python.builtins.str, ""]) })).model_validate({ name: "Ada" }).name',
    "Ada",
  ),
  call("FastAPI", 'python.import("fastapi.encoders").jsonable_encoder({ rows: [{ when: new Date(0) }] })', "{'rows': [{'when': '1970-01-01T00:00:00+00:00'}]}"),
  call("FastAPI", 'python.import("fastapi.responses").JSONResponse({ ok: [true] }).body', `b'{"ok":[true]}'`),
  call("functools", 'python.import("functools").reduce((sum, n) => sum + n, [1, 2, 3])', "6"),
  call("heapq", 'python.import("heapq").nsmallest(1, [{ n: 2 }, { n: 1 }], kwargs({ key: (item) => item.n }))', "[{'n': 1}]"),
  call("re", 'python.import("re").sub("\\\\d+", (match) => String(match[0] * 2), "a1 b20")', "a2 b40"),
  call("random", 'const deck = [1, 2, 3]; python.import("random").shuffle(python.ref(deck)); return deck.sort()', "[1, 2, 3]"),
  call("os", 'const { environ, getenv } = python.import("os"); environ.SHOP = "tea"; return getenv("SHOP")', "tea"),
  call("decimal", 'const { Decimal } = python.import("decimal"); return python.expr("a + b", { a: Decimal("0.1"), b: Decimal("0.2") })', "Decimal('0.3')"),
  call(
    "dataclasses",
    'const { make_dataclass, asdict } = python.import("dataclasses"); return asdict(new (make_dataclass("Point", ["x", "y"]))(1, [2]))',
    "{'x': 1, 'y': [2]}",
  ),
  call(
    "sqlite3",
    'const sqlite = python.import("sqlite3"); const db = sqlite.connect(":memory:"); db.row_factory = sqlite.Row; return { ...db.execute("select 1 as id, 2 as n").fetchone() }',
    "{'id': 1, 'n': 2}",
  ),
  call("numpy", 'python.import("numpy").array([1, 2, 3], kwargs({ dtype: "float32" })).dtype', "dtype('float32')"),
  call("numpy", 'const np = python.import("numpy"); const a = np.array([5, 6, 7]); a[0] = 1; return python.getItem(a, [true, false, true])', "array([1, 7])"),
  call("numpy", 'python.import("numpy").where([true, false], [1, 2], [3, 4])', "array([1, 4])"),
  call("numpy", 'python.import("numpy").array([1, 2]).map((n) => n * 10)', "[10, 20]"),
  call("pandas", 'const df = python.import("pandas").DataFrame({ a: [1, 2] }); df.b = python.expr("df.a * 2", { df }); return df.b.tolist()', "[2, 4]"),
  call("pandas", 'const df = python.import("pandas").DataFrame({ a: [1, 2, 3] }); return df.describe().loc.mean.a.toFixed(1)', "2.0"),
  call(
    "pandas",
    'const df = python.import("pandas").DataFrame([{ k: "x", v: 1 }, { k: "y", v: 2 }]); return df.map((value) => String(value)).to_dict("list")',
    "{'k': ['x', 'y'], 'v': ['1', '2']}",
  ),
  call(
    "pandas",
    'const pd = python.import("pandas"); return pd.DataFrame({ k: [1] }).merge(pd.DataFrame({ k: [1], v: [2] }), kwargs({ on: ["k"] })).to_dict("records")',
    "[{'k': 1, 'v': 2}]",
  ),
  call(
    "pandas",
    'const df = python.import("pandas").DataFrame({ k: ["x", "x"], v: [1, 2] }); return df.groupby("k").agg(kwargs({ total: python.tuple("v", "sum") })).to_dict()',
    "{'total': {'x': 3}}",
  ),
  call(
    "pandas",
    'const df = python.import("pandas").DataFrame([{ at: new Date(0), v: 1 }, { at: new Date(3600000), v: 2 }]); return df.set_index("at").resample("D").sum().v.tolist()',
    "[3]",
  ),
  call("polars", 'const pl = python.import("polars"); return pl.DataFrame({ v: [1, 2, 3] }).filter(pl.col("v").gt(1)).to_dicts()', "[{'v': 2}, {'v': 3}]"),
  call(
    "polars",
    'const pl = python.import("polars"); const tier = pl.when(pl.col("v").gt(1)).then(pl.lit("many")).otherwise(pl.lit("one")); return pl.DataFrame({ v: [1, 2] }).select(tier.alias("t")).rows()',
    "[('one',), ('many',)]",
  ),
  call(
    "polars",
    'const pl = python.import("polars"); return pl.DataFrame({ k: ["a", "a"], v: [1, 2] }).lazy().group_by("k").agg(pl.col("v").sum()).collect().rows()',
    "[('a', 3)]",
  ),
  call("pyarrow", 'python.import("pyarrow.compute").sum([1, 2, 3]).as_py()', "6"),
  call("pyarrow", 'const { array } = python.import("pyarrow"); return array([{ a: 1 }, { a: null }]).type', "StructType(struct<a: int64>)"),
  call(
    "duckdb",
    'const duckdb = python.import("duckdb"); const db = duckdb.connect(); db.register("t", python.import("polars").DataFrame({ v: [1, 2] })); return db.execute("select sum(v)::int from t").fetchone()[0]',
    "3",
  ),
  call("orjson", 'const orjson = python.import("orjson"); return orjson.dumps({ b: 1, a: 2 }, kwargs({ option: orjson.OPT_SORT_KEYS }))', `b'{"a":2,"b":1}'`),
  call("pydantic", 'python.import("pydantic").TypeAdapter(python.builtins.bytes).validate_python(python.toPy(new Uint8Array([104, 105])))', "b'hi'"),
  call(
    "httpx",
    'const request = python.import("httpx").Request("POST", "http://localhost/", kwargs({ headers: { "X-Shop": "tea" }, data: { a: 1 } })); return [request.headers["x-shop"], request.content]',
    "['tea', b'a=1']",
  ),
  call(
    "scikit-learn",
    'const { LinearRegression } = python.import("sklearn.linear_model"); return new LinearRegression().fit([[1], [2], [3]], [2, 4, 6]).predict([[4]])[0].toFixed(1)',
    "8.0",
  ),
  call(
    "scikit-learn",
    'const { train_test_split } = python.import("sklearn.model_selection"); const [train, test] = train_test_split([1, 2, 3, 4], kwargs({ test_size: 1 })); return [train.length, test.length]',
    "[3, 1]",
  ),
  call(
    "scikit-learn",
    'const { TfidfVectorizer } = python.import("sklearn.feature_extraction.text"); return new TfidfVectorizer().fit(["green tea", "black tea"]).get_feature_names_out().tolist()',
    "['black', 'green', 'tea']",
  ),
  call(
    "scikit-learn",
    'const { Pipeline } = python.import("sklearn.pipeline"); const { StandardScaler } = python.import("sklearn.preprocessing"); const { KNeighborsClassifier } = python.import("sklearn.neighbors"); const model = new Pipeline([["scale", new StandardScaler()], ["nearest", new KNeighborsClassifier(1)]]); return model.fit([[0], [10]], ["cold", "hot"]).predict([[9]]).tolist()',
    "['hot']",
  ),
  call(
    "scikit-learn",
    'const { DictVectorizer } = python.import("sklearn.feature_extraction"); return new DictVectorizer(kwargs({ sparse: false })).fit_transform([{ city: "Rome", t: 3 }, { city: "Bonn", t: 1 }]).tolist()',
    "[[0.0, 1.0, 3.0], [1.0, 0.0, 1.0]]",
  ),
  call(
    "scikit-learn",
    'const { GridSearchCV } = python.import("sklearn.model_selection"); const { Ridge } = python.import("sklearn.linear_model"); return new GridSearchCV(new Ridge(), { alpha: [0.1, 10] }, kwargs({ cv: 2 })).fit([[1], [2], [3], [4]], [1, 2, 3, 4]).best_params_',
    "{'alpha': 0.1}",
  ),
  call(
    "matplotlib",
    'const { Figure } = python.import("matplotlib.figure"); const axes = new Figure(kwargs({ figsize: [4, 3] })).subplots(); const [line] = axes.plot([1, 2, 3], [4, 5, 6], kwargs({ label: "x" })); axes.legend(); return line.get_ydata().tolist()',
    "[4, 5, 6]",
  ),
  call(
    "matplotlib",
    'const { Figure } = python.import("matplotlib.figure"); const axes = new Figure().subplots(); const bars = axes.bar(["a", "b"], [1, 2], kwargs({ color: ["red", "#00ff00"] })); return [...bars].map((bar) => Number(bar.get_height()))',
    "[1, 2]",
  ),
  call(
    "matplotlib",
    'const { Figure } = python.import("matplotlib.figure"); const figure = new Figure(); figure.subplots().hist([1, 1, 2], kwargs({ bins: [0, 1.5, 3] })); const file = python.import("io").BytesIO(); figure.savefig(file, kwargs({ format: "png" })); return String.fromCharCode(...python.toJs(file.getvalue()).slice(1, 4))',
    "PNG",
  ),
  call(
    "jinja2",
    'python.import("jinja2").Template("{% for o in orders %}{{ o.item }} {{ o.price | round(1) }};{% endfor %}").render(kwargs({ orders: [{ item: "tea", price: 2.51 }] }))',
    "tea 2.5;",
  ),
  call(
    "jinja2",
    'python.import("jinja2").Template("{{ user.name | upper }} {{ user.tags | join(\',\') }}").render({ user: { name: "Ada", tags: ["a", "b"] } })',
    "ADA a,b",
  ),
  call(
    "jinja2",
    'const { Environment } = python.import("jinja2"); const env = new Environment(); env.filters.eur = (n) => n.toFixed(2) + " EUR"; return env.from_string("{{ order.total() | eur }}").render(kwargs({ order: { total: () => 5 } }))',
    "5.00 EUR",
  ),
  call(
    "redis",
    'const db = new (python.import("redis").Redis)(kwargs({ port, decode_responses: true })); db.set("drink", "tea"); return db.get("drink")',
    "tea",
  ),
  call(
    "redis",
    'const db = new (python.import("redis").Redis)(kwargs({ port, decode_responses: true })); db.hset("user", kwargs({ mapping: { name: "Ada", age: 36 } })); return db.hgetall("user")',
    "{'name': 'Ada', 'age': '36'}",
  ),
  call(
    "redis",
    'const db = new (python.import("redis").Redis)(kwargs({ port })); db.mset({ x: 1, y: new Uint8Array([104, 105]) }); return db.mget(["x", "y", "z"])',
    "[b'1', b'hi', None]",
  ),
  call(
    "redis",
    'const db = new (python.import("redis.asyncio").Redis)(kwargs({ port })); await db.rpush("list", "a", "b"); const list = await db.lrange("list", 0, -1); await db.aclose(); return list',
    "[b'a', b'b']",
  ),
  call(
    "openai",
    'const client = new (python.import("openai").OpenAI)(kwargs({ api_key: "key", base_url: `http://127.0.0.1:${port}` })); return client.chat.completions.create(kwargs({ model: "any", messages: [{ role: "user", content: "tea" }] })).choices[0].message.content',
    "you said tea",
  ),
  call(
    "openai",
    'const client = new (python.import("openai").AsyncOpenAI)(kwargs({ api_key: "key", base_url: `http://127.0.0.1:${port}` })); let text = ""; for await (const part of await client.chat.completions.create(kwargs({ model: "any", stream: true, messages: [{ role: "user", content: "tea" }] }))) text += part.choices[0].delta.content; return text',
    "you said tea",
  ),
  call(
    "openai",
    'const client = new (python.import("openai").OpenAI)(kwargs({ api_key: "key", base_url: `http://127.0.0.1:${port}` })); const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }]; const { message } = client.chat.completions.create(kwargs({ model: "any", tools, messages: [{ role: "user", content: "Rome?" }] })).choices[0]; return JSON.parse(message.tool_calls[0].function.arguments).city',
    "Rome",
  ),
  call(
    "openai",
    'const client = new (python.import("openai").OpenAI)(kwargs({ api_key: "key", base_url: `http://127.0.0.1:${port}` })); return client.embeddings.create(kwargs({ model: "any", input: ["a", "bcd"], encoding_format: "float" })).data.map((item) => item.embedding)',
    "[[1.0, 0.5], [3.0, 0.5]]",
  ),
  call(
    "sqlalchemy",
    'const { create_engine, text } = python.import("sqlalchemy"); return create_engine("sqlite://").connect().execute(text("select :a + :b as total"), { a: 1, b: 2 }).mappings().all()',
    "[{'total': 3}]",
  ),
  call(
    "sqlalchemy",
    'const sa = python.import("sqlalchemy"); const t = new sa.Table("t", new sa.MetaData(), new sa.Column("id", sa.Integer), new sa.Column("name", sa.String)); const db = sa.create_engine("sqlite://").connect(); t.create(db); db.execute(sa.insert(t), [{ id: 1, name: "a" }, { id: 2, name: "b" }]); return db.execute(sa.select(t.c.name).where(t.c.id.in_([2, 3]))).all()',
    "[('b',)]",
  ),
  call(
    "sqlalchemy",
    'const { create_engine, text } = python.import("sqlalchemy"); const [row] = create_engine("sqlite://").connect().execute(text("select 1 as id, \'x\' as name")); return JSON.stringify({ row, id: row.id })',
    '{"row":{"id":1,"name":"x"},"id":1}',
  ),
  call(
    "psycopg",
    'const { connect, ClientCursor } = python.import("psycopg"); const db = connect(kwargs({ host: "127.0.0.1", port, user: "me", cursor_factory: ClientCursor })); return db.execute("select %s, %s, %s", [1, "it\'s", null]).fetchone()[0]',
    "select 1, 'it''s', NULL",
  ),
  call(
    "psycopg",
    'const { connect, ClientCursor } = python.import("psycopg"); const db = connect(kwargs({ host: "127.0.0.1", port, user: "me", cursor_factory: ClientCursor })); return db.execute("select %(ids)s, %(at)s", { ids: [1, 2], at: new Date(0) }).fetchone()[0]',
    "select '{1,2}'::int2[], '1970-01-01 00:00:00+00:00'::timestamptz",
  ),
  call(
    "psycopg",
    'const { AsyncConnection, AsyncClientCursor } = python.import("psycopg"); const { Jsonb } = python.import("psycopg.types.json"); const db = await AsyncConnection.connect(kwargs({ host: "127.0.0.1", port, user: "me", cursor_factory: AsyncClientCursor })); const cursor = await db.execute("select %s, %s", [new Uint8Array([1]), Jsonb({ a: [1] })]); const [text] = await cursor.fetchone(); await db.close(); return text',
    `select '\\x01'::bytea, '{"a": [1]}'::jsonb`,
  ),
  fails("json", 'python.import("json").dumps({ a: 1 }, { indent: 2 })', "TypeError", "kwargs({ indent })"),
  fails("json", 'python.import("json").dumps({ at: new Date(0) })', "TypeError", "kwargs({ default: python.builtins.str })"),
  fails("json", 'python.import("json").loads(new TextEncoder().encode("{}"))', "TypeError", "python.toPy()"),
  fails("numpy", 'python.import("numpy").dtype([["name", "U4"], ["count", "i4"]])', "TypeError", "python.tuple(...)"),
  fails("pandas", 'const pd = python.import("pandas"); return pd.Timestamp("2024-01-02") > pd.Timestamp("2024-01-01")', "TypeError", "python.expr("),
  fails(
    "pydantic",
    'python.import("pydantic").create_model("User", kwargs({ id: Object.freeze([python.builtins.int, 0]) }))({ id: 1 })',
    "TypeError",
    "kwargs({ id })",
  ),
  fails(
    "matplotlib",
    'const { Figure } = python.import("matplotlib.figure"); return new Figure().subplots().plot(new Float64Array([1, 2]))',
    "TypeError",
    "numpy.asarray()",
  ),
  fails(
    "openai",
    'const client = new (python.import("openai").OpenAI)(kwargs({ api_key: "key", base_url: `http://127.0.0.1:${port}` })); return client.chat.completions.create({ model: "any", messages: [] })',
    "TypeError",
    "kwargs({ model, messages })",
  ),
  fails("redis", 'const db = new (python.import("redis").Redis)(kwargs({ port })); return db.set("user", { name: "Ada" })', "DataError", "JSON.stringify"),
  fails(
    "psycopg",
    'const { connect, ClientCursor } = python.import("psycopg"); const db = connect(kwargs({ host: "127.0.0.1", port, user: "me", cursor_factory: ClientCursor })); return db.execute("select %s", [{ a: 1 }])',
    "ProgrammingError",
    "Jsonb",
  ),
  fails("builtins", "python.builtins.len(new Map([[{}, 1]]))", "not-convertible", "python.ref()"),
];
