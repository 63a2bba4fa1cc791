/** What Python says with operators and built-in functions, said in JS. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const operations: Topic = ({ api, test, load }) => {
  const { python } = api;

  test("items: negative, slices, tuples, and deletion", async () => {
    const list = python.eval("list(range(6))") as Py;
    assert.deepEqual([python.getItem(list, -1), python.getItem(list, 0)], [5, 0]);
    const part = (...bounds: unknown[]): unknown => python.toJs(python.getItem(list, python.slice(...bounds)));
    assert.deepEqual(part(1, 3), [1, 2]);
    assert.deepEqual(part(-2), [4, 5]);
    assert.deepEqual(part(null, -4), [0, 1]);
    assert.deepEqual(part(null, null, -2), [5, 3, 1]);
    python.setItem(list, python.slice(0, 2), python.toPy(["a", "b", "c"]));
    python.setItem(list, -1, 2n ** 70n);
    python.deleteItem(list, python.slice(3, 5));
    python.deleteItem(list, 0);
    assert.deepEqual(python.toJs(list), ["b", "c", 4, 2n ** 70n]);
    for (const use of [() => python.getItem(list, 9), () => python.setItem(list, 9, 1), () => python.deleteItem(list, -9)]) {
      assert.equal((await caught(use)).name, "IndexError");
    }
    const grid = python.eval("{(0, 1): 'pair', None: 'none', 1: 'one', 1.5: 'float', '': 'empty'}");
    for (const [key, value] of [
      [python.toPy(Object.freeze([0, 1])), "pair"],
      [null, "none"],
      [1, "one"],
      [true, "one"],
      [1n, "one"],
      [1.5, "float"],
      ["", "empty"],
    ]) {
      assert.equal(python.getItem(grid, key), value);
    }
    assert.equal((await caught(() => python.getItem(grid, python.eval("[]")))).name, "TypeError");
    assert.equal((await caught(() => python.getItem(grid, "missing"))).name, "KeyError");
    assert.equal((await caught(() => python.getItem(python.eval("object()"), 1))).name, "TypeError");
    assert.equal((await caught(() => python.getItem([1] as Py, 0))).code, "bad-argument");
  });

  test("len, in, bool, hash, dir, type, str, repr", async () => {
    const module = load(`
      class Odd:
          def __bool__(self):
              raise ValueError("neither")
          def __contains__(self, item):
              return item == 5
          def __hash__(self):
              return 2**61 - 2
          def __len__(self):
              return 7
          def __dir__(self):
              return ["a", "then", "__class__"]
      class Text(str):
          def __repr__(self):
              return Text("repr")
          def __str__(self):
              return Text("str")
      odd, text = Odd(), Text("text")
    `);
    assert.deepEqual(
      ["[]", "[0]", "''", "0.0", "{1: 2}", "None", "object()"].map((source) => python.bool(python.eval(source))),
      [false, true, false, false, true, false, true],
    );
    assert.equal((await caught(() => python.bool(module.odd))).message, "neither");
    assert.deepEqual(
      [python.contains(module.odd, 5), python.contains(module.odd, 6), python.contains(python.eval("'abc'"), "b"), python.contains(python.eval("{1}"), true)],
      [true, false, true, true],
    );
    assert.deepEqual(
      [python.hash(module.odd), python.hash(1), python.hash(python.eval("(1,)")) === python.hash(python.eval("(1.0,)"))],
      [2n ** 61n - 2n, 1, true],
    );
    assert.equal((await caught(() => python.hash(python.eval("[]")))).name, "TypeError");
    assert.deepEqual([python.len(module.odd), python.len("four")], [7, 4]);
    assert.equal((await caught(() => python.len(python.eval("5")))).name, "TypeError");
    assert.deepEqual(python.dir(module.odd), ["__class__", "a", "then"]);
    assert.equal(python.dir("").includes("upper"), true);
    assert.equal(python.is(python.type(module.odd), module.Odd), true);
    assert.deepEqual(
      [1, 1.5, "", true, null, 2n ** 60n, {}, () => 1].map((value) => python.type(value).__name__),
      ["int", "float", "str", "bool", "NoneType", "int", "dict", "JsFunction"],
    );
    assert.deepEqual([python.str(module.text), python.repr(module.text)], ["str", "repr"]);
  });

  test("attributes of every name, set, deleted and asked for", async () => {
    const { thing } = load("class Thing:\n    pass\nthing = Thing()");
    for (const name of ["plain", "then", "constructor", "__proto__", "not an identifier", "", "\u{1f600}", "a\0b"]) {
      assert.equal(python.getAttr(thing, name, "none") === "none" || name === "__proto__", true, name);
      python.setAttr(thing, name, 1);
      assert.equal(python.getAttr(thing, name), 1, name);
      python.deleteAttr(thing, name);
      assert.equal((await caught(() => python.getAttr(thing, name))).name, "AttributeError", name);
      assert.equal((await caught(() => python.deleteAttr(thing, name))).name, "AttributeError", name);
    }
  });

  test("the module operator has the rest: arithmetic, comparison, in place", async () => {
    const op = python.import("operator") as Py;
    const { Decimal } = python.import("decimal") as Py;
    assert.equal(python.str(op.add(Decimal("0.1"), Decimal("0.2"))), "0.3");
    assert.deepEqual(
      [op.mul("ab", 2), op.floordiv(7, 2), op.mod(-7, 3), op.pow(2, 70), op.neg(2n ** 60n), op.invert(5)],
      ["abab", 3, 2, 2n ** 70n, -(2n ** 60n), -6],
    );
    assert.deepEqual(
      [op.lt(1, 2), op.ge("b", "a"), op.ne(python.eval("[1]"), python.eval("[1]")), op.eq(python.eval("{1}"), python.eval("frozenset({1})"))],
      [true, true, false, true],
    );
    assert.deepEqual(python.toJs(op.or_(python.eval("{'a': 1}.keys()"), python.eval("{'b'}"))), new Set(["a", "b"]));
    const list = python.eval("[1]") as Py;
    assert.equal(python.is(op.iadd(list, python.eval("[2]")), list), true);
    assert.deepEqual(python.toJs(list), [1, 2]);
    const numpy = python.import("numpy") as Py;
    assert.deepEqual(python.toJs(op.matmul(numpy.eye(2), python.toPy([1, 2])).tolist()), [1, 2]);
    assert.equal((await caught(() => op.add(1, "a"))).name, "TypeError");
    // JS's own operators ask a handle for its number.
    assert.deepEqual([Decimal("2") * 3, Decimal("2") > 1, `${Decimal("2.50")}`], [6, true, "2.50"]);
  });
};
