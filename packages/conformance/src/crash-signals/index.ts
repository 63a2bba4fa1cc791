/** SIGSEGV is the engine's (WebAssembly's bounds checks, workers that are stopped) and Python's (faulthandler); and workers that are terminated while they start Python. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner } from "../child.ts";

// (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load))
const wasm = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 8, 1, 4, 108, 111, 97, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11,
];
const trap = `{
  const { load } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${wasm}]))).exports;
  try {
    for (let call = 0; call < 1e5; call++) load(8);
    load(65536 * 3);
  } catch (error) { console.log(error.name); }
}`;
const python = (code: string): string => `api.python.exec(${JSON.stringify(code)});`;

const uses: readonly { readonly name: string; readonly code: string; readonly env?: Readonly<Record<string, string>> }[] = [
  { name: "faulthandler.enable()", code: "import faulthandler\nfaulthandler.enable()" },
  {
    name: "faulthandler that is enabled, disabled and enabled again",
    code: "import faulthandler\nfaulthandler.enable()\nfaulthandler.disable()\nfaulthandler.enable()",
  },
  { name: "faulthandler that is enabled and disabled", code: "import faulthandler\nfaulthandler.enable()\nfaulthandler.disable()" },
  { name: "PYTHONFAULTHANDLER", code: "pass", env: { PYTHONFAULTHANDLER: "1" } },
  { name: "signal.signal(SIGSEGV) with a function", code: "import signal\nsignal.signal(signal.SIGSEGV, lambda *_: print('called'))" },
  { name: "signal.signal(SIGSEGV, SIG_DFL)", code: "import signal\nsignal.signal(signal.SIGSEGV, signal.SIG_DFL)" },
];

/** Registers the tests. */
export function runCrashSignals(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`crash signals (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  const options = { deadline: 60_000 };
  harness.describe("the engine's use of SIGSEGV goes on after", () => {
    for (const { name, code, env } of uses) {
      for (const before of [true, false]) {
        const source = `
          ${before ? trap : ""}
          ${python(code)}
          ${trap}
          const { Worker } = await import("node:worker_threads");
          const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.postMessage(1); for (let n = 0; ; n++);")));
          await new Promise((resolve) => worker.once("message", resolve));
          await worker.terminate();
          console.log("terminated");`;
        const title = before ? `${name}, in an engine that has used WebAssembly` : `${name}, before the engine first uses WebAssembly`;
        harness.test(
          title,
          async () => {
            const ended = await run(source, { ...options, ...(env && { env }) });
            assertQuiet(ended, `${before ? "RuntimeError\n" : ""}RuntimeError\nterminated\n`);
          },
          80_000,
        );
      }
    }
  });
  harness.describe("a crash in native code", () => {
    const crash = python("def crash():\n    import ctypes\n    ctypes.string_at(0)\ncrash()");
    harness.test(
      "ends the process, and faulthandler tells where Python was",
      async () => {
        const ended = await run(`${trap}${python("import faulthandler\nfaulthandler.enable()")}${crash}`, options);
        assert.ok(ended.signal === "SIGSEGV" || ended.status === 139, `${ended.signal} ${ended.status}`);
        assert.match(ended.stderr, /Fatal Python error: Segmentation fault[^]* in crash/);
      },
      80_000,
    );
    harness.test(
      "ends the process without faulthandler, too",
      async () => {
        const ended = await run(`${trap}${crash}`, options);
        assert.ok(ended.signal === "SIGSEGV" || ended.status === 139, `${ended.signal} ${ended.status}`);
        assert.doesNotMatch(ended.stderr, /Fatal Python error/);
      },
      80_000,
    );
  });
  harness.test(
    "faulthandler.register() and dump_traceback_later()",
    async () => {
      const code =
        "import faulthandler, os, signal, time\nfaulthandler.register(signal.SIGUSR1)\nos.kill(os.getpid(), signal.SIGUSR1)\nfaulthandler.dump_traceback_later(0.01)\ntime.sleep(0.5)";
      const ended = await run(`${python(code)}${trap}`, options);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, "RuntimeError\n"], ended.stderr);
      assert.match(ended.stderr, /most recent call first[^]*Timeout[^]*most recent call first/);
    },
    80_000,
  );
  harness.test(
    "workers that are terminated while they start Python leave the process alone",
    async () => {
      const rounds = capabilities.nightly ? 400 : 40;
      const source = `
        import { Worker } from "node:worker_threads";
        api.python.eval("1");
        const body = "import { python } from " + JSON.stringify(adapter) + "; python.eval('1 + 1'); setInterval(() => {}, 1000);";
        for (let round = 0; round < ${rounds}; round++) {
          const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(body)));
          worker.on("error", () => undefined);
          const gone = new Promise((resolve) => worker.on("exit", resolve));
          await new Promise((resolve) => setTimeout(resolve, 15 + ((round * 7) % 40)));
          await worker.terminate();
          await gone;
        }
        console.log("alive");`;
      assertQuiet(await run(source, { deadline: 300_000 }), "alive\n");
    },
    320_000,
  );
}
