/** Errors of Python that name what to do in JavaScript. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "libraries keep what they load" };

export const errorHints: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const message = async (body: () => unknown): Promise<string> => (await caught(body)).message as string;

  test("an Array where Python wants a tuple", async () => {
    const numpy = python.import("numpy");
    const pairs = [["name", "U4"], ["count", "i4"]]; // prettier-ignore
    assert.match(await message(() => numpy.dtype(pairs)), /python\.tuple\(\.\.\.\)/);
    assert.match(await message(() => numpy.zeros(1, kwargs({ dtype: pairs }))), /python\.tuple\(\.\.\.\)/);
    assert.equal(numpy.dtype(pairs.map((pair) => python.tuple(...pair))).names.length, 2);
    assert.match(await message(() => python.builtins.isinstance(1, [python.builtins.int])), /python\.tuple\(\.\.\.\)/);
    assert.doesNotMatch(await message(() => python.builtins.isinstance(1, Object.freeze([1]))), /python\.tuple/);
    assert.doesNotMatch(await message(() => python.builtins.int([1, 2])), /python\.toPy/);
  }, KEPT); // prettier-ignore

  test("objects of JS where Python has its own kind", async () => {
    const { urllib, re, bytes } = { urllib: python.import("urllib.parse"), re: python.import("re"), bytes: python.builtins.bytes };
    assert.match(await message(() => urllib.urlparse(new URL("http://shop/"))), /String\(url\)/);
    assert.match(await message(() => python.import("httpx").URL(new URL("http://shop/"))), /String\(url\)/);
    assert.match(await message(() => re.sub(/a/, "b", "aa")), /regexp\.source/);
    assert.match(await message(() => bytes(new Blob(["a"]))), /await blob\.bytes\(\)/);
    assert.match(await message(() => python.import("json").dumps({ n: new Float64Array(1) })), /Array\.from/);
    assert.match(await message(() => python.import("json").dumps(python.toPy([new Float64Array(1)]))), /Array\.from/);
  }, KEPT); // prettier-ignore

  test("an object or Array where a database wants a value", async () => {
    const db = python.import("sqlite3").connect(":memory:");
    assert.match(await message(() => db.execute("select ?", [{ a: 1 }])), /JSON\.stringify/);
    assert.match(await message(() => db.execute("select ?", [[1]])), /JSON\.stringify/);
    db.close();
  }, KEPT); // prettier-ignore

  test("a typed array where Python wants bytes or an array", async () => {
    const bytes = new TextEncoder().encode("{}");
    for (const call of [
      () => python.import("json").loads(bytes),
      () => python.import("json").dumps({ bytes }),
      () => python.import("hmac").new(bytes, bytes, "sha256"),
      () => python.import("pickle").dumps([bytes]),
      () => python.import("pydantic").TypeAdapter(python.builtins.bytes).validate_python(bytes),
      () => python.import("polars").read_csv(bytes),
    ]) {
      assert.match(await message(call), /python\.toPy\(\)|default: python\.builtins\.str/, String(call));
    }
    // Also where a Task fails with it later.
    const { later } = load("async def later(data): return data.read()");
    assert.match(await message(() => later(bytes)), /memoryview.*python\.toPy\(\)/);
    assert.doesNotMatch(await message(() => later("text")), /python\.toPy/);
  }, KEPT); // prettier-ignore

  test("an instance of a class where Python wants data, and a reference where it wants a list", async () => {
    class Order {
      id = 1;
    }
    const { User } = load(`
      import pydantic
      class User(pydantic.BaseModel):
          id: int
    `);
    for (const call of [
      () => User.model_validate(new Order()),
      () => python.import("json").dumps({ order: new Order() }),
      () => python.import("pickle").dumps(new Order()),
      () => python.import("pandas").DataFrame([new Order()]),
    ]) {
      assert.match(await message(call), /\{ instance: "dict" \}/, String(call));
    }
    assert.equal(User.model_validate(python.toPy(new Order(), { instance: "dict" })).id, 1);
    assert.match(await message(() => python.import("heapq").heapify(python.ref([1]))), /python\.toPy\(\) makes a list/);
  }, KEPT); // prettier-ignore

  test("dates and sets in JSON, dicts as keys, and operators of JS", async () => {
    const { dumps } = python.import("json");
    for (const value of [new Date(0), new Set([1])]) {
      assert.match(await message(() => dumps({ value })), /kwargs\(\{ default: python\.builtins\.str \}\)/);
      assert.equal(typeof dumps({ value }, kwargs({ default: python.builtins.str })), "string");
    }
    assert.match(await message(() => python.builtins.hash({ size: 1 })), /kwargs\(\{ size \}\)/);
    const [day, next] = [2, 3].map((each) => python.import("datetime").date(2024, 1, each) as Py);
    for (const use of [() => day > next, () => day - next, () => Number(day)]) assert.match(await message(use), /python\.expr\("a > b", \{ a, b \}\)/);
  });

  test("keyword names are those that functions in C look for", () => {
    const orjson = python.import("orjson");
    assert.equal(orjson.dumps({ b: 1 }, kwargs({ option: orjson.OPT_INDENT_2, default: () => null })).decode(), '{\n  "b": 1\n}');
  }, KEPT); // prettier-ignore
};
