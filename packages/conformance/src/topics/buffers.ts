/** The memory of Python objects, seen in JS without a copy. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const buffers: Topic = ({ api, capabilities, test, load, settle, collectPython }) => {
  const { python } = api;

  test("the memory of a bytearray is shared", () => {
    const module = load(`
      data = bytearray(b"abc")
      def write(index, value):
          data[index] = value
    `);
    const { data } = python.buffer(module.data);
    assert.deepEqual([...data], [97, 98, 99]);
    module.write(0, 120);
    assert.equal(data[0], 120);
    data[1] = 121;
    assert.equal(module.data.decode(), "xyc");
  });

  test("bytes, memoryview, array, mmap and ctypes have buffers", () => {
    const module = load(`
      import array, ctypes, mmap
      data = b"\\x00\\xff"
      view = memoryview(bytearray(range(10)))[2:5]
      doubles = array.array("d", [1.5, -2.5])
      empty = b""
      mapped = mmap.mmap(-1, 4096)
      table = (ctypes.c_int * 3 * 2)(*[(1, 2, 3), (4, 5, 6)])
      strided = memoryview(bytearray(range(10)))[8:1:-3]
      flags = memoryview(bytearray([0, 1])).cast("?")
      text = array.array("u", "aé")
    `);
    const of = (name: string): unknown[] => [...python.buffer(module[name])];
    assert.deepEqual(of("data"), [0, 255]);
    assert.deepEqual(of("view"), [2, 3, 4]);
    assert.deepEqual(of("doubles"), [1.5, -2.5]);
    assert.ok(python.buffer(module.doubles).data instanceof Float64Array);
    assert.deepEqual(of("empty"), []);
    assert.equal(python.buffer(module.empty).data.length, 0);
    const mapped = python.buffer(module.mapped);
    mapped.data[4095] = 7;
    assert.equal(python.getItem(module.mapped, 4095), 7);
    const table = python.buffer(module.table);
    assert.deepEqual(
      [table.shape, table.strides, [...table]],
      [
        [2, 3],
        [12, 4],
        [1, 2, 3, 4, 5, 6],
      ],
    );
    const strided = python.buffer(module.strided);
    assert.deepEqual([strided.shape, strided.strides, strided.offset, [...strided]], [[3], [-3], 6, [8, 5, 2]]);
    assert.deepEqual(of("flags"), [false, true]);
    assert.deepEqual(of("text"), [97, 0xe9]);
  });

  test("what it says of itself", () => {
    const bytes = python.buffer(python.eval("b'abc'"));
    const { shape, strides, offset, format, itemSize, length, readonly, cContiguous, fContiguous } = bytes;
    assert.deepEqual([shape, strides, offset, format, itemSize, length, readonly, cContiguous, fContiguous], [[3], [1], 0, "B", 1, 3, true, true, true]);
    assert.deepEqual([bytes.at(0), bytes.at(-1), bytes.at(3), bytes.at(-4)], [97, 99, undefined, undefined]);
    assert.throws(() => bytes.at(), { code: "bad-argument" });
    assert.throws(() => bytes.at(0, 0), { code: "bad-argument" });
    assert.throws(() => bytes.at(0.5), { code: "bad-argument" });
    assert.throws(() => bytes.at(NaN), { code: "bad-argument" });
    assert.throws(() => bytes.at("0" as unknown as number), { code: "bad-argument" });
  });

  test("read-only memory is refused where it is to be written", async () => {
    const bytes = python.eval("b'abc'");
    assert.equal((await caught(() => python.buffer(bytes, { writable: true }))).code, "buffer-unsupported");
    const view = python.buffer(bytes);
    assert.throws(() => view.setAt([0], 1), { code: "buffer-unsupported" });
    const copy = view.copy();
    copy[0] = 65;
    assert.equal(python.repr(bytes), "b'abc'");
  });

  test("memory that a write from JS would end the process for is refused", async () => {
    const module = load(`
      import ctypes, mmap, os, tempfile
      with tempfile.TemporaryFile() as file:
          file.write(b"x" * 5000)
          file.flush()
          protected = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
          part = memoryview(protected)[10:20]
          private = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
      pointers = (ctypes.c_void_p * 2)()
      objects = (ctypes.py_object * 2)(None, None)
      names = (ctypes.c_char_p * 2)()
      class Pair(ctypes.Structure):
          _fields_ = [("OPXZ", ctypes.c_int), ("b", ctypes.c_double)]
      pairs = (Pair * 2)((1, 1.5), (2, 2.5))
    `);
    for (const name of ["protected", "part", "pointers", "objects", "names"]) {
      assert.equal((await caught(() => python.buffer(module[name]))).code, "buffer-unsupported", name);
    }
    const mapped = python.buffer(module.private);
    mapped.data[0] = 65;
    assert.equal(python.getItem(module.private, 0), 65);
    // The letters of names mean nothing.
    const pairs = python.buffer(module.pairs);
    const second = pairs.at(1) as Uint8Array<ArrayBuffer>;
    assert.equal(new DataView(second.buffer, second.byteOffset).getFloat64(8, true), 2.5);
    // Python has let go of what was refused.
    module.part.release();
    module.protected.close();
  });

  test("an object without a buffer is a clear error", async () => {
    const error = await caught(() => python.buffer(python.eval("object()") as Py));
    assert.equal(error.name, "TypeError");
    assert.equal((await caught(() => python.buffer(1 as unknown as Py))).code, "bad-argument");
  });

  test("elements are written in their format, and what does not fit is refused", () => {
    const module = load("import array\nints = array.array('i', [0, 0])\nlongs = array.array('q', [0])\nflags = memoryview(bytearray(1)).cast('?')");
    const ints = python.buffer(module.ints);
    ints.setAt([-1], -5);
    assert.equal(python.repr(module.ints), "array('i', [0, -5])");
    for (const value of [1n, true, undefined, null, "1", [1, 2]]) assert.throws(() => ints.setAt([0], value as unknown as number), { code: "bad-argument" });
    for (const indices of [[2], [-3], [0, 0], []]) assert.throws(() => ints.setAt(indices, 1), { code: "bad-argument" });
    const longs = python.buffer(module.longs);
    longs.setAt([0], 2n ** 62n);
    assert.throws(() => longs.setAt([0], 1), { code: "bad-argument" });
    assert.deepEqual([...longs], [2n ** 62n]);
    const flags = python.buffer(module.flags);
    flags.setAt([0], true);
    assert.equal(flags.data[0], 1);
    assert.throws(() => flags.setAt([0], 1), { code: "bad-argument" });
  });

  test("disposing gives the memory back: the typed arrays are empty, and Python may resize", async () => {
    const module = load("data = bytearray(b'abc')\ndef grow(): data.append(100)");
    const view = python.buffer(module.data);
    const { data } = view;
    assert.equal((await caught(() => module.grow())).name, "BufferError");
    view[Symbol.dispose]();
    assert.deepEqual([data.length, data[0], data.buffer.byteLength], [0, undefined, 0]);
    module.grow();
    assert.equal(python.len(module.data), 4);
    for (const use of [() => view.data, () => view.at(0), () => view.setAt([0], 1), () => view.copy(), () => [...view]]) {
      assert.throws(use, { code: "buffer-disposed" });
    }
    assert.equal(view.length, 3);
    view[Symbol.dispose]();
    // A new look sees what there is now.
    const again = python.buffer(module.data);
    assert.deepEqual([...again], [97, 98, 99, 100]);
  });

  test("the last one of several that look at one object gives its memory back", async () => {
    const module = load("data = bytearray(b'abc')\ndef grow(): data.append(100)");
    const first = python.buffer(module.data);
    const second = python.buffer(module.data);
    assert.equal(first.data.buffer, second.data.buffer);
    const { data } = first;
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.deepEqual([data.length, second.at(0)], [3, 97]);
    assert.equal((await caught(() => module.grow())).name, "BufferError");
    second[Symbol.dispose]();
    module.grow();
    assert.equal(data.length, 0);
  });

  test("a view outlives its owner, and the owner's names", async () => {
    const module = load("data = bytearray(b'kept' * 1000)\ndef drop():\n    global data\n    del data");
    const view = python.buffer(module.data);
    const { data } = view;
    module.drop();
    collectPython();
    await settle();
    assert.deepEqual([...data.subarray(0, 4)], [107, 101, 112, 116]);
    assert.equal(data.length, 4000);
    assert.equal(view.at(3999), 116);
  });

  test("an ArrayBuffer that JS transfers keeps the memory, and a dispose after it does no harm", async () => {
    const module = load("data = bytearray(b'abc')\ndef write(value): data[0] = value");
    const view = python.buffer(module.data);
    const moved = view.data.buffer.transfer();
    assert.equal(view.data.length, 0);
    view[Symbol.dispose]();
    collectPython();
    await settle();
    module.write(120);
    assert.equal(new Uint8Array(moved)[0], 120);
    // A new look gets an ArrayBuffer of its own.
    const again = python.buffer(module.data);
    assert.equal(again.at(0), 120);
  });

  test(
    "collecting gives the memory back",
    async () => {
      const module = load("data = bytearray(b'abc')\ndef grow(): data.append(100)");
      const look = (): unknown => python.buffer(module.data).at(0);
      for (let round = 0; round < 10; round++) look();
      assert.equal((await caught(() => module.grow())).name, "BufferError");
      await settle();
      if (capabilities.exactCollector === true) module.grow();
    },
    { needs: "collectGarbage" },
  );
};
