/** What a user may get wrong at start-up and across threads: a clear error, and the process lives. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, type Ended } from "../child.ts";

/** Prints the code and the message of what `python.import` throws, and proves that the process lives. */
const tryPython = `
  try {
    console.log("started", api.python.import("sys").executable);
  } catch (error) {
    console.log(error.code);
    console.log(error.message);
  }
  setTimeout(() => console.log("alive"), 1);
`;

function parse(ended: Ended): { code: string; message: string } {
  assert.deepEqual([ended.status, ended.signal, ended.stderr], [0, null, ""], JSON.stringify(ended));
  const lines = ended.stdout.trim().split("\n");
  assert.equal(lines.at(-1), "alive");
  return { code: lines[0] ?? "", message: lines.slice(1, -1).join("\n") };
}

/** A Python that lies about itself: a shell script that runs the real one with `patch` before whatever code it is given. */
function liar(python: string, patch: string): string {
  return `#!/bin/sh
for argument in "$@"; do
  if [ "$taken" = code ]; then argument="${patch}
$argument"; taken=done; fi
  case "$argument" in -c|-*c) [ -z "$taken" ] && taken=code ;; esac
  set -- "$@" "$argument"; shift
done
exec "${python}" "$@"
`;
}

/** Registers the tests of start-up and threads. */
export function runBadInput(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`bad input (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  const nowhere = { PATH: "/nonexistent", INTERLOOP_PYTHON: undefined, VIRTUAL_ENV: undefined, PYTHONHOME: undefined, XDG_CACHE_HOME: undefined };

  const test = (name: string, body: (folder: string) => Promise<void>): void =>
    harness.test(
      name,
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "interloop-bad-"));
        try {
          await body(folder);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
      60_000,
    );

  const script = (folder: string, text: string, name = "python3"): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return file;
  };

  const realPython = (): string => {
    const { stdout } = spawnSync(process.env["INTERLOOP_PYTHON"] || "python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
    return stdout.trim();
  };

  test("no Python anywhere: the error lists what was tried", async (folder) => {
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { ...nowhere, HOME: folder } }));
    assert.equal(code, "python-not-found");
    for (const tried of ["INTERLOOP_PYTHON", "VIRTUAL_ENV", ".venv", "PATH"]) assert.ok(message.includes(tried), message);
  });

  test("INTERLOOP_PYTHON with a broken path", async (folder) => {
    const path = join(folder, "nothing", "python3");
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-not-found");
    assert.ok(message.includes(path), message);
  });

  test("init with a broken path", async (folder) => {
    const path = join(folder, "nothing", "python3");
    const { code, message } = parse(await run(`api.init({ python: ${JSON.stringify(path)} });${tryPython}`, { cwd: folder, env: { HOME: folder } }));
    assert.equal(code, "python-not-found");
    assert.ok(message.includes(path), message);
  });

  const broken: Readonly<Record<string, string | undefined>> = {
    "a script that fails": "#!/bin/sh\nexit 1\n",
    "a script that prints nonsense": "#!/bin/sh\necho nonsense\n",
    "a script that prints nothing": "#!/bin/sh\n",
    "an empty file": "",
    "a file with garbage": "\u0000\u0001\u0002garbage",
    "a folder": undefined,
  };
  for (const [what, text] of Object.entries(broken)) {
    test(`the Python is ${what}`, async (folder) => {
      const path = join(folder, "python3");
      if (text === undefined) mkdirSync(path);
      else script(folder, text);
      const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
      assert.match(code, /^python-(not-found|unsupported|library-missing)$/);
      assert.ok(message.includes(path), message);
    });
  }

  test("a file without execute permission", async (folder) => {
    const path = script(folder, "#!/bin/sh\n");
    chmodSync(path, 0o644);
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-not-found");
    assert.ok(message.includes(path), message);
  });

  test("a Python below 3.9", async (folder) => {
    const patch = "import sys; sys.version_info = (3, 8, 18, 'final', 0); sys.version = '3.8.18 (default)'; sys.hexversion = 0x030812f0";
    const path = script(folder, liar(realPython(), patch));
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-unsupported");
    assert.match(message, /3\.8/);
    assert.match(message, /3\.9/);
  });

  test("a PyPy", async (folder) => {
    const path = script(folder, liar(realPython(), "import sys; sys.implementation.name = 'pypy'"));
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-unsupported");
    assert.match(message, /pypy/i);
  });

  test("a free-threaded build", async (folder) => {
    const path = script(folder, liar(realPython(), "import sysconfig; sysconfig.get_config_vars()['Py_GIL_DISABLED'] = 1"));
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-unsupported");
    assert.match(message, /free-threaded/);
  });

  test("a static build without libpython", async (folder) => {
    const patch = [
      "import builtins, os, sys, sysconfig",
      // First, because sysconfig begins anew when they have changed.
      "sys.base_prefix = sys.prefix = '/nonexistent'; sys.executable = '/nonexistent/bin/python3'",
      "sysconfig.get_config_vars().update(Py_ENABLE_SHARED=0, INSTSONAME='libpython.a', LDLIBRARY='libpython.a', LIBDIR='/nonexistent', LDLIBRARYDIR='/nonexistent')",
      "def refuse(*a, **k): raise OSError()",
      "builtins.open = refuse",
    ].join("\n");
    const path = script(folder, liar(realPython(), patch));
    const { code, message } = parse(await run(tryPython, { cwd: folder, env: { INTERLOOP_PYTHON: path, HOME: folder } }));
    assert.equal(code, "python-library-missing");
    assert.match(message, /libpython/);
  });

  test("a second init with another choice, before and after the start", async (folder) => {
    const python = JSON.stringify(realPython());
    const attempt = `try { api.init({ python: "/other/python3" }); } catch (error) { console.log(error.code); }`;
    const source = `
      api.init({ python: ${python} });
      api.init({ python: ${python} });
      api.init();
      ${attempt}
      console.log(api.python.import("math").sqrt(4));
      ${attempt}
      api.init({ python: ${python} });
      console.log("alive");
    `;
    const ended = await run(source, { cwd: folder });
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "already-initialized\n2\nalready-initialized\nalive\n", stderr: "" });
  });

  test("options that init does not have", async (folder) => {
    const bad = [
      "5",
      "null",
      "{ pythn: 'x' }",
      "{ python: 5 }",
      "{ python: '' }",
      "{ placement: 'moon' }",
      "{ loop: '' }",
      "{ placement: 'guest', loop: 'uvloop' }",
    ];
    const source = `${bad.map((options) => `try { api.init(${options}); console.log("accepted"); } catch (error) { console.log(error.code); }`).join("\n")}\nconsole.log(api.python.import("math").sqrt(9));`;
    const ended = await run(source, { cwd: folder });
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: `${"bad-argument\n".repeat(bad.length)}3\n`, stderr: "" });
  });

  test("a handle cannot be sent to a worker, and a worker has handles of its own", async (folder) => {
    const source = `
      import { Worker } from "node:worker_threads";
      const list = api.python.eval("[1, 2]");
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
        "import { parentPort } from 'node:worker_threads';" +
        "import * as api from " + JSON.stringify(adapter) + ";" +
        "try {" +
        "  const own = api.python.eval('[1, 2, 3]');" +
        "  parentPort.postMessage(['own', api.python.len(own)]);" +
        "} catch (error) { parentPort.postMessage(['error', error.code ?? String(error)]); }"
      )));
      try { worker.postMessage(list); console.log("sent"); } catch (error) { console.log(/ not be cloned/.test(error.message) ? "refused" : error); }
      const message = await new Promise((resolve, reject) => { worker.on("message", resolve); worker.on("error", reject); });
      console.log(message.join(" "));
      await worker.terminate();
      console.log(api.python.len(list));
    `;
    const ended = await run(source, { cwd: folder });
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "refused\nown 3\n2\n", stderr: "" });
  });

  test("a Ref of another thread's table is refused by the addon", async (folder) => {
    const source = `
      import { Worker } from "node:worker_threads";
      const kept = Array.from({ length: 50 }, () => api.python.eval("[1]"));
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
        "import { parentPort } from 'node:worker_threads';" +
        "import * as api from " + JSON.stringify(adapter) + ";" +
        "api.python.import('sys');" +
        "const shared = globalThis[Object.getOwnPropertySymbols(globalThis).find((s) => s.description?.startsWith('interloop.sharedState'))];" +
        "const { binding } = shared.environment;" +
        "const codes = new Set();" +
        "for (const ref of [-1, 0, 1e9, 2 ** 52, NaN, 'x', undefined, 4294967297 * 40]) { try { binding.getAttr(ref, 'x'); codes.add('accepted'); } catch (error) { codes.add(error.code ?? error.name); } binding.release(ref); }" +
        "parentPort.postMessage([...codes].join(' '));"
      )));
      console.log(await new Promise((resolve, reject) => { worker.on("message", resolve); worker.on("error", reject); }));
      await worker.terminate();
      console.log(api.python.len(kept[40]));
    `;
    const ended = await run(source, { cwd: folder });
    const [codes, length] = ended.stdout.trim().split("\n");
    assert.match(codes ?? "", /handle-invalid|wrong-thread|bad-argument/, JSON.stringify(ended));
    assert.doesNotMatch(codes ?? "", /accepted|AttributeError/);
    assert.deepEqual([length, ended.status, ended.stderr], ["1", 0, ""]);
  });

  test("the addon in several workers at once; one is terminated between two calls, one in the middle of a call", async (folder) => {
    const code = "import asyncio, time\nasync def tick(n):\n    await asyncio.sleep(0.001)\n    return n\ndef block(seconds): time.sleep(seconds)";
    const source = `
      import { Worker } from "node:worker_threads";
      const start = (code) => new Worker(new URL("data:text/javascript," + encodeURIComponent(
        "import { parentPort } from 'node:worker_threads';" +
        "import { python } from " + JSON.stringify(adapter) + ";" +
        "python.exec(" + JSON.stringify(${JSON.stringify(code)}) + ");" +
        "const tick = python.eval('tick'), block = python.eval('block');" +
        "parentPort.postMessage('ready');" + code
      )));
      const next = (worker) => new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
      const counts = start("let n = 0; for (;;) { n = await tick(n + 1); if (n % 100 === 0) parentPort.postMessage(n); }");
      const waits = start("for (;;) await tick(1);");
      const blocks = start("setTimeout(() => block(0.3), 1);");
      console.log(String(await Promise.all([counts, waits, blocks].map(next))));
      // Which hundred it is depends on how long the others took to be ready.
      const hundreds = await next(counts);
      console.log(hundreds % 100);
      await waits.terminate();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await blocks.terminate();
      console.log(await next(counts) > hundreds, await api.python.import("asyncio").sleep(0.01, "main lives"));
      await counts.terminate();
      console.log(api.python.eval("1 + 1"));
    `;
    assertQuiet(await run(source, { cwd: folder }), "ready,ready,ready\n0\ntrue main lives\n2\n");
  });

  test("the addon in workers only, one after the other", async (folder) => {
    const source = `
      import { Worker } from "node:worker_threads";
      const code = "import { parentPort } from 'node:worker_threads';" +
        "import { python } from " + JSON.stringify(adapter) + ";" +
        "try { await python.import('asyncio').sleep(0.001); parentPort.postMessage('works'); } catch (error) { parentPort.postMessage(error.code); }" +
        "setInterval(() => {}, 1000);";
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(code)));
        console.log(await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); }));
        await worker.terminate();
      }
    `;
    const ended = await run(source, { cwd: folder });
    // Where the worker that started Python ends it, the next ones are told so.
    assert.match(ended.stdout, /^works\n(works\nworks|finalized\nfinalized)\n$/, JSON.stringify(ended));
    assert.deepEqual([ended.status, ended.signal, ended.stderr], [0, null, ""]);
  });

  test("a stale, forged or foreign Ref is refused by the addon", async (folder) => {
    const source = `
      api.python.import("sys");
      const { binding } = globalThis[Object.getOwnPropertySymbols(globalThis).find((s) => s.description?.startsWith("interloop.sharedState"))].environment;
      const attempt = (body) => { try { body(); return "accepted"; } catch (error) { return error.code ?? error.name; } };
      const refs = [-1, 0, 1.5, 1e9, 2 ** 52, Number.MAX_SAFE_INTEGER, NaN, "text", undefined, null, {}];
      const bodies = (ref) => [() => binding.call(ref), () => binding.callWith(ref, [], [], []), () => binding.getAttr(ref, "x"), () => binding.setAttr(ref, "x", 1), () => binding.deleteAttr(ref, "x"), () => binding.next(ref), () => binding.duplicate(ref), () => binding.buffer(ref), () => binding.startTask(ref, 1, 0), () => binding.stepStream(ref, 1, () => {}), () => binding.feedStream(ref, 1)];
      const codes = new Set(refs.flatMap((ref) => bodies(ref).map(attempt)));
      for (const ref of refs) binding.release(ref);
      console.log([...codes].sort().join(" "));
      const other = binding.emptyContext();
      console.log(...[() => binding.stepStream(other, 1, () => []), () => binding.stepStream(other, 0, () => []), () => binding.stepStream(other, 1), () => binding.feedStream(other, 1), () => binding.feedStream()].map(attempt));
      console.log(attempt(() => binding.attach({})), attempt(() => api.python.len(api.python.eval("[1]"))));
    `;
    const ended = await run(source, { cwd: folder });
    const [codes, streams, second] = ended.stdout.trim().split("\n");
    assert.match(codes ?? "", /^(bad-argument )?handle-invalid$/, JSON.stringify(ended));
    assert.equal(streams, Array.from({ length: 5 }, () => "bad-argument").join(" "));
    assert.equal(second, "already-attached accepted");
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
  });
}
