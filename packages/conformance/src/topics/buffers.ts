/** Buffers cross without a copy, both ways. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const buffers: Topic = ({ api, test, load, settle }) => {
  const { python } = api;

  test("python.buffer shares the memory of a bytearray", () => {
    const module = load(`
      data = bytearray(b"abc")
      def write(index, value):
          data[index] = value
    `);
    const view = python.buffer(module.data) as Uint8Array;
    assert.deepEqual([...view], [97, 98, 99]);
    module.write(0, 120);
    assert.equal(view[0], 120);
    view[1] = 121;
    assert.equal(module.data.decode(), "xyc");
  });

  test("bytes, memoryview and array have buffers too", () => {
    const module = load(`
      import array
      data = b"\\x00\\xff"
      view = memoryview(bytearray(range(10)))[2:5]
      doubles = array.array("d", [1.5, -2.5])
      empty = b""
    `);
    assert.deepEqual([...(python.buffer(module.data) as Uint8Array)], [0, 255]);
    assert.deepEqual([...(python.buffer(module.view) as Uint8Array)], [2, 3, 4]);
    assert.deepEqual([...(python.buffer(module.doubles) as unknown as Float64Array)], [1.5, -2.5]);
    assert.equal((python.buffer(module.empty) as Uint8Array).length, 0);
  });

  test("a buffer keeps its Python object alive", async () => {
    const view = python.buffer(load("data = bytearray(b'kept' * 1000)").data) as Uint8Array;
    await Promise.resolve();
    assert.equal(String.fromCharCode(...view.subarray(0, 4)), "kept");
    assert.equal(view.length, 4000);
  });

  test("an object without a buffer is a clear error", async () => {
    const error = await caught(() => python.buffer(python.eval("object()") as Py));
    assert.ok(error instanceof api.PyError || error instanceof api.InterloopError);
  });

  test("typed arrays, DataView and ArrayBuffer have Python's buffer protocol without a copy", () => {
    const module = load(`
      import interloop
      def facts(buffer):
          view = memoryview(buffer)
          return repr((isinstance(buffer, interloop.JsBuffer), view.format, view.itemsize, view.nbytes, view.readonly, view.shape))
      def total(buffer):
          return sum(memoryview(buffer).cast("B"))
      def write(buffer, index, value):
          memoryview(buffer)[index] = value
      def as_bytes(buffer):
          return bytes(buffer).decode("latin-1")
    `);
    const bytes = new Uint8Array([1, 2, 3]);
    assert.match(module.facts(bytes), /^\(True, 'B', 1, 3, False, \(3,\)\)$/);
    assert.match(module.facts(new Float64Array(2)), /^\(True, 'd', 8, 16, False, \(2,\)\)$/);
    assert.match(module.facts(new Int32Array(2)), /^\(True, '[il]', 4, 8, False, \(2,\)\)$/);
    assert.match(module.facts(bytes.buffer), /^\(True, 'B', 1, 3, False, \(3,\)\)$/);
    assert.match(module.facts(new DataView(bytes.buffer, 1)), /^\(True, 'B', 1, 2, False, \(2,\)\)$/);
    assert.equal(module.total(bytes), 6);
    assert.equal(module.total(bytes.subarray(1)), 5);
    module.write(bytes, 0, 65);
    assert.equal(bytes[0], 65);
    assert.equal(module.as_bytes(bytes.subarray(0, 1)), "A");
    const doubles = new Float64Array(2);
    module.write(doubles, 1, 2.5);
    assert.deepEqual([...doubles], [0, 2.5]);
    assert.equal(module.total(new Uint8Array(0)), 0);
  });

  test("a memoryview outlives the call and the JS reference", async () => {
    const module = load(`
      views = []
      def keep(buffer):
          views.append(memoryview(buffer))
      def first():
          return views[0][0]
      def drop():
          views.clear()
    `);
    module.keep(new Uint8Array(1024).fill(7));
    await settle();
    assert.equal(module.first(), 7);
    module.drop();
  });

  test("a buffer that went to Python and back is the same object", () => {
    const module = load("def same(value): return value");
    const bytes = new Uint8Array(4);
    assert.equal(module.same(bytes), bytes);
    assert.equal(module.same(bytes.buffer), bytes.buffer);
    const view = new DataView(bytes.buffer);
    assert.equal(module.same(view), view);
  });
};
