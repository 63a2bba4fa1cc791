/** JavaScript used by Python threads that are not its own: synchronous functions and objects wait for the JS thread, async functions are awaited. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const otherThreads: Topic = ({ api, test, load }) => {
  const { getCurrentLoop, getCurrentSignal, python } = api;
  const inThread = async (fn: Py, ...args: unknown[]): Promise<unknown> => python.import("asyncio").to_thread(fn, ...args);

  test("a synchronous function is called on the JS thread, with arguments, keywords and its result", async () => {
    const module = load(`
      import threading
      def call(f):
          return [f(1, "two", None, 4.5, 2**70, three=3), threading.get_ident() == f.ident]
    `);
    const seen: unknown[] = [];
    const f = (...args: unknown[]): string => {
      seen.push(...args);
      return "answer";
    };
    const here = python.import("threading").get_ident() as number;
    assert.deepEqual(python.toJs(await inThread(module.call, Object.assign(f, { ident: here }))), ["answer", false]);
    assert.deepEqual(seen, [1, "two", null, 4.5, 2n ** 70n, { three: 3 }]);
  });

  test("a class makes an instance, as on the JS thread", async () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const module = load(`
      def make(cls):
          point = cls(3)
          return [point, point.x, isinstance(point, cls)]
    `);
    const [point, x, is] = python.toJs(await inThread(module.make, Point)) as unknown[];
    assert.ok(point instanceof Point);
    assert.deepEqual([x, is], [3, true]);
  });

  test("what it throws is raised there, and comes home as the same error", async () => {
    const module = load(`
      import interloop
      def call(f):
          try:
              f()
          except interloop.JsError as error:
              kind = type(error.value).__name__
              raise
    `);
    const mine = new RangeError("mine");
    const error = await caught(async () =>
      inThread(module.call, () => {
        throw mine;
      }),
    );
    assert.equal(error, mine);
  });

  test("plain data that JS answers with is copied, with the handles and functions in it", async () => {
    const module = load(`
      class Thing:
          pass
      thing = Thing()
      def call(f):
          data = f(thing)
          kept = data["things"][0] is thing and data["things"][1][0] is thing
          return [kept, data["add"](1, 2), data["rows"], data["ring"][0] is data["ring"], type(data["when"]).__name__, data["live"].x]
    `);
    const ring: unknown[] = [];
    ring.push(ring);
    class Live {
      x = 5;
    }
    const live = new Live();
    const rows = Array.from({ length: 3000 }, (_, id) => ({ id, name: `n${id}` }));
    const add = python.ref((a: number, b: number): number => a + b);
    const answer = await inThread(module.call, (thing: Py) => ({ things: [thing, [thing]], ring, when: new Date(0), live, rows, add }));
    assert.deepEqual(python.toJs(answer), [true, 3, rows, true, "datetime", 5]);
    await assert.rejects(
      inThread(module.call, () => new Map([[{}, 1]])),
      (error: Py) => error.code === "not-convertible",
    );
  });

  test("identity is kept: objects, functions and handles", async () => {
    const module = load(`
      class Thing:
          pass
      thing = Thing()
      def call(f, o):
          return f(o, thing) is o
    `);
    class Thing {}
    const object = new Thing();
    let same = false;
    assert.equal(
      await inThread(
        module.call,
        (o: unknown, thing: Py) => {
          same = o === object && python.is(thing, module.thing);
          return o;
        },
        object,
      ),
      false, // two Python objects may stand for one JS object
    );
    assert.equal(same, true);
  });

  test("objects, methods, iteration, promises and buffers", async () => {
    const module = load(`
      import asyncio
      def use(o):
          o.added = "yes"
          o.list[0] = 7
          seen = [o.name, o.greet("you"), len(o.list), list(o.list), "name" in o, [name in dir(o) for name in ("added", "greet", "other")]]
          try:
              o.nothing
          except AttributeError:
              seen.append("missing")
          return seen
      async def wait(p):
          return await p
      def wait_there(p):
          return asyncio.run(wait(p))
      def total(buffer):
          return sum(memoryview(buffer))
    `);
    const object = { name: "n", list: [1, 2], added: "", greet: (who: string) => `hello ${who}` };
    assert.deepEqual(python.toJs(await inThread(module.use, object)), ["n", "hello you", 2, [7, 2], true, [true, true, false], "missing"]);
    assert.equal(object.added, "yes");
    assert.equal(await inThread(module.wait_there, later("late")), "late");
    assert.equal(await inThread(module.total, new Uint8Array([1, 2, 3])), 6);
  });

  test("an async function is awaited there: asyncio.run takes what it returns", async () => {
    const module = load(`
      import asyncio
      def run(f):
          return asyncio.run(f(20))
      async def many(f):
          return sum(await asyncio.gather(*[f(number) for number in range(100)]))
      def run_many(f):
          return asyncio.run(many(f))
    `);
    assert.equal(await inThread(module.run, async (milliseconds: number) => later("slept", milliseconds)), "slept");
    assert.equal(await inThread(module.run_many, async (number: number) => later(number)), 4950);
  });

  test("the call of an async function that nobody awaits is warned about, with the line that let it go", async () => {
    const module = load(`
      import inspect, warnings
      def call(f):
          with warnings.catch_warnings(record=True) as caught:
              warnings.simplefilter("always")
              f()
          here = inspect.currentframe()
          return [[w.category.__name__, str(w.message), w.filename == here.f_code.co_filename, here.f_lineno - w.lineno] for w in caught]
    `);
    assert.deepEqual(python.toJs(await inThread(module.call, async () => later(1))), [
      ["RuntimeWarning", "the call of an async JavaScript function was never awaited", true, 2],
    ]);
  });

  test("an async function sees the loop and the context of whoever awaits it", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable")
      async def main(f):
          variable.set("there")
          return await f(asyncio.get_running_loop())
      def run(f):
          return asyncio.run(main(f))
    `);
    const seen: unknown[] = [];
    await inThread(module.run, async (loop: Py) => {
      seen.push(python.is(getCurrentLoop(), loop), module.variable.get());
      await later(null);
      seen.push(python.is(getCurrentLoop(), loop), module.variable.get());
    });
    assert.deepEqual(seen, [true, "there", true, "there"]);
  });

  test("cancelling there aborts the function's signal", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          task = asyncio.ensure_future(f())
          await asyncio.sleep(0.02)
          task.cancel("enough")
          try:
              await task
          except asyncio.CancelledError:
              return "cancelled"
      def run(f):
          return asyncio.run(main(f))
    `);
    let reason: Py;
    const slow = async (): Promise<void> => {
      const signal = getCurrentSignal();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      reason = signal.reason;
    };
    assert.equal(await inThread(module.run, slow), "cancelled");
    while (reason === undefined) await later(null);
    assert.equal(reason.name, "AbortError");
    assert.equal(reason.message, "enough");
  });

  test("a call that would wait for ever is refused: the JS thread waits for the caller", async () => {
    const module = load(`
      import threading
      def start(f):
          answer = []
          def call():
              try:
                  f()
              except Exception as error:
                  answer.append(error.code)
          thread = threading.Thread(target=call)
          thread.start()
          thread.join()
          return answer
    `);
    let called = false;
    assert.deepEqual(python.toJs(module.start(() => (called = true))), ["would-deadlock"]);
    assert.equal(called, false);
  });
};
