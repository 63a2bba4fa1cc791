import assert from "node:assert/strict";
import { has } from "../capabilities.ts";
import { childRunner } from "../child.ts";
import { caught, later, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const module = new URL("../fixtures/jobs.ts", import.meta.url);

/** What would block the JS thread, elsewhere: Python functions on threads, JS functions on workers. */
export const blocking: Topic = ({ api, capabilities, test, load }) => {
  const { getCurrentLoop, isPyError, isJoinError, kwargs, python, scope, spawnBlocking, TaskLocals } = api;
  const job = (name: string): { module: URL; name: string } => ({ module, name });
  /** What a handle rejects with, out of its JoinError. */
  const cause = async (handle: PromiseLike<unknown>): Promise<Py> => {
    const error = await caught(() => handle);
    assert.ok(isJoinError(error), String(error));
    return error.cause;
  };

  const code = `
    import asyncio, contextvars, threading, time
    variable = contextvars.ContextVar("variable", default="unset")
    def make(value):
        context = contextvars.copy_context()
        context.run(variable.set, value)
        return context
    kept = object()
    def identity(value): return value
    def where(): return threading.current_thread().name
    def read(): return variable.get()
    def block(seconds):
        time.sleep(seconds)
        return seconds
    def keywords(a, *, b=0): return f"{a} {b}"
    error = LookupError("lost")
    def fail(): raise error
    def stop(): raise StopIteration(1)
    def exit(): raise SystemExit(3)
    class Gate:
        def __init__(self): self.event, self.entered = threading.Event(), 0
        def wait(self):
            self.entered += 1
            self.event.wait(10)
            return "let through"
        def open(self): self.event.set()
  `;

  test("a Python function runs on a thread: arguments, result and errors are the very same", async () => {
    const module = load(code);
    assert.match(String(await spawnBlocking(module.where)), /^interloop-job/);
    assert.equal(python.is((await spawnBlocking(module.identity, module.kept)) as Py, module.kept), true);
    assert.equal(await spawnBlocking(module.keywords, "a", kwargs({ b: 2 })), "a 2");
    const map = new WeakMap();
    assert.equal(await spawnBlocking(module.identity, map), map);
    const shared = { js: true };
    assert.equal(await spawnBlocking(module.identity, python.ref(shared)), shared);
    const error = await cause(spawnBlocking(module.fail));
    assert.ok(isPyError(error));
    assert.equal(python.is(error.value as Py, module.error), true);
    assert.equal((await cause(spawnBlocking(module.stop))).name, "RuntimeError");
    assert.equal((await cause(spawnBlocking(module.keywords))).name, "TypeError");
  });

  test("a job is waited for on the loop in force", async () => {
    const module = load(code);
    assert.equal(await api.run(() => spawnBlocking(module.block, 0.01)), 0.01);
  });

  test("JS goes on while Python functions block, many at once", async () => {
    const module = load(code);
    const gate = module.Gate();
    const handles = [1, 2, 3].map(() => spawnBlocking(gate.wait));
    await until(() => gate.entered === 3);
    assert.equal(await module.asyncio.sleep(0.001, "Python's loop as well"), "Python's loop as well");
    assert.deepEqual(
      handles.map((handle) => handle.isFinished),
      [false, false, false],
    );
    gate.open();
    assert.deepEqual(await Promise.all(handles), ["let through", "let through", "let through"]);
  });

  test(
    "the Python context of the caller is that of the job, on threads and on workers",
    async () => {
      const held = load(code);
      python.import("sys").shared_variable = held.variable;
      const locals = new TaskLocals(getCurrentLoop()).withContext(held.make("scoped"));
      try {
        assert.equal(await scope(locals, () => spawnBlocking(held.read)), "scoped");
        assert.equal(await spawnBlocking(held.read), "unset");
        assert.equal(await scope(locals, () => spawnBlocking(job("readVariable"))), "scoped");
        assert.equal(await spawnBlocking(job("readVariable")), "unset");
      } finally {
        python.exec("import sys; del sys.shared_variable");
      }
    },
    { needs: "workers" },
  );

  test("aborting: a Python job that has not begun is given up, one that has goes on to its end", async () => {
    const module = load(code);
    const gate = module.Gate();
    const running = spawnBlocking(gate.wait);
    await until(() => gate.entered === 1);
    running.abort();
    const never = spawnBlocking(gate.wait);
    never.abort("before it begins");
    assert.equal(await cause(never), "before it begins");
    gate.open();
    assert.equal(await running, "let through");
    running.abort("after");
    assert.equal(await running, "let through");
    assert.equal(gate.entered, 1);
    assert.equal(await cause(spawnBlocking({ run: module.where, signal: AbortSignal.abort("at once") })), "at once");
  });

  if (!has(capabilities.workers)) {
    test("a runtime without workers refuses JS jobs, and says so", async () => {
      assert.equal((await cause(spawnBlocking(() => 1))).code, "no-workers");
    });
  }

  test(
    "a JS job is the export of a module, or a function that uses nothing but its arguments",
    async () => {
      assert.equal(await spawnBlocking({ module }), "worker");
      assert.deepEqual(await spawnBlocking({ module: module.href, name: "echo" }, 1, new Map([["a", new Date(0)]])), [1, new Map([["a", new Date(0)]])]);
      const add = (a: number, b: number): number => a + b;
      assert.equal(await spawnBlocking(add, 1, 2), 3);
      async function later(value: string): Promise<string> {
        const { basename } = await import("node:path");
        return basename(value);
      }
      assert.equal(await spawnBlocking({ run: later }, "/a/b"), "b");
      assert.equal(await spawnBlocking(function* () {} as Py).catch((error: Py) => error.cause.code), "not-cloneable");
    },
    { needs: "workers" },
  );

  test(
    "arguments are copied or moved",
    async () => {
      const moved = new Float64Array([1, 2, 3]);
      const copied = new Uint8Array([4]);
      assert.deepEqual(await spawnBlocking({ ...job("echo"), transfer: [moved.buffer] }, moved, copied), [new Float64Array([1, 2, 3]), new Uint8Array([4])]);
      assert.deepEqual([moved.length, copied.length], [0, 1]);
      assert.equal((await cause(spawnBlocking(job("echo"), () => 1))).code, "not-cloneable");
      assert.equal((await cause(spawnBlocking(job("echo"), python.eval("[1]")))).code, "not-cloneable");
      assert.equal((await cause(spawnBlocking(job("uncloneable")))).code, "not-cloneable");
      assert.deepEqual(await spawnBlocking(job("echo"), "after"), ["after"]);
    },
    { needs: "workers" },
  );

  test(
    "errors of JS jobs keep type, message, stack and cause; Python exceptions are the very same",
    async () => {
      const typed = await cause(spawnBlocking(job("fail"), "type"));
      assert.ok(typed instanceof TypeError);
      assert.deepEqual([typed.message, (typed as Py).code, (typed as Py).detail, String(typed.cause)], ["typed", "E_TYPED", { depth: 1 }, "RangeError: why"]);
      assert.match(typed.stack ?? "", /jobs\.ts/);
      const several = await cause(spawnBlocking(job("fail"), "aggregate"));
      assert.ok(several instanceof AggregateError);
      assert.deepEqual(several.errors.map(String), ["SyntaxError: one", "two"]);
      const dom = await cause(spawnBlocking(job("fail"), "dom"));
      assert.ok(dom instanceof DOMException);
      assert.equal(dom.name, "NotFoundError");
      const own = await cause(spawnBlocking(job("fail"), "own"));
      assert.deepEqual([own instanceof Error, own.name, own.message], [true, "OwnError", "own"]);
      const ours = await cause(spawnBlocking(job("fail"), "interloop"));
      assert.deepEqual([api.isInterloopError(ours), ours.code], [true, "bad-argument"]);
      const python = await cause(spawnBlocking(job("fail"), "python"));
      assert.deepEqual([isPyError(python), python.name, python.message, python.matches("KeyError")], [true, "LookupError", "'lost'".slice(1, -1), false]);
      assert.match(python.traceback, /blow/);
      assert.equal(await cause(spawnBlocking(job("fail"), "just a string")), "just a string");
    },
    { needs: "workers" },
  );

  test(
    "Python in a worker runs on that worker's own loop",
    async () => {
      assert.deepEqual(await spawnBlocking(job("usePython")), ["b", "a", false, capabilities.name]);
    },
    { needs: "workers" },
  );

  test(
    "aborting a JS job: it hears of it, and is ended with its worker when it does not listen",
    async () => {
      const shared = new Int32Array(new SharedArrayBuffer(8));
      const listens = spawnBlocking(job("waitForAbort"), shared);
      await until(() => Atomics.load(shared, 0) === 1);
      listens.abort(new RangeError("enough"));
      const error = await caught(() => listens);
      assert.deepEqual([error.isCancelled, String(error.cause), shared[1]], [true, "RangeError: enough", 1]);
      const deaf = spawnBlocking(job("spin"), 60_000);
      await later(null, 100);
      deaf.abort("too long");
      assert.equal(await cause(deaf), "too long");
      const before = spawnBlocking(job("echo"));
      before.abort("at once");
      assert.equal(await cause(before), "at once");
      assert.deepEqual(await spawnBlocking(job("echo"), "another worker"), ["another worker"]);
    },
    { needs: "workers" },
  );

  test(
    "a job that ends its worker fails, and another worker takes its place",
    async () => {
      const [exited, threw] = await Promise.all([cause(spawnBlocking(job("exit"), 3)), cause(spawnBlocking(job("failLater")))]);
      assert.deepEqual([exited.code, threw.code], ["worker-died", "worker-died"]);
      assert.match(threw.message, /nobody catches this/);
      assert.deepEqual(await spawnBlocking(job("echo"), 1), [1]);
    },
    { needs: "workers" },
  );

  test(
    "what cannot be a job is refused, with the reason",
    async () => {
      const outside = Number("1");
      const free = await cause(spawnBlocking(() => outside + 1));
      assert.deepEqual([free.code, /outside/.test(free.message), free.cause instanceof ReferenceError], ["free-variable", true, true]);
      const missing = await cause(spawnBlocking({ module: new URL("./nowhere.ts", module) }));
      assert.deepEqual([missing.code, /nowhere\.ts/.test(missing.message)], ["job-not-found", true]);
      for (const name of ["nothing", "notAFunction"]) assert.equal((await cause(spawnBlocking(job(name)))).code, "job-not-found");
      const { method } = { method() {} };
      for (const text of [method, Math.max, (() => 1).bind(null)]) assert.equal((await cause(spawnBlocking(text as Py))).code, "bad-argument");
      assert.equal((await cause(spawnBlocking(job("nested")))).cause.code, "nested-job");
      for (const wrong of [null, 1, "text", {}, { run: 1 }, { module: "./relative.ts" }]) {
        assert.equal((await caught(() => spawnBlocking(wrong as Py))).code, "bad-argument");
      }
      assert.equal((await caught(() => spawnBlocking(python.eval("[1]") as Py))).code, "bad-argument");
    },
    { needs: "workers" },
  );

  const { child } = capabilities;
  if (!has(child)) return;
  const run = childRunner(capabilities);
  const pool = `
    const reason = (handle) => handle.then((value) => value, (error) => error.cause.code ?? String(error.cause));
    const { init, python, spawnBlocking } = api;
  `;

  test(
    "pools: their size, their queue, and a job that waits for another one in a full pool",
    async () => {
      const source = `${pool}
      init({ pools: { threads: { size: 1, queue: 2 }, workers: { size: 1, queue: 1 } } });
      python.exec(\`
import asyncio, time
def block(seconds):
    time.sleep(seconds)
    return seconds
def wait_for(js):
    return asyncio.run(wait(js))
async def wait(js):
    return await js()
\`);
      const block = python.eval("block");
      console.log((await Promise.all([0.05, 0, 0, 0, 0].map((seconds) => reason(spawnBlocking(block, seconds))))).join(" "));
      const again = api.intoCoroutine(() => reason(spawnBlocking(block, 0)));
      console.log(await reason(spawnBlocking(python.import("asyncio").run, again)));
      const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); return ms; };
      console.log((await Promise.all([50, 1, 2].map((ms) => reason(spawnBlocking(spin, ms))))).join(" "));
      console.log(await reason(spawnBlocking(block, 0)));
    `;
      const ended = await run(source);
      assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "0.05 0 0 pool-full pool-full\npool-full\n50 1 pool-full\n0\n", stderr: "" });
    },
    { needs: "workers" },
  );

  test("a pool of size 0, and other impossible ones, are refused", async () => {
    const source = `${pool}
      const wrong = [{ threads: { size: 0 } }, { workers: { size: 0 } }, { workers: { size: 1.5 } }, { threads: { queue: -1 } }, { thread: {} }, { threads: { sise: 1 } }, { threads: 1 }, null, 1];
      for (const pools of wrong) { try { init({ pools }); console.log("taken"); } catch (error) { console.log(error.code); } }
      init({ pools: { threads: { size: 1 } } });
      init({ pools: { threads: { size: 1 } } });
      init();
      try { init({ pools: { threads: { size: 2 } } }); } catch (error) { console.log(error.code); }
    `;
    const ended = await run(source);
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: `${"bad-argument\n".repeat(9)}already-initialized\n`, stderr: "" });
  });

  test(
    "the process ends by itself when its jobs have ended",
    async () => {
      const source = `${pool}
      console.log(await spawnBlocking(python.import("time").sleep, 0.01), await spawnBlocking(() => 1));
      spawnBlocking(python.import("time").sleep, 0.1).then(() => console.log("waited for"));
      spawnBlocking(() => new Promise((resolve) => setTimeout(resolve, 100, "waited for"))).then(console.log);
    `;
      const ended = await run(source);
      assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "null 1\nwaited for\nwaited for\n", stderr: "" });
    },
    { needs: "workers" },
  );
};
