/** Handles whose type is known: what TypeScript infers from them is what they are at run time. What must not compile says so with `@ts-expect-error`, which the type check holds. */
import assert from "node:assert/strict";
import type {
  Kwargs,
  PyAwaitable,
  PyBytes,
  PyContextManager,
  PyDict,
  PyFrozenSet,
  PyHandle,
  PyList,
  PySlice,
  PyTuple,
  PyType,
  PythonModules,
} from "@interloop/core";
import type { Topic } from "../suite.ts";

interface Item extends PyHandle {
  readonly name: string;
  readonly price: number;
  total(count: number): number;
}

interface Shop extends PyHandle {
  readonly Item: PyType<Item> & { new (name: string, price: number): Item; (name: string, price: number): Item };
  readonly items: PyList<Item>;
  readonly stock: PyDict<string, number>;
  readonly pair: PyTuple<[string, PyList<number>]>;
  readonly tags: PyFrozenSet<string>;
  readonly data: PyBytes;
  readonly table: Table;
  find(name: string, kwargs?: Kwargs<{ exact?: boolean; limit?: number }>): PyAwaitable<Item>;
  transaction(): PyContextManager<Item>;
}

/** Several signatures of `__getitem__`, as generated declarations have them. */
interface Table extends PyHandle {
  __getitem__(key: string): PyList<number>;
  __getitem__(key: PySlice): Table;
  __getitem__(key: readonly string[]): Table;
}

/** Without a base, as programs write them by hand. */
interface Plain {
  readonly name: string;
}

declare module "@interloop/core" {
  // oxlint-disable-next-line typescript/no-shadow
  interface PythonModules {
    interloop_typed_shop: Shop;
  }
}

