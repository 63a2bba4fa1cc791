/** Values of every shape survive the way there and back. */
import fc from "fast-check";
import assert from "node:assert/strict";
import type { Topic } from "../suite.ts";

export const properties: Topic = ({ api, capabilities, load, test }) => {
  const { python } = api;
  const numRuns = capabilities.nightly ? 20_000 : 500;

  // Any sequence of UTF-16 code units, lone surrogates and NUL among them.
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
  const safeInteger = fc.maxSafeInteger();
  const primitive = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    safeInteger,
    fc.double(),
    text,
    fc.bigInt().filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
  );

  test("primitives come back the same", () => {
    const { same } = load("def same(value): return value");
    fc.assert(
      fc.property(primitive, (value) => Object.is(same(value), value)),
      { numRuns },
    );
  });

  test("numbers arrive as the value table says", () => {
    const { kind } = load("def kind(value): return type(value).__name__");
    fc.assert(
      fc.property(fc.oneof(fc.double(), safeInteger), (value) => {
        assert.equal(kind(value), Number.isSafeInteger(value) && !Object.is(value, -0) ? "int" : "float");
      }),
      { numRuns },
    );
  });

  test("data with functions and hostile keys arrives whole, and what has functions comes back itself", () => {
    const { shape, same, polluted } = load(`
      import json
      def walk(x):
          if isinstance(x, dict): return [type(x).__name__, [[key, walk(item)] for key, item in x.items()]]
          if isinstance(x, list): return ["list", [walk(item) for item in x]]
          return "function" if callable(x) else x
      def shape(x): return json.dumps(walk(x))
      def same(x): return x
      def polluted(x):
          if isinstance(x, dict):
              for key in ("__proto__", "constructor"): x[key] = {"polluted": True}
    `);
    const fn = (): number => 1;
    const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString", "toJSON", "hasOwnProperty", "valueOf", "keys", "get", "update"));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), text, fc.constant(fn)),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => {
          const object = {};
          for (const [name, item] of entries) Object.defineProperty(object, name, { value: item, writable: true, enumerable: true, configurable: true });
          return object;
        }),
      ),
    }));
    const isFunction = (item: unknown): boolean => typeof item === "function";
    const expected = (item: unknown): unknown => {
      if (isFunction(item)) return "function";
      if (Array.isArray(item)) return ["list", item.map(expected)];
      if (typeof item !== "object" || item === null) return item;
      return [Object.values(item).some(isFunction) ? "JsDict" : "dict", Object.entries(item).map(([name, inner]) => [name, expected(inner)])];
    };
    fc.assert(
      fc.property(value, (item) => {
        assert.deepEqual(JSON.parse(shape(item)), expected(item));
        if (typeof item === "object" && item !== null && !Array.isArray(item) && Object.values(item).some(isFunction)) {
          assert.equal(same(item), item);
          assert.equal(same({ list: [item] }).list[0], item);
        }
        polluted(item);
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
        assert.equal(item === null || typeof item !== "object" || Object.getPrototypeOf(item) === (Array.isArray(item) ? Array : Object).prototype, true);
      }),
      { numRuns },
    );
  });

  test("integers of any size are exact", () => {
    const module = load("def text(value): return hex(value)\ndef parse(text): return int(text, 16)");
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const digits = value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
        assert.equal(module.text(value), digits);
        assert.equal(BigInt(module.parse(digits)), value);
      }),
      { numRuns },
    );
  });

  test("strings keep every code unit and have Python's length", () => {
    const module = load("def length(value): return len(value)\ndef join(a, b): return a + b");
    fc.assert(
      fc.property(text, (value) => {
        assert.equal(module.length(value), [...value].length);
        assert.equal(module.join(value, ""), value);
      }),
      { numRuns },
    );
  });

  test("bytes cross without a copy, whatever their offset and type", () => {
    const module = load("def total(buffer): return sum(memoryview(buffer).cast('B'))\ndef size(buffer): return memoryview(buffer).nbytes");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(50), (bytes, offset) => {
        const view = bytes.subarray(Math.min(offset, bytes.length));
        assert.equal(module.size(view), view.length);
        assert.equal(
          module.total(view),
          view.reduce((sum, byte) => sum + byte, 0),
        );
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });

  test("arguments keep their order and their names", () => {
    const { show } = load("def show(*args, **names): return [list(args), names]");
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(safeInteger, { maxLength: 10 }), fc.dictionary(name, safeInteger, { maxKeys: 5, noNullPrototype: true }), (args, names) => {
        assert.deepEqual(python.toJs(show(...args, api.kwargs(names))), [args, names]);
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });

  test("async values go both ways", async () => {
    const module = load("async def relay(f): return await f()");
    await fc.assert(
      fc.asyncProperty(primitive, async (value) => {
        assert.ok(Object.is(await module.relay(async () => value), value));
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
};
