/** numpy's arrays in JS, and JS's in numpy, without a copy. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const numpyBuffers: Topic = ({ api, test, load }) => {
  const { python } = api;
  // Every expression in numpy's own words, and what JS must see of it.
  const make = (expression: string): Py => load(`import numpy as np\nvalue = ${expression}`).value;
  const tolist = (array: Py): unknown => python.toJs(array.ravel().tolist());

  test("shapes, strides and orders", () => {
    const arrays = [
      "np.arange(6)",
      "np.arange(24, dtype='i4').reshape(2, 3, 4)",
      "np.asfortranarray(np.arange(24, dtype='f4').reshape(2, 3, 4))",
      "np.arange(24, dtype='i2').reshape(4, 6)[::2, 1::2]",
      "np.arange(24, dtype='u2').reshape(4, 6)[::-1, ::-2]",
      "np.arange(24, dtype='f8').reshape(4, 6).T",
      "np.arange(24, dtype='i4').reshape(2, 3, 4).transpose(1, 2, 0)[:, -1:, :]",
      "np.broadcast_to(np.arange(3, dtype='i4'), (2, 3))",
      "np.array(5.5)",
      "np.zeros((0, 3))",
      "np.zeros((3, 0))",
      "np.arange(3, dtype='u1')[1:2]",
    ];
    for (const expression of arrays) {
      const array = make(expression);
      const view = python.buffer(array);
      const size = array.size as number;
      assert.deepEqual([[...view.shape], view.length, view.itemSize], [python.toJs(array.shape), size, array.itemsize], expression);
      if (size > 0) assert.deepEqual([...view.strides], python.toJs(array.strides), expression);
      assert.deepEqual([view.cContiguous, view.fContiguous], [array.flags.c_contiguous, array.flags.f_contiguous], expression);
      assert.deepEqual([...view].map(Number), tolist(array), expression);
      assert.deepEqual(Array.from(view.copy() as ArrayLike<number | bigint>, Number), tolist(array), expression);
      assert.equal(view.readonly, !array.flags.writeable, expression);
    }
  });

  test("elements are read and written where numpy has them", () => {
    const module = load(`
      import numpy as np
      base = np.arange(12, dtype="i4").reshape(3, 4)
      part = base[::-1, 1:3]
      def at(i, j): return int(part[i, j])
    `);
    const view = python.buffer(module.part);
    for (let i = -3; i < 3; i++) for (let j = -2; j < 2; j++) assert.equal(view.at(i, j), module.at(i, j));
    assert.equal(view.at(3, 0), undefined);
    assert.equal(view.at(0, 2), undefined);
    view.setAt([0, 1], 100);
    assert.equal(module.at(0, 1), 100);
    // The data is all of the memory between the lowest element and the highest.
    assert.deepEqual([view.data.length, view.offset / 4, view.data[view.offset / 4]], [10, 8, 9]);
  });

  test("every dtype is a typed array, or bytes, or a clear error", async () => {
    const types: [string, string, string, unknown[]][] = [
      ["[True, False]", "?", "Uint8Array", [true, false]],
      ["[-1]", "i1", "Int8Array", [-1]],
      ["[255]", "u1", "Uint8Array", [255]],
      ["[-2]", "i2", "Int16Array", [-2]],
      ["[2]", "u2", "Uint16Array", [2]],
      ["[-2]", "i4", "Int32Array", [-2]],
      ["[2]", "u4", "Uint32Array", [2]],
      ["[-2]", "i8", "BigInt64Array", [-2n]],
      ["[2]", "u8", "BigUint64Array", [2n]],
      ["[1.5]", "f4", "Float32Array", [1.5]],
      ["[1.5]", "f8", "Float64Array", [1.5]],
      ["[1 + 2j]", "c8", "Float32Array", [[1, 2]]],
      [
        "[1 + 2j, -3]",
        "c16",
        "Float64Array",
        [
          [1, 2],
          [-3, 0],
        ],
      ],
      ["[-2]", ">i4", "Uint8Array", [-2]],
      ["[1.5]", ">f8", "Uint8Array", [1.5]],
      ["[1 + 2j]", ">c16", "Uint8Array", [[1, 2]]],
      ["[b'ab']", "S2", "Uint8Array", [Uint8Array.of(97, 98)]],
      ["['a']", "U1", "Uint8Array", [Uint8Array.of(97, 0, 0, 0)]],
      ["[(1, 2)]", "i1,u1", "Uint8Array", [Uint8Array.of(1, 2)]],
      ["[b'abc']", "V3", "Uint8Array", [Uint8Array.of(97, 98, 99)]],
    ];
    for (const [items, dtype, name, expected] of types) {
      const view = python.buffer(make(`np.array(${items}, dtype="${dtype}")`));
      assert.equal(view.data.constructor.name, name, dtype);
      assert.deepEqual([...view], expected, dtype);
    }
    const long = python.buffer(make("np.array([1], dtype='longdouble')"));
    assert.ok(long.data instanceof Uint8Array);
    assert.equal((await caught(() => python.buffer(make("np.array([object()])")))).code, "buffer-unsupported");
    assert.equal((await caught(() => python.buffer(make("np.zeros(1, dtype=[('a', 'i4'), ('b', 'O')])")))).code, "buffer-unsupported");
    for (const time of ["M8[s]", "m8[s]"]) {
      const array = make(`np.array([5], dtype="${time}")`);
      assert.match((await caught(() => python.buffer(array))).message, /buffer/);
      assert.deepEqual([...python.buffer(array.view("i8"))], [5n]);
    }
  });

  test("half precision is read and written as numpy does it", () => {
    const module = load(`
      import numpy as np
      every = np.arange(65536, dtype="u2").view("f2")
      as_doubles = every.astype("f8")
      doubles = np.array([0.0, -0.0, 1.0, 0.1, 65504.0, 65519.99, 65520.0, 1e9, 1e308, np.inf, -np.inf, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 6.1e-5, 6.0975551605224609e-05, 1 + 2.0**-11, 1 + 3 * 2.0**-11, -2047.5])
      with np.errstate(over="ignore"):
          wanted = doubles.astype("f2")
      target = np.zeros(len(doubles), dtype="f2")
    `);
    const every = python.buffer(module.every);
    const expected = python.buffer(module.as_doubles);
    assert.deepEqual([...every], [...expected]);
    const doubles = python.buffer(module.doubles);
    const target = python.buffer(module.target);
    [...doubles].forEach((value, index) => target.setAt([index], value));
    assert.equal(module.target.tobytes().hex(), module.wanted.tobytes().hex());
    const swapped = python.buffer(make("np.array([1.5, -2], dtype='>f2')"));
    assert.deepEqual([...swapped], [1.5, -2]);
  });

  test("memory that does not lie as a typed array needs it is seen as bytes", () => {
    const module = load(`
      import numpy as np
      packed = np.array([(1, 2), (3, 4)], dtype=[("a", "i1"), ("b", "i4")])["b"]
      shifted = np.frombuffer(bytearray(range(9)), dtype="i4", offset=1)
    `);
    const packed = python.buffer(module.packed);
    assert.deepEqual([packed.data.constructor.name, [...packed], [...packed.strides]], ["Uint8Array", [2, 4], [5]]);
    assert.deepEqual([...packed.copy()], [2, 4]);
    packed.setAt([1], -4);
    assert.deepEqual(tolist(module.packed), [2, -4]);
    const shifted = python.buffer(module.shifted);
    assert.deepEqual([...shifted].map(Number), tolist(module.shifted));
  });

  test("an array that changes its shape or its type while it is looked at is seen anew", () => {
    const array = make("np.arange(6, dtype='i4')");
    const before = python.buffer(array);
    array.shape = python.eval("(2, 3)");
    const after = python.buffer(array);
    assert.deepEqual([before.shape, after.shape, before.data.buffer === after.data.buffer], [[6], [2, 3], true]);
    array.dtype = "u2";
    const halves = python.buffer(array);
    assert.deepEqual([halves.format, [...halves.shape]], ["H", [2, 6]]);
    assert.equal(before.at(5), 5);
  });

  test("numpy.asarray sees the memory of typed arrays, with their type", () => {
    const module = load(`
      import numpy as np
      def facts(value):
          array = np.asarray(value)
          array[0] = 7
          return [array.dtype.str, array.size, array.flags.owndata]
    `);
    const arrays = [
      [new Int8Array(2), "|i1"],
      [new Uint8Array(2), "|u1"],
      [new Uint8ClampedArray(2), "|u1"],
      [new Int16Array(2), "<i2"],
      [new Uint16Array(2), "<u2"],
      [new Int32Array(2), "<i4"],
      [new Uint32Array(2), "<u4"],
      [new Float32Array(2), "<f4"],
      [new Float64Array(2), "<f8"],
      [new BigInt64Array(2), "<i8"],
      [new BigUint64Array(2), "<u8"],
    ] as const;
    for (const [array, dtype] of arrays) {
      assert.deepEqual(python.toJs(module.facts(array)), [dtype, 2, false]);
      assert.equal(Number(array[0]), 7);
    }
    const { Float16Array: Halves } = globalThis as unknown as { Float16Array?: new (length: number) => Float64Array };
    if (Halves !== undefined) assert.deepEqual(python.toJs(module.facts(new Halves(2))), ["<f2", 2, false]);
    const shared = new Float64Array(new SharedArrayBuffer(16));
    assert.deepEqual(python.toJs(module.facts(shared)), ["<f8", 2, false]);
    assert.equal(shared[0], 7);
  });
};
