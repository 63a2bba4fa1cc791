/** Tensors without the buffer protocol: their memory through DLPack. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
import numpy as np, weakref

class Tensor:
    "As torch's: no buffer protocol, but DLPack."
    def __init__(self, array, device=(1, 0)): self.array, self.device = array, device
    def __dlpack__(self): return self.array.__dlpack__()
    def __dlpack_device__(self): return self.device

class Strange:
    def __dlpack__(self): return None
    def __dlpack_device__(self): return (1, 0)

class Failing(Tensor):
    def __dlpack__(self): raise BufferError("requires a gradient")

freed = []
def make():
    array = np.arange(6, dtype="f4").reshape(2, 3)
    weakref.finalize(array, freed.append, "freed")
    return Tensor(array)
def shown(dtype): return Tensor(np.ones(2, dtype))
def turned(): return Tensor(np.arange(6, dtype="i2").reshape(2, 3)[:, ::-1].T)
def read_only():
    array = np.ones(2)
    array.setflags(write=False)
    return Tensor(array)
def empty(): return Tensor(np.zeros((0, 3)))
def single(): return Tensor(np.array(5.0))
`;

export const tensors: Topic = ({ api, test, load }) => {
  const { python } = api;

  test("python.buffer shows a tensor's memory without a copy, and dispose lets go of it at once", () => {
    const module = load(code);
    const tensor = module.make();
    const view = python.buffer(tensor);
    assert.deepEqual([view.shape, view.strides, view.format, view.readonly, view.cContiguous], [[2, 3], [12, 4], "f", false, true]);
    assert.deepEqual(view.data, Float32Array.of(0, 1, 2, 3, 4, 5));
    view.setAt([1, 2], 50);
    const { array } = tensor;
    assert.equal(Number(python.item(array, 1, 2)), 50);
    python.setItem(array, python.tuple(0, 0), 7);
    assert.equal(view.at(0, 0), 7);
    array[Symbol.dispose]();
    tensor[Symbol.dispose]();
    assert.deepEqual(python.toJs(module.freed), []);
    const { data } = view;
    view[Symbol.dispose]();
    assert.deepEqual([python.toJs(module.freed), data.length], [["freed"], 0]);
  });

  test("elements, strides and shapes are those of the tensor", () => {
    const module = load(code);
    const one: readonly (readonly [string, string, unknown])[] = [
      ["?", "?", true],
      ["i1", "b", 1],
      ["i8", "q", 1n],
      ["u2", "H", 1],
      ["u8", "Q", 1n],
      ["f8", "d", 1],
      ["c8", "Zf", [1, 0]],
      ["c16", "Zd", [1, 0]],
    ];
    for (const [dtype, format, element] of one) {
      using view = python.buffer(module.shown(dtype));
      assert.deepEqual([view.format, [...view]], [format, [element, element]], dtype);
    }
    using turned = python.buffer(module.turned());
    assert.deepEqual([[...turned], turned.shape, turned.strides, turned.offset], [[2, 5, 1, 4, 0, 3], [3, 2], [-2, 6], 4]);
    using empty = python.buffer(module.empty());
    assert.deepEqual([empty.length, empty.data.length], [0, 0]);
    using single = python.buffer(module.single());
    assert.deepEqual([[...single], single.shape], [[5], []]);
  });

  test("a tensor on another device, or that cannot be exported, says so", async () => {
    const module = load(code);
    const elsewhere = await caught(() => python.buffer(module.Tensor(null, python.tuple(2, 0))));
    assert.equal(elsewhere.code, "buffer-unsupported");
    assert.match(elsewhere.message, /tensor\.cpu\(\)/);
    assert.equal((await caught(() => python.buffer(module.Failing(null)))).message, "requires a gradient");
    assert.ok((await caught(() => python.buffer(module.Strange()))) instanceof Error);
    assert.equal((await caught(() => python.buffer(module.read_only()))).name, "BufferError");
    assert.equal((await caught(() => python.buffer(python.eval("object()") as Py))).name, "TypeError");
  });
};
