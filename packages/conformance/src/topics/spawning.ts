import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { has } from "../capabilities.ts";
import { childRunner } from "../child.ts";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** Tasks of their own: their outcome, their context, and how they are told to stop. */
export const spawning: Topic = ({ api, capabilities, test, load }) => {
  const { getCurrentLoop, getCurrentSignal, isJoinError, python, scope, spawn, TaskLocals } = api;

  const code = `
    import asyncio, contextvars
    variable = contextvars.ContextVar("variable", default="unset")
    def make(value):
        context = contextvars.copy_context()
        context.run(variable.set, value)
        return context
    log, begun = [], []
    async def work(value, seconds=0.001):
        begun.append(value)
        try:
            await asyncio.sleep(seconds)
            return value
        finally:
            log.append(f"{value} ended")
    async def stubborn():
        begun.append("stubborn")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "after all"
    async def fail():
        await asyncio.sleep(0)
        raise LookupError("no such thing")
    async def read():
        await asyncio.sleep(0)
        return variable.get()
    async def cancels_itself():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)
  `;

  test("a task begins soon, in the order of the calls, and its handle gives what it returned", async () => {
    const order: string[] = [];
    const first = spawn(async () => void order.push("first"));
    const second = spawn(() => order.push("second"));
    order.push("caller");
    assert.deepEqual([first.isFinished, second.id - first.id], [false, 1]);
    assert.deepEqual(await Promise.all([first, second]), [undefined, 3]);
    assert.deepEqual(order, ["caller", "first", "second"]);
    assert.equal(first.isFinished, true);
    assert.equal(await first.finally(() => order.push("finally")), undefined);
    assert.equal(Object.prototype.toString.call(first), "[object JoinHandle]");
  });

  test("Python awaitables, Python functions and promises are tasks as well", async () => {
    const module = load(code);
    const made: Py[] = [module.work("awaitable"), module.fail, later("promise"), () => module.work("returned"), async () => module.work("async")];
    const outcomes = await Promise.allSettled(made.map((work) => spawn<unknown>(work)));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : (outcome.reason.cause as Error).name)),
      ["awaitable", "LookupError", "promise", "returned", "async"],
    );
  });

  test("what a task throws is the cause of a JoinError, the very same", async () => {
    const module = load(code);
    const boom = new TypeError("boom");
    const handle = spawn(
      () => {
        throw boom;
      },
      { name: "kettle" },
    );
    const error = await caught(() => handle);
    assert.ok(isJoinError(error) && error instanceof api.JoinError);
    assert.deepEqual([error.cause === boom, error.isPanic, error.isCancelled, error.id, error.name], [true, true, false, handle.id, "JoinError"]);
    assert.match(error.message, /^Task \d+ \("kettle"\) failed: TypeError: boom$/);
    const fromPython = await caught(() => spawn(module.fail));
    assert.ok(api.isPyError(fromPython.cause));
    assert.equal(fromPython.cause.message, "no such thing");
    for (const thrown of [undefined, null, 0, Symbol("s"), Object.create(null)]) {
      assert.equal((await caught(() => spawn(() => Promise.reject(thrown as Error)))).cause, thrown);
    }
  });

  test("abort: before the task begins it never does", async () => {
    const module = load(code);
    let ran = false;
    const handle = spawn(() => void (ran = true));
    const python = spawn(module.work("never begun"));
    handle.abort("too late");
    python.abort();
    const error = await caught(() => handle);
    assert.deepEqual([error.isCancelled, error.isPanic, error.cause, ran, handle.isFinished], [true, false, "too late", false, true]);
    assert.equal((await caught(() => python)).cause.name, "AbortError");
    assert.equal(`${module.log}`, "[]");
    const aborted = spawn(() => void (ran = true), { signal: AbortSignal.abort("outer") });
    assert.equal((await caught(() => aborted)).cause, "outer");
    assert.equal(ran, false);
  });

  test("abort: a task that listens to its signal ends, and its handle settles when it has", async () => {
    const steps: string[] = [];
    const handle = spawn(async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))).finally(async () => {
        await turn();
        steps.push("cleaned up");
      });
    });
    await turn();
    const reason = new Error("enough");
    handle.abort(reason);
    handle.abort("a second reason is not heard");
    assert.equal(handle.isFinished, false);
    const error = await caught(() => handle);
    assert.deepEqual([error.isCancelled, error.cause === reason, steps], [true, true, ["cleaned up"]]);
    handle.abort();
  });

  test("abort: what ignores it or fails in another way says so", async () => {
    const module = load(code);
    let goOn: () => void = assert.fail;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const ignores = spawn(async () => {
      await gate;
      return "value";
    });
    const other = spawn(async ({ signal }) => {
      await gate;
      assert.equal(signal.aborted, true);
      throw new RangeError("while stopping");
    });
    const stubborn = spawn(module.stubborn);
    await until(() => python.len(module.begun) === 1);
    for (const handle of [ignores, other, stubborn]) handle.abort();
    goOn();
    const [value, error, afterAll] = await Promise.all([ignores, caught(() => other), stubborn]);
    assert.deepEqual([value, error.isPanic, error.cause.name, afterAll], ["value", true, "RangeError", "after all"]);
    const finished = spawn(() => 1);
    await finished;
    finished.abort();
    assert.equal(await finished, 1);
  });

  test("abort: a Python awaitable is cancelled and has run its finally; an AbortError without an abort is an ordinary error", async () => {
    const module = load(code);
    const started = spawn(module.work("slow", 3600));
    const returned = spawn(() => module.work("returned", 3600));
    await until(() => python.len(module.begun) === 2);
    started.abort("reason");
    returned.abort("reason");
    for (const handle of [started, returned])
      assert.deepEqual([(await caught(() => handle)).isCancelled, (await caught(() => handle)).cause], [true, "reason"]);
    assert.deepEqual(python.toJs(module.log), ["slow ended", "returned ended"]);
    const abortError = new DOMException("not ours", "AbortError");
    assert.equal((await caught(() => spawn(() => Promise.reject(abortError)))).isPanic, true);
    const itself = await caught(() => spawn(module.cancels_itself));
    assert.deepEqual([itself.isCancelled, itself.cause.name], [true, "CancelledError"]);
  });

  test("an outer signal aborts the task and is let go of at its end", async () => {
    const outer = new AbortController();
    const handle = spawn(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))), {
      signal: outer.signal,
    });
    await turn();
    outer.abort("outer");
    assert.equal((await caught(() => handle)).cause, "outer");
    const calls: string[] = [];
    const signal = Object.assign(new AbortController().signal, {
      removeEventListener: (type: string) => void calls.push(type),
    });
    await spawn(() => 1, { signal });
    assert.deepEqual(calls, ["abort"]);
  });

  test("getCurrentSignal is the task's, in each task and in nobody else's", async () => {
    const module = load("import asyncio\nasync def call(js):\n    await asyncio.sleep(0)\n    return await js()");
    const seen = await Promise.all(
      [1, 2, 3].map((value) =>
        spawn(async ({ signal }) => {
          await later(null, value % 2);
          assert.equal(getCurrentSignal(), signal);
          const inPython: AbortSignal = await module.call(async () => {
            await turn();
            return getCurrentSignal();
          });
          assert.notEqual(inPython, signal);
          assert.equal(getCurrentSignal(), signal);
          const inner = await spawn(async () => getCurrentSignal());
          assert.notEqual(inner, signal);
          await scope(new TaskLocals(getCurrentLoop()), async () => {
            await turn();
            assert.equal(getCurrentSignal(), signal);
          });
          return signal;
        }),
      ),
    );
    assert.equal(new Set(seen).size, 3);
    assert.equal(seen.includes(getCurrentSignal()), false);
  });

  test("a task inside a call of Python's has a signal of its own, its caller's context, and outlives the call", async () => {
    const module = load(`${code}
    async def main(js):
        variable.set("of the task")
        return js()
    `);
    const outcome: Py[] = [];
    await module.main(() => {
      const ofCall = getCurrentSignal();
      outcome.push(
        spawn(async ({ signal }) => {
          assert.deepEqual([getCurrentSignal() === signal, signal === ofCall], [true, false]);
          return module.read();
        }),
      );
    });
    assert.equal(await outcome[0], "of the task");
  });

  test(
    "the caller's AsyncLocalStorage and task-locals go along, for each task its own",
    async () => {
      const module = load(code);
      const storage = new AsyncLocalStorage<string>();
      const loop = getCurrentLoop();
      const read = async (): Promise<Py> => {
        await turn();
        return [storage.getStore(), await module.read()];
      };
      const tasks = ["a", "b"].map((value) => {
        const locals = new TaskLocals(loop).withContext(module.make(value));
        return storage.run(value, () => [scope(locals, () => spawn(read)), spawn(read, { locals }), spawn(read)]);
      });
      assert.deepEqual(await Promise.all(tasks.flat()), [
        ["a", "a"],
        ["a", "a"],
        ["a", "unset"],
        ["b", "b"],
        ["b", "b"],
        ["b", "unset"],
      ]);
      assert.equal(storage.getStore(), undefined);
    },
    { needs: "asyncLocalStorage" },
  );

  test("Python awaits a handle, and catches what its task threw", async () => {
    const module = load(`
      import interloop
      async def join(handle):
          try:
              return await handle
          except interloop.JsError as error:
              return f"{error.name}, {type(error.__cause__).__name__}"
    `);
    assert.equal(await module.join(spawn(() => later("joined"))), "joined");
    assert.equal(await module.join(spawn(() => Promise.reject(new RangeError("r")))), "JoinError, JsError");
  });

  test("what cannot be a task is refused", async () => {
    for (const wrong of [undefined, null, 1, "text", {}, Symbol("s")]) assert.equal((await caught(() => spawn(wrong as Py))).code, "bad-argument");
    assert.equal((await caught(() => spawn(() => 1, { signal: "now" as Py }))).code, "bad-argument");
    assert.equal((await caught(() => spawn(python.eval("[1]") as Py))).cause.code, "not-awaitable");
  });

  const { child } = capabilities;
  if (has(child)) {
    const run = childRunner(capabilities);
    test("a task that fails and is never joined is reported, one that was aborted is not; Python is not needed", async () => {
      const source = (body: string): string => `
        const report = (error) => { console.log(api.isJoinError(error), error.isPanic, error.cause.message); };
        if (globalThis.Deno !== undefined) addEventListener("unhandledrejection", (event) => { event.preventDefault(); report(event.reason); });
        else process.on("unhandledRejection", report);
        ${body}
        // Bun may tell of a rejection in an immediate only when it next wakes up.
        for (const delay of [20, 1]) await new Promise((resolve) => setTimeout(resolve, delay));
        console.log("end");
      `;
      const failed = await run(source("api.spawn(() => { throw new Error('unjoined'); });"));
      assert.deepEqual({ ...failed }, { status: 0, signal: null, stdout: "true true unjoined\nend\n", stderr: "" });
      const joined = await run(source("api.spawn(() => { throw new Error('joined'); }).catch(() => {}); api.spawn(() => 1).abort();"));
      assert.deepEqual({ ...joined }, { status: 0, signal: null, stdout: "end\n", stderr: "" });
    });
  }
};
