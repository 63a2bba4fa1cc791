/** Data of JS that is nearly plain: Arrays with hardly any items, and objects whose items are no properties; and items of numpy's structured arrays. */
import assert from "node:assert/strict";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

export const oddData: Topic = ({ api, test }) => {
  const { python, kwargs } = api;
  const { builtins } = python;

  test("an Array that is long and has hardly any items is no list", async () => {
    const far: unknown[] = [];
    far[4e9] = 1;
    const numbers = [1, 2, 3];
    numbers.length = 1e9;
    for (const array of [far, numbers]) {
      for (const use of [() => builtins.len(array), () => builtins.repr({ deep: [array] }), () => python.toPy(array), () => python.toPy(array, { array: "tuple" })]) {
        const error = await caught(use);
        assert.equal(error.code, "not-convertible");
        assert.match(error.message, /python\.ref/);
      }
    }
    assert.equal(builtins.len(python.ref(far)), 4e9 + 1);
    // Holes are None, also in long arrays that are mostly full.
    assert.equal(builtins.repr([1, , 3]), "[1, None, 3]"); // oxlint-disable-line no-sparse-arrays
    const full: unknown[] = [];
    for (let index = 0; index < 2 ** 22 + 10; index++) if (index !== 5) full[index] = true;
    assert.equal(python.expr("sum(1 for item in full if item is None)", { full }), 1);
  }); // prettier-ignore

  test("Headers, URLSearchParams and FormData have their items in Python", async () => {
    const form = new FormData();
    form.set("item", "tea");
    const cases = [new Headers({ Item: "tea" }), new URLSearchParams("item=tea&other=1"), form];
    for (const each of cases) {
      assert.equal(builtins.dict(each).item, "tea");
      assert.equal(python.expr("each['item']", { each }), "tea");
      assert.equal((await caught(() => python.expr("each['absent']", { each }))).name, "KeyError");
      assert.equal(python.expr("each.get('item')", { each }), "tea");
    }
    class Config {
      get(key: string): string {
        return key.toUpperCase();
      }
    }
    assert.equal((await caught(() => python.expr("config['a']", { config: new Config() }))).name, "KeyError");
  });

  test("concat takes the items of a sequence", () => {
    assert.deepEqual([0].concat(python.toPy([1, 2]), python.eval("(3, 4)"), python.eval("range(5, 7)")), [0, 1, 2, 3, 4, 5, 6]);
    const [dict, text] = [python.toPy({ a: 1 }), python.eval("type('Text', (str,), {})('ab')")];
    assert.deepEqual(([] as unknown[]).concat(dict, text).length, 2);
  });

  test("what writes a property named by a symbol into a handle learns what to do", async () => {
    const order: Record<symbol, unknown> = builtins.dict({ item: "tea" });
    const error = await caught(() => (order[Symbol.for("level")] = "info"));
    assert.equal(error.code, "bad-argument");
    assert.match(error.message, /Symbol\(level\).*python\.toJs/);
  });

  test("items of structured arrays are records", () => {
    const numpy = python.import("numpy");
    const dtype = [python.tuple("name", "U4"), python.tuple("n", "i4")];
    const array = numpy.array([python.tuple("tea", 1), python.tuple("milk", 2)], kwargs({ dtype }));
    const rows = [{ name: "tea", n: 1 }, { name: "milk", n: 2 }]; // prettier-ignore
    assert.deepEqual(JSON.parse(JSON.stringify(array)), rows);
    assert.deepEqual(python.toJs(array, { record: "object" }), rows);
    assert.deepEqual(JSON.parse(JSON.stringify(array.reshape(2, 1))), [[rows[0]], [rows[1]]]);
    assert.equal(python.repr({ ...array[1] }), "{'name': np.str_('milk'), 'n': np.int32(2)}".replaceAll(/np\.\w+\(([^)]*)\)/g, Number.parseInt(String(numpy.__version__)) < 2 ? "$1" : "$&"));
    assert.deepEqual(Object.keys(array.view(numpy.recarray)[0]), ["name", "n"]);
    // A field that an attribute hides is not listed as what it is not.
    const hidden = numpy.zeros(1, kwargs({ dtype: [python.tuple("shape", "i4")] }));
    assert.throws(() => Object.keys(hidden[0]), { code: "not-convertible" });
  }, { leaves: "libraries keep what they load" }); // prettier-ignore
};
