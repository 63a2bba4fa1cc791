/** Properties of handles that are written: items of mappings and tables, or attributes. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "libraries keep what they load" };

export const writingHandles: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const value = (code: string): Py => python.eval(code) as Py;

  test("a property of a mapping is an item, also where the class has room for attributes", () => {
    const { OrderedDict, UserDict, defaultdict } = python.import("collections");
    for (const mapping of [python.eval("{}"), OrderedDict(), UserDict(), defaultdict(python.builtins.list)] as Py[]) {
      mapping.name = "tea";
      mapping["two words"] = [1];
      Object.assign(mapping, { count: 2 });
      assert.deepEqual([mapping.name, mapping["two words"][0], mapping.count], ["tea", 1, 2]);
      assert.equal(python.repr(python.builtins.list(mapping)), "['name', 'two words', 'count']");
      delete mapping.count;
      assert.equal(python.contains(mapping, "count"), false);
    }
    const { environ, getenv } = python.import("os");
    environ.INTERLOOP_TEST_ITEM = "set";
    assert.equal(getenv("INTERLOOP_TEST_ITEM"), "set");
    delete environ.INTERLOOP_TEST_ITEM;
    assert.equal(getenv("INTERLOOP_TEST_ITEM"), null);
    const { EmailMessage } = python.import("email.message");
    const message = EmailMessage();
    message.Subject = "tea";
    assert.equal(String(python.getItem(message, "subject")), "tea");
  }, KEPT); // prettier-ignore

  test("what the class has as an attribute stays one, and the name of a method is an error", async () => {
    const counted = python.import("collections").defaultdict(python.builtins.list);
    counted.default_factory = python.builtins.int;
    assert.equal(python.repr(counted), "defaultdict(<class 'int'>, {})");
    const { Settings } = load(`
      class Settings(dict):
          theme = "light"
          def __init__(self):
              self.path = "/a"
          @property
          def size(self): return self["kept"]
          @size.setter
          def size(self, to): self["kept"] = to
    `);
    const settings = Settings();
    settings.theme = "dark";
    settings.path = "/b";
    settings.size = 5;
    settings.other = 1;
    assert.deepEqual([settings.theme, settings.path, settings.size, python.repr(settings)], ["dark", "/b", 5, "{'kept': 5, 'other': 1}"]);
    for (const name of ["items", "get", "update"]) {
      for (const mapping of [value("{}"), value("__import__('collections').Counter()")]) {
        const error = await caught(() => (mapping[name] = 1));
        assert.equal(error.name, "AttributeError", name);
        assert.match(error.message, /python\.setItem/);
        python.setItem(mapping, name, 1);
        assert.equal(python.getItem(mapping, name), 1);
      }
    }
    assert.equal((await caught(() => (value("[1]").name = 1))).name, "AttributeError");
    assert.equal((await caught(() => (value("__import__('types').MappingProxyType({})").name = 1))).name, "AttributeError");
    const { thing } = load("class Thing: pass\nthing = Thing()");
    thing.name = "x";
    assert.equal(thing.name, "x");
    delete thing.name;
    assert.equal(thing.name, undefined);
    // The operations by name do what they say.
    const dict = value("__import__('collections').Counter()");
    python.setAttr(dict, "name", 1);
    assert.deepEqual([python.getAttr(dict, "name"), python.len(dict)], [1, 0]);
    python.deleteAttr(dict, "name");
  });

  test("columns of pandas, labels of series and fields of structured arrays are written like items", async () => {
    const pandas = python.import("pandas");
    const frame = pandas.DataFrame({ a: [1, 2] });
    frame.b = [3, 4];
    frame["two words"] = frame.a;
    frame.a = [7, 8];
    frame.index = ["x", "y"];
    assert.deepEqual(python.toJs(frame), [{ a: 7, b: 3, "two words": 1 }, { a: 8, b: 4, "two words": 2 }]); // prettier-ignore
    delete frame.b;
    frame.columns = ["p", "q"];
    assert.equal(python.repr(frame.columns.tolist()), "['p', 'q']");
    const series = pandas.Series({ a: 1 });
    series.b = 2;
    series.name = "counts";
    assert.deepEqual([series.name, python.toJs(series.to_dict())], ["counts", { a: 1, b: 2 }]);
    const points = python.import("numpy").zeros(2, kwargs({ dtype: [python.tuple("x", "i4"), python.tuple("y", "f8")] }));
    points.x = [1, 2];
    points[1].y = 2.5;
    assert.equal(python.repr(points.tolist()), "[(1, 0.0), (2, 2.5)]");
    assert.deepEqual([Number(points[1].x), Number(points.y[1])], [2, 2.5]);
    const error = await caught(() => (python.import("polars").DataFrame({ a: [1] }).b = [1]));
    assert.equal(error.name, "TypeError");
  }, KEPT); // prettier-ignore
};
