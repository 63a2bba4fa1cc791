/** What JS calls and reads on arrays, texts, numbers and records, on handles that stand for one. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "libraries keep what they load" };

export const dataMethods: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const value = (code: string): Py => python.eval(code) as Py;

  test("sequences have JS's array methods that change nothing, where Python has none of that name", () => {
    for (const list of ["[3, 1, 2]", "(3, 1, 2)", "__import__('collections').deque([3, 1, 2])", "__import__('array').array('b', [3, 1, 2])"].map(value)) {
      assert.deepEqual(list.map((n: number, index: number) => n * 10 + index), [30, 11, 22]); // prettier-ignore
      assert.deepEqual(list.filter((n: number) => n > 1), [3, 2]); // prettier-ignore
      assert.deepEqual([list.join("-"), list.includes(2), list.indexOf(1), list.at(-1), list.slice(1)], ["3-1-2", true, 1, 2, [1, 2]]);
      assert.equal(list.reduce((sum: number, n: number) => sum + n, 0), 6); // prettier-ignore
      assert.deepEqual([list.some((n: number) => n > 2), list.find((n: number) => n < 3), [...list.entries()].length], [true, 1, 3]);
      assert.equal(list.push, undefined);
    }
    const { choices } = load(`
      import types
      choices = [types.SimpleNamespace(text="a"), types.SimpleNamespace(text="b")]
    `);
    assert.deepEqual(choices.map((choice: Py) => choice.text), ["a", "b"]); // prettier-ignore
    // Python's own come first.
    assert.equal(value("[1, 2, 1]").count(1), 2);
    assert.equal(value("(1, 2)").index(2), 1);
    assert.deepEqual([value("{'map': 1}").map, value("{}").map, value("{1}").map], [1, undefined, undefined]);
  });

  test("texts and numbers that are no plain ones have JS's methods of these", () => {
    const { tag, Level } = load(`
      import enum
      class Tag(str): pass
      tag = Tag("ab")
      class Level(enum.IntEnum):
          HIGH = 7
    `);
    assert.deepEqual([tag.toUpperCase(), tag.padEnd(3, "."), tag.length, tag.includes("b"), tag.slice(1)], ["AB", "ab.", 2, true, "b"]);
    assert.equal(python.repr(tag.split("a")), "['', 'b']");
    assert.deepEqual([Level.HIGH.toFixed(1), value("__import__('decimal').Decimal('2.5')").toFixed(2)], ["7.0", "2.50"]);
    const numpy = python.import("numpy");
    assert.deepEqual([numpy.float64(1.256).toFixed(1), numpy.array(["x"])[0].toUpperCase()], ["1.3", "X"]);
    assert.deepEqual([numpy.arange(2).toFixed, numpy.datetime64("2020-01-01").toFixed, value("object()").toFixed], [undefined, undefined, undefined]);
  }, KEPT); // prettier-ignore

  test("series and arrays of data libraries have a length, items and methods", () => {
    const [numpy, pandas, polars, pyarrow] = ["numpy", "pandas", "polars", "pyarrow"].map((name) => python.import(name)) as [Py, Py, Py, Py];
    for (const array of [numpy.array([1, 2]), pandas.Series([1, 2]), pandas.Index([1, 2]), polars.Series([1, 2]), pyarrow.array([1, 2])] as Py[]) {
      assert.deepEqual([array.length, Number(array[1]), [...array].map(Number), array.some((n: Py) => Number(n) === 2)], [2, 2, [1, 2], true]);
      if (!python.isInstance(array, pandas.Series)) assert.deepEqual(Object.keys(array), ["0", "1"]);
    }
    assert.deepEqual([pandas.DataFrame({ a: [1] }).length, value("b'abc'").length, value("bytearray(2)").length], [undefined, 3, 2]);
    assert.deepEqual([...Buffer.from(value("b'abc'"))], [97, 98, 99]);
    const described = pandas.DataFrame({ a: [1, 3] }, kwargs({ index: ["x", "y"] }));
    assert.deepEqual([Number(described.loc.y.a), Number(described.describe().loc.mean.a), described.loc.none], [3, 2, undefined]);
    const match = python.import("re").match("(?P<year>\\d+)-(\\d+)", "2024-05");
    assert.deepEqual([match.year, match[2], match.month], ["2024", "05", undefined]);
    assert.deepEqual([value("{0.5: 'half', 1: 'one'}")[0.5], value("{0.5: 'half', 1: 'one'}")[1.5]], ["half", undefined]);
  }, KEPT); // prettier-ignore

  test("tensors of torch are arrays of numbers, and 0-d ones numbers", () => {
    const { torch } = load(`
      import sys, types
      class Tensor:
          def __init__(self, data): self._data = data
          dtype = "torch.float32"
          ndim = property(lambda self: int(isinstance(self._data, list)))
          def size(self): return ()
          def numel(self): return len(self._data) if self.ndim else 1
          def __len__(self): return len(self._data)
          def __getitem__(self, index): return Tensor(self._data[index])
          def __array__(self): raise TypeError
          def __float__(self): return float(self._data)
          def is_complex(self): return False
          def tolist(self): return self._data
          item = tolist
      Tensor.__module__ = "torch"
      torch = types.ModuleType("torch")
      torch.Tensor = Tensor
      sys.modules["torch"] = torch
    `);
    try {
      const tensor = torch.Tensor([1.5, 2]);
      assert.deepEqual([tensor.length, Number(tensor[1]), JSON.stringify({ tensor, item: tensor[0] })], [2, 2, '{"tensor":[1.5,2],"item":1.5}']);
      assert.deepEqual(python.toJs([tensor]), [tensor]);
      assert.deepEqual([python.toJs(tensor), python.toJs(tensor[0]), tensor[0].length], [[1.5, 2], 1.5, undefined]);
    } finally {
      python.deleteItem(python.import("sys").modules, "torch");
    }
  }, KEPT); // prettier-ignore

  test("rows of databases and named tuples are spread by their names", () => {
    const { row, point, renamed } = load(`
      import collections, sqlite3
      connection = sqlite3.connect(":memory:")
      connection.row_factory = sqlite3.Row
      row = connection.execute("select 1 as id, 'tea' as name").fetchone()
      connection.close()
      point = collections.namedtuple("Point", "x y")(1, 2)
      class Row(collections.abc.Sequence):
          _fields = ("id", "count(*)")
          def __init__(self, *items): self.items = items
          def __getitem__(self, index): return self.items[index]
          def __len__(self): return len(self.items)
          def __getattr__(self, name):
              if name != "id": raise AttributeError(name)
              return self.items[0]
          def _asdict(self): return dict(zip(self._fields, self.items))
      renamed = Row(1, 5)
    `);
    assert.deepEqual([row.id, row["name"], row[0], row[-1], row[9], row.length, [...row]], [1, "tea", 1, "tea", undefined, 2, [1, "tea"]]);
    assert.deepEqual([{ ...row }, JSON.stringify(row), python.toJs(row, { record: "object" })], [{ id: 1, name: "tea" }, '{"id":1,"name":"tea"}', { id: 1, name: "tea" }]); // prettier-ignore
    const { x, ...rest } = point;
    assert.deepEqual([x, rest, { ...point }, point[1], point.map(String)], [1, { y: 2 }, { x: 1, y: 2 }, 2, ["1", "2"]]);
    assert.deepEqual([renamed.id, renamed["count(*)"], { ...renamed }], [1, 5, { id: 1, "count(*)": 5 }]);
    assert.deepEqual(python.toJs([renamed][0], { record: "object" }), { id: 1, "count(*)": 5 });
  });

  test("toJs converts mappings that are equal to their dict", () => {
    const { mappings, other } = load(`
      import collections, types
      mappings = [types.MappingProxyType({"a": 1}), collections.ChainMap({"a": {"b": 1}}, {"c": 2}), collections.UserDict(x=1), types.MappingProxyType({1: 2})]
      class Multi(collections.abc.Mapping):
          def __getitem__(self, key): return 1
          def __iter__(self): return iter("ab")
          def __len__(self): return 2
          def __eq__(self, other): return isinstance(other, Multi)
          __hash__ = None
      other = Multi()
    `);
    assert.deepEqual(python.toJs(mappings), [{ a: 1 }, { c: 2, a: { b: 1 } }, { x: 1 }, new Map([[1, 2]])]);
    assert.equal(api.isPyObject(python.toJs(other)), true);
    assert.deepEqual(python.toJs(other, { collection: "convert" }), { a: 1, b: 1 });
  });

  test("two columns of one name are no data in JS", async () => {
    const [pandas, pyarrow] = [python.import("pandas"), python.import("pyarrow")] as [Py, Py];
    const frame = pandas.DataFrame([[1, 2]], kwargs({ columns: ["a", "a"] }));
    const table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], kwargs({ names: ["a", "a"] }));
    for (const twins of [frame, table]) {
      for (const use of [() => python.toJs(twins), () => python.toJs(twins, { frame: "columns" }), () => JSON.stringify(twins)]) {
        const error = await caught(use);
        assert.equal(error.code, "not-convertible");
        assert.match(error.message, /'a'.*frame: "arrow"/);
      }
    }
    assert.ok(python.toJs(table, { frame: "arrow" }) instanceof Uint8Array);
  }, KEPT); // prettier-ignore
};
