/** The memory of JS, seen in Python without a copy. */
import assert from "node:assert/strict";
import { has } from "../capabilities.ts";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

export const buffersOfJs: Topic = ({ capabilities, api, test, load, settle }) => {
  const { python } = api;

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

  test("every typed array has its format, and its memory is written by both", () => {
    const module = load(`
      def facts(buffer):
          view = memoryview(buffer)
          return [view.format, view.itemsize, view.tolist()]
      def write(buffer, value):
          memoryview(buffer)[0] = value
    `);
    const arrays = [
      [new Int8Array([-1]), "b"],
      [new Uint8Array([255]), "B"],
      [new Uint8ClampedArray([255]), "B"],
      [new Int16Array([-1]), "h"],
      [new Uint16Array([1]), "H"],
      [new Int32Array([-1]), "i"],
      [new Uint32Array([1]), "I"],
      [new Float32Array([1.5]), "f"],
      [new Float64Array([1.5]), "d"],
      [new BigInt64Array([-1n]), "q"],
      [new BigUint64Array([1n]), "Q"],
      [Buffer.from([1]), "B"],
    ] as const;
    for (const [array, format] of arrays) {
      assert.deepEqual(python.toJs(module.facts(array)), [format, array.BYTES_PER_ELEMENT, [Number(array[0])]], array.constructor.name);
      module.write(array, 7);
      assert.equal(Number(array[0]), 7, array.constructor.name);
    }
  });

  test("shared memory, growable too, and parts of it", () => {
    const module = load(`
      import interloop
      def write(buffer, index, value):
          assert isinstance(buffer, interloop.JsBuffer)
          view = memoryview(buffer)
          view.cast("B")[index] = value
          return view.nbytes
      def same(buffer):
          return buffer
    `);
    const memory = new SharedArrayBuffer(8);
    assert.equal(module.write(memory, 1, 5), 8);
    assert.equal(module.write(new Uint8Array(memory, 2, 3), 0, 6), 3);
    assert.equal(module.write(new DataView(memory, 3), 0, 7), 5);
    assert.deepEqual([...new Uint8Array(memory)], [0, 5, 6, 7, 0, 0, 0, 0]);
    assert.equal(module.same(memory), memory);
    const growable = new SharedArrayBuffer(4, { maxByteLength: 8 });
    assert.equal(module.write(growable, 3, 9), 4);
    growable.grow(8);
    assert.equal(module.write(growable, 7, 9), 8);
    assert.deepEqual([...new Uint8Array(growable)], [0, 0, 0, 9, 0, 0, 0, 9]);
  });

  test("memory that is gone, or could go, is a BufferError", async () => {
    const module = load("def look(buffer): return memoryview(buffer)");
    const gone = new Uint8Array(8);
    gone.buffer.transfer();
    const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
    for (const value of [gone, gone.buffer, resizable, new Uint8Array(resizable), new DataView(resizable, 2)]) {
      assert.equal((await caught(() => module.look(value))).name, "BufferError");
    }
    // What the program says of its objects is not believed.
    const lying = new ArrayBuffer(8, { maxByteLength: 16 });
    Object.defineProperty(lying, "resizable", { value: false });
    assert.equal((await caught(() => module.look(lying))).name, "BufferError");
  });

  test("an ArrayBuffer that is transferred while Python uses it", async () => {
    const module = load(`
      views = []
      def keep(buffer):
          views.append(memoryview(buffer))
      def read():
          return [views[0][0], views[0][-1]]
      def drop():
          views.clear()
    `);
    const holds = has(capabilities.holdsTransferred);
    const ways: ((buffer: ArrayBuffer) => unknown)[] = [
      (buffer) => buffer.transfer(),
      (buffer) => buffer.transfer(10),
      (buffer) => buffer.transferToFixedLength(),
      (buffer) => structuredClone(buffer, { transfer: [buffer] }),
      (buffer) => {
        const { port1, port2 } = new MessageChannel();
        try {
          port1.postMessage(buffer, [buffer]);
        } finally {
          port1.close();
          port2.close();
        }
      },
    ];
    for (const [index, transfer] of ways.entries()) {
      const bytes = new Uint8Array(1 << 20).fill(7);
      module.keep(bytes);
      if (holds) transfer(bytes.buffer);
      else assert.equal((await caught(() => transfer(bytes.buffer))).code, "buffer-in-use", `${index}`);
      assert.equal(bytes.length, holds ? 0 : 1 << 20);
      await settle();
      const filler = Array.from({ length: 8 }, () => new Uint8Array(1 << 20).fill(1));
      assert.deepEqual(python.toJs(module.read()), [7, 7], `${index}`);
      assert.equal(filler.length, 8);
      module.drop();
      if (!holds) transfer(bytes.buffer);
      assert.equal(bytes.length, 0);
    }
  });

  test("transfers of what Python does not use go on as ever", () => {
    const module = load("def size(buffer): return memoryview(buffer).nbytes");
    const bytes = new Uint8Array([1, 2, 3]);
    assert.equal(module.size(bytes), 3);
    const copy = structuredClone({ bytes });
    assert.deepEqual([...copy.bytes], [1, 2, 3]);
    const { bytes: moved } = structuredClone({ bytes }, { transfer: [bytes.buffer] });
    assert.deepEqual([[...moved], bytes.length], [[1, 2, 3], 0]);
    assert.equal(new Uint8Array(8).buffer.transfer(4).byteLength, 4);
    assert.equal(structuredClone(1), 1);
    assert.throws(() => structuredClone(() => 1));
  });

  test("a memoryview is let go of on any thread", async () => {
    const module = load(`
      import threading
      async def on_thread(buffer):
          import asyncio
          views = [memoryview(buffer)]
          def drop():
              total = sum(views[0])
              views.clear()
              return total
          del buffer
          return await asyncio.get_running_loop().run_in_executor(None, drop)
    `);
    assert.equal(await module.on_thread(new Uint8Array(100).fill(2)), 200);
  });
};