/** Compiles only when the types are the same. */
function same<A>() {
  return <B>(value: B & (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? B : never): B => value;
}

const CODE = `
  import sys, types, contextlib
  class Item:
      def __init__(self, name, price): self.name, self.price = name, price
      def total(self, count): return self.price * count
  items = [Item("tea", 3), Item("milk", 2)]
  stock = {"tea": 4}
  pair = ("a", [1, 2])
  tags = frozenset(["x"])
  data = b"abc"
  class Table:
      def __getitem__(self, key): return [1, 2] if isinstance(key, str) else self
  table = Table()
  async def find(name, exact=False, limit=1): return next(item for item in items if item.name == name)
  @contextlib.contextmanager
  def transaction(): yield items[0]
  # A module and nothing else: libraries put the values of sys.modules into sets.
  sys.modules["interloop_typed_shop"] = types.ModuleType("interloop_typed_shop")
  vars(sys.modules["interloop_typed_shop"]).update(globals())
`;

export const typedHandles: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const shop = (): Shop => {
    load(CODE);
    return python.import("interloop_typed_shop");
  };

  test("a registered module has its types, and others stay as they are", () => {
    same<Shop>()(shop());
    // @ts-expect-error a name that the module does not have
    assert.equal(shop().itmes, undefined);
    // @ts-expect-error an argument of another type
    assert.throws(() => new (shop().Item)("tea"));
    assert.equal(python.import("math").sqrt(16), 4);
    assert.equal(python.import<{ sqrt(x: number): number }>("math").sqrt(9), 3);
    const names: keyof PythonModules = "interloop_typed_shop";
    same<Shop>()(python.import(names));
  });

  test("getItem knows the item by the signatures of __getitem__, and takes interfaces without a base", () => {
    const { items, stock, pair, table } = shop();
    assert.equal(same<Item>()(python.getItem(items, 0)).name, "tea");
    assert.equal(same<PyList<Item>>()(python.getItem(items, python.slice(1))).length, 1);
    assert.equal(same<number>()(python.getItem(stock, "tea")), 4);
    assert.equal(same<string>()(python.getItem(pair, 0)), "a");
    assert.equal(same<PyList<number>>()(python.getItem(table, "n")).length, 2);
    same<Table>()(python.getItem(table, ["n"]));
    same<Table>()(python.getItem(table, python.slice(1)));
    const plain = python.eval<Plain>("{'name': 'tea'}");
    assert.equal(python.getItem<string>(plain, "name"), "tea");
    assert.equal(python.getItem(python.eval("[1]"), 0), 1);
    assert.equal(python.getAttr<string>(shop().items[0]!, "name"), "tea");
  });

  test("lists, dicts and tuples are iterated over and taken apart with their types", () => {
    const { items, stock, pair } = shop();
    const [name, numbers] = pair;
    same<string>()(name);
    same<PyList<number>>()(numbers);
    assert.deepEqual([name, numbers.map((n) => n * 2)], ["a", [2, 4]]);
    for (const item of items) assert.equal(same<Item>()(item).total(2), item.price * 2);
    for (const [key, value] of stock.items()) assert.deepEqual([same<string>()(key), same<number>()(value)], ["tea", 4]);
    // @ts-expect-error there may be no item at that place
    assert.equal(items[0].name, "tea");
    // @ts-expect-error lists of Python have no push
    assert.equal(items.push, undefined);
    items.append(shop().Item("salt", 1));
    assert.equal(items.length, 3);
  });

  test("toJs infers the plain data", () => {
    const { items, stock, pair, tags, data } = shop();
    assert.deepEqual(same<Record<string, number>>()(python.toJs(stock)), { tea: 4 });
    assert.deepEqual([...same<readonly [string, number[]]>()(python.toJs(pair))], ["a", [1, 2]]);
    assert.deepEqual(same<Set<string>>()(python.toJs(tags)), new Set(["x"]));
    assert.deepEqual(same<Uint8Array<ArrayBuffer>>()(python.toJs(data)), new Uint8Array([97, 98, 99]));
    assert.equal(same<Item[]>()(python.toJs(items)).length, 2);
    const counts = python.eval<PyDict<number, PyList<string>>>("{1: ['a']}");
    assert.deepEqual(same<Map<number, string[]>>()(python.toJs(counts)), new Map([[1, ["a"]]]));
    // As before: the program says it, or nothing is known.
    assert.deepEqual(python.toJs<number[]>(python.eval("[1]")), [1]);
    const unknown: string = python.toJs(python.eval("'a'"));
    assert.equal(unknown, "a");
  });

  test("isInstance and instanceof narrow, also what is no class of a known type", () => {
    const { Item: ItemClass, items } = shop();
    const value: Item | PyList<number> | string = items[0] as Item | PyList<number> | string;
    assert.ok(python.isInstance(value, ItemClass));
    if (python.isInstance(value, ItemClass)) assert.equal(same<Item>()(value).price, 3);
    if (value instanceof ItemClass) assert.equal(value.price, 3);
    const number = python.eval("5");
    assert.ok(python.isInstance(number, python.builtins.int));
    // Nothing is known of that class: the value stays what it was.
    if (!python.isInstance(items, python.builtins.int)) assert.equal(items.length, 2);
  });

  test("enter knows what the context manager gives", () => {
    const price = python.enter(shop().transaction(), (item) => same<Item>()(item).price);
    assert.equal(same<number>()(price), 3);
    using context = python.enter(shop().transaction());
    assert.equal(context.value.name, "tea");
    const folder = python.import("tempfile").TemporaryDirectory();
    assert.equal(
      python.enter(folder, (path: string) => typeof path),
      "string",
    );
  });

  test("kwargs is held against the parameters, and an await that was forgotten is an error", async () => {
    const { find } = shop();
    assert.equal((await find("tea", kwargs({ exact: true }))).price, 3);
    assert.equal((await find("milk")).price, 2);
    // @ts-expect-error a keyword that the function does not have
    assert.throws(() => find("tea", kwargs({ exat: true })));
    // @ts-expect-error the same beside one that it has
    assert.throws(() => find("tea", kwargs({ exact: true, limits: 2 })));
    // @ts-expect-error a value of another type
    assert.equal((await find("tea", kwargs({ limit: "all" }))).price, 3);
    const forgotten = find("tea");
    // @ts-expect-error nobody awaited it
    assert.equal(forgotten.price, undefined);
    await forgotten;
    assert.deepEqual(python.toJs(python.eval("dict")(kwargs({ a: 1 }))), { a: 1 });
  });

  test("buffer takes the name of a typed array", () => {
    const samples = python.import("array").array("d", [1.5, 2.5]);
    assert.equal(same<Float64Array>()(python.buffer<Float64Array>(samples).data)[1], 2.5);
    assert.equal(python.buffer<Uint8Array<ArrayBuffer>>(shop().data).data[0], 97);
  });
};
