/** The engine takes the memory of a buffer away that Python has views of: these stay valid. */
import type { SoundProgram } from "./sound-program.ts";

/** `hold` keeps a memoryview and an array of a buffer, `use` writes all of them and reads them again; `churn` lets the engine use freed memory for other things. */
const setUp = `
  const { python } = api;
  python.exec(\`
import numpy
kept = []
def hold(buffer):
    kept.extend([memoryview(buffer), numpy.asarray(buffer)])
def use():
    for view in kept:
        for index in range(0, len(view), 64):
            view[index] = 65
    return all(view[index] == 65 for view in kept for index in range(0, len(view), 64))
\`);
  const hold = python.eval("hold"), use = python.eval("use");
  const collect = () => (globalThis.gc ? gc() : globalThis.Bun ? Bun.gc(true) : undefined);
  const churn = async () => {
    for (let round = 0; round < 20; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (let index = 0; index < 20; index++) new Uint8Array(65536 * (1 + (index % 5))).fill(7);
    }
  };
  const held = (size = 1 << 20) => {
    const buffer = new ArrayBuffer(size);
    hold(new Uint8Array(buffer).fill(1));
    return buffer;
  };
  const early = ArrayBuffer.prototype.transfer;
  const often = async (take) => {
    for (let round = 0; round < 10; round++) await take(round);
    await churn();
    console.log(use());
    await churn();
    console.log(use());
  };
`;

const program = (name: string, body: string): SoundProgram => ({ name: `memory taken away by ${name}`, source: setUp + body, prints: "true\ntrue\n" });

const grower = "new Uint8Array([0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,5,3,1,0,1,7,9,2,1,109,2,0,1,103,0,0,10,8,1,6,0,32,0,64,0,11])";

export const memoryTakenAway: readonly SoundProgram[] = [
  program("transfer(), of any length", "await often((round) => early.call(held(), [undefined, 10, 1 << 22][round % 3]));"),
  program(
    "another realm",
    `
      const vm = await import("node:vm");
      await often((round) => {
        vm.runInNewContext("ArrayBuffer.prototype.transfer.call(b)", { b: held() });
        const theirs = vm.runInNewContext("new ArrayBuffer(1 << 20, { maxByteLength: 1 << 21 })");
        hold(theirs);
        theirs.resize(round % 2 === 0 ? 0 : 1 << 21);
      });
    `,
  ),
  program(
    "resize()",
    "await often(() => { const buffer = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 21 }); hold(new Uint8Array(buffer)); buffer.resize(16); });",
  ),
  program(
    "structuredClone and a MessagePort",
    `
      await often((round) => {
        const buffer = held();
        if (round % 2 === 0) return structuredClone(buffer, { transfer: [buffer] });
        const { port1, port2 } = new MessageChannel();
        port1.postMessage(buffer, [buffer]);
        port1.close();
        port2.close();
      });
    `,
  ),
  program(
    "a worker's transferList",
    `
      const { Worker } = await import("node:worker_threads");
      for (let round = 0; round < 3; round++) {
        const buffer = held();
        const worker = new Worker("import('node:worker_threads').then((w) => w.parentPort.postMessage(1))", { eval: true, workerData: buffer, transferList: [buffer] });
        await new Promise((resolve) => worker.once("message", resolve));
        await worker.terminate();
      }
      await often(() => undefined);
    `,
  ),
  program(
    "a worker that ends",
    `
      const { Worker } = await import("node:worker_threads");
      python.exec("import sys, types\\nsys.modules['held'] = types.SimpleNamespace(hold=hold)");
      const code = \`
        (async () => {
          const { parentPort, workerData } = await import("node:worker_threads");
          const { python } = await import(workerData);
          const { hold } = python.import("held");
          hold(new Uint8Array(1 << 20));
          hold(new Uint8Array(new SharedArrayBuffer(1 << 20)));
          hold(python.share(1 << 20));
          parentPort.postMessage(1);
        })();
      \`;
      for (let round = 0; round < 2; round++) {
        const worker = new Worker(code, { eval: true, workerData: adapter });
        await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
        await worker.terminate();
      }
      await often(() => undefined);
    `,
  ),
  program(
    "byte streams",
    `
      await often(async (round) => {
        if (round % 2 === 0) {
          const pull = (controller) => { const view = controller.byobRequest.view; view.fill(1); hold(view); controller.byobRequest.respond(view.byteLength); };
          await new ReadableStream({ type: "bytes", autoAllocateChunkSize: 1 << 18, pull }).getReader().read();
        } else {
          const start = (controller) => { const view = new Uint8Array(held()); controller.enqueue(view); controller.close(); };
          await new ReadableStream({ type: "bytes", start }).getReader({ mode: "byob" }).read(new Uint8Array(held(1 << 16)));
        }
      });
    `,
  ),
  program(
    "a WebAssembly memory that grows",
    `
      const module = new WebAssembly.Module(${grower});
      await often((round) => {
        const { m, g } = new WebAssembly.Instance(module).exports;
        hold(new Uint8Array(m.buffer));
        if (round % 2 === 0) g(200);
        else m.grow(200);
        hold(new Uint8Array(m.buffer));
      });
    `,
  ),
];
