/** The memory of JS, seen in Python. */
import assert from "node:assert/strict";
import { caught, later } from "../py.ts";
import type { Topic } from "../suite.ts";

export const buffersOfJs: Topic = ({ api, test, load, settle }) => {
  const { asyncIterableIntoPy, isPyObject, python } = api;

  test("typed arrays, DataView and ArrayBuffer are memoryviews in Python", () => {
    const module = load(`
      def facts(view):
          return repr((isinstance(view, memoryview), view.format, view.itemsize, view.nbytes, view.readonly, view.shape))
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

  test("parts of it, and other looks at it, are handles", () => {
    const module = load(`
      parts = {
          "slice": lambda view: view[1:], "reversed": lambda view: view[::-1], "cast": lambda view: view.cast("b"),
          "read-only": lambda view: view.toreadonly(), "bytes": bytes, "copy": lambda view: memoryview(bytearray(view)),
      }
      def part(name, view): return parts[name](view)
      def whole(view): return [view[:], memoryview(view)]
      def data(view): return [view, view[1:]]
      def release(view):
          view.release()
          return view
    `);
    const bytes = new Uint8Array([1, 2, 3]);
    for (const name of ["slice", "reversed", "cast", "read-only", "bytes", "copy"]) {
      const part = module.part(name, bytes);
      assert.ok(isPyObject(part), name);
    }
    for (const view of module.whole(bytes)) assert.equal(view, bytes);
    const [whole, part] = python.toJs(module.data(bytes)) as [Uint8Array, Uint8Array];
    assert.equal(whole, bytes);
    assert.deepEqual(part, new Uint8Array([2, 3]));
    assert.equal(python.type(module.release(bytes)).__name__, "memoryview");
  });

  test("by reference it is a JsBuffer, with the methods of JavaScript", () => {
    const module = load(`
      import interloop
      def facts(buffer):
          buffer.fill(7)
          return repr((type(buffer) is interloop.JsBuffer, buffer.byteLength, bytes(buffer), memoryview(buffer).format))
      def same(buffer): return buffer
    `);
    const words = new Uint16Array(1);
    assert.equal(module.facts(python.ref(words)), "(True, 2, b'\\x07\\x00', 'H')");
    assert.equal(module.same(python.ref(words)), words);
  });

  test("in data, from functions, promises and generators, on this thread and on others", async () => {
    const module = load(`
      import asyncio
      def said(view):
          return f"{type(view).__name__} {bytes(view)!r}"
      def data(value): return said(value["rows"][0][0])
      def call(js): return said(js())
      def call_data(js): return data(js())
      async def awaited(js): return said(await js())
      async def each(values): return [said(value) async for value in values]
      async def elsewhere(js): return await asyncio.to_thread(asyncio.run, awaited(js))
      def keep(view):
          global kept
          kept = view
          view[0] = 88
      def drop():
          global kept
          kept = None
    `);
    const make = (): Uint8Array => new TextEncoder().encode("ab");
    const makeLater = async (): Promise<Uint8Array> => later(make());
    const rows = (): object => ({ name: "x", rows: [[make()], [new Float64Array(1)]] });
    const toThread = python.import("asyncio").to_thread;
    const right = "memoryview b'ab'";
    assert.equal(module.data(rows()), right);
    assert.equal(module.call(make), right);
    assert.equal(module.call_data(rows), right);
    assert.equal(await module.awaited(makeLater), right);
    assert.equal(await toThread(module.call, make), right);
    assert.equal(await toThread(module.call_data, rows), right);
    assert.equal(await toThread(module.data, rows()), right);
    assert.equal(await module.elsewhere(makeLater), right);
    const chunks = asyncIterableIntoPy(
      (async function* () {
        yield make();
        yield await makeLater();
      })(),
    );
    assert.deepEqual(python.toJs(await module.each(chunks)), [right, right]);
    // What another thread writes comes home when the JS thread goes on.
    const bytes = make();
    await toThread(module.keep, bytes);
    assert.equal(bytes[0], 88);
    module.drop();
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
      def write(view, index, value):
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

  test("memory that is gone is a BufferError", async () => {
    const module = load("def look(buffer): return memoryview(buffer)");
    const gone = new Uint8Array(8);
    gone.buffer.transfer();
    for (const value of [gone, gone.buffer]) assert.equal((await caught(() => module.look(value))).name, "BufferError");
  });

  test("a resizable ArrayBuffer: Python has the length of that moment", () => {
    const module = load(`
      views = []
      def keep(buffer):
          views.append(memoryview(buffer))
          return views[-1].nbytes
      def write(value):
          for view in views:
              view.cast("B")[view.nbytes - 1] = value
          return [view.tolist()[-1] for view in views]
      def drop():
          views.clear()
    `);
    const resizable = new ArrayBuffer(8, { maxByteLength: 1 << 20 });
    // What the program says of its objects is not believed.
    const lying = new ArrayBuffer(8, { maxByteLength: 1 << 20 });
    Object.defineProperty(lying, "resizable", { value: false });
    assert.deepEqual(
      [resizable, new Uint8Array(resizable), new DataView(resizable, 2), lying].map((value) => module.keep(value)),
      [8, 8, 6, 8],
    );
    assert.deepEqual(python.toJs(module.write(5)), [5, 5, 5, 5]);
    assert.deepEqual([new Uint8Array(resizable)[7], new Uint8Array(lying)[7]], [5, 5]);
    for (const buffer of [resizable, lying]) buffer.resize(0);
    assert.deepEqual(python.toJs(module.write(6)), [6, 6, 6, 6]);
    for (const buffer of [resizable, lying]) buffer.resize(1 << 20);
    assert.deepEqual(python.toJs(module.write(7)), [7, 7, 7, 7]);
    module.drop();
  });

  test("an ArrayBuffer that is transferred while Python uses it: both go on with what they have", async () => {
    const module = load(`
      views = []
      def keep(buffer):
          views.append(memoryview(buffer))
      def read():
          return [views[0][0], views[0][-1]]
      def drop():
          views.clear()
    `);
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
      transfer(bytes.buffer);
      assert.equal(bytes.length, 0);
      await settle();
      const filler = Array.from({ length: 8 }, () => new Uint8Array(1 << 20).fill(1));
      assert.deepEqual(python.toJs(module.read()), [7, 7], `${index}`);
      assert.equal(filler.length, 8);
      module.drop();
    }
  });

  test("both sides see what the other one has written when they go on", async () => {
    const module = load(`
      import asyncio, io, struct
      kept = []
      def fill(buffer):
          return io.BytesIO(b"abc").readinto(buffer)
      def pack(buffer):
          struct.pack_into(">H", buffer, 1, 0x0102)
      def keep(buffer):
          kept.append(memoryview(buffer))
      def set_kept(index, value):
          kept[0][index] = value
      def get_kept(index):
          return kept[0][index]
      def calls(buffer, js):
          view = memoryview(buffer)
          view[0] = 10
          js()
          return view[1]
      async def awaits(buffer, js):
          view = memoryview(buffer)
          view[0] = 20
          await js()
          await asyncio.sleep(0)
          view[2] = 22
          await asyncio.to_thread(view.__setitem__, 3, 23)
          return view[1]
      def overlapping(whole, part):
          memoryview(whole)[0] = 30
          view = memoryview(part)
          seen = view[0]
          view[1] = 31
          return [seen, memoryview(whole)[1]]
      def drop():
          kept.clear()
    `);
    const bytes = new Uint8Array(6);
    assert.equal(module.fill(bytes), 3);
    assert.deepEqual([...bytes], [97, 98, 99, 0, 0, 0]);
    module.pack(bytes);
    assert.deepEqual([...bytes], [97, 1, 2, 0, 0, 0]);
    module.keep(bytes);
    bytes[4] = 44;
    assert.equal(module.get_kept(4), 44);
    module.set_kept(5, 55);
    assert.deepEqual([...bytes], [97, 1, 2, 0, 44, 55]);
    const heard: number[] = [];
    assert.equal(
      module.calls(bytes, () => {
        heard.push(bytes[0]!);
        bytes[1] = 11;
      }),
      11,
    );
    const answered = await module.awaits(bytes, async () => {
      heard.push(bytes[0]!);
      bytes[1] = 21;
    });
    assert.deepEqual([answered, ...heard], [21, 10, 20]);
    assert.deepEqual([...bytes], [20, 21, 22, 23, 44, 55]);
    assert.deepEqual(python.toJs(module.overlapping(bytes, bytes.subarray(0, 2))), [30, 31]);
    assert.equal(module.get_kept(1), 31);
    module.drop();
  });

  test("python.share() makes memory that both use, whatever becomes of the ArrayBuffer", () => {
    const module = load(`
      kept = []
      def keep(buffer):
          kept.append(memoryview(buffer))
          return kept[-1].format
      def read():
          return [view[0] for view in kept]
      def write(value):
          for view in kept: view[0] = value
      def drop():
          kept.clear()
    `);
    const doubles = python.share(new Float64Array([1.5, 2]));
    const bytes = python.share(4);
    const memory = python.share(new Uint8Array([8]).buffer);
    const view = python.share(new DataView(new ArrayBuffer(8), 2, 3));
    assert.deepEqual([[...doubles], [...bytes], memory.byteLength, view.byteLength, view.byteOffset], [[1.5, 2], [0, 0, 0, 0], 1, 3, 0]);
    assert.ok(doubles instanceof Float64Array && memory instanceof ArrayBuffer && view instanceof DataView);
    assert.deepEqual(
      [doubles, bytes, memory, view].map((value) => module.keep(value)),
      ["d", "B", "B", "B"],
    );
    doubles[0] = 3;
    assert.deepEqual(python.toJs(module.read()), [3, 0, 8, 0]);
    const moved = [doubles.buffer.transfer(), bytes.buffer.transfer(), memory.transfer(), (view.buffer as ArrayBuffer).transfer()];
    module.write(9);
    assert.deepEqual(python.toJs(module.read()), [9, 9, 9, 9]);
    assert.deepEqual([new Float64Array(moved[0]!)[0], new Uint8Array(moved[1]!)[0]], [9, 9]);
    module.keep(moved[1]!);
    module.drop();
    for (const wrong of [-1, 1.5, "4", null, {}]) assert.throws(() => python.share(wrong as never), { code: "bad-argument" });
  });

  test("Python's own memory, given back to it, outlives the PyBuffer", () => {
    const module = load(`
      kept = []
      def make():
          return bytearray(b"abc")
      def keep(buffer):
          kept.append(memoryview(buffer))
      def read():
          return bytes(kept[0]).decode()
      def drop():
          kept.clear()
    `);
    const bytes = module.make();
    const look = python.buffer(bytes);
    module.keep(look.data);
    look[Symbol.dispose]();
    assert.throws(() => bytes.append(1), { name: "BufferError" });
    assert.equal(module.read(), "abc");
    module.drop();
    bytes.append(100);
    assert.equal(python.len(bytes), 4);
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
