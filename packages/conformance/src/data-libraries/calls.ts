/** Everyday calls of Python libraries, written as a JavaScript program would write them first. The table in docs/data-libraries.md is made of these. */

/** One call. */
export interface DataCall {
  readonly library: string;
  /** An expression, or statements with a `return`. `python` and `kwargs` are there. */
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
  fails("json", 'python.import("json").dumps({ a: 1 }, { indent: 2 })', "TypeError", "kwargs({ indent })"),
  fails("builtins", "python.builtins.len(new Map([[{}, 1]]))", "not-convertible", "python.ref()"),
];
