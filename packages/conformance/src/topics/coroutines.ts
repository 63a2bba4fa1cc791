/** JS as coroutine objects: intoCoroutine, and the async functions that pymodule exports, on this thread's loop and on loops of Python's own threads. */
import assert from "node:assert/strict";
import { withExport } from "../exporting.ts";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

let count = 0;

const takers = `
  import asyncio, concurrent.futures, inspect, threading
  def facts(c):
      found = [inspect.isawaitable(c), inspect.iscoroutine(c), asyncio.iscoroutine(c), c.__name__]
      c.close()
      return found
  async def everything(make):
      loop = asyncio.get_running_loop()
      results = [await make(), await asyncio.create_task(make()), await asyncio.ensure_future(make())]
      results += await asyncio.gather(make(), make())
      results += [await asyncio.wait_for(make(), 5), await asyncio.shield(make()), await loop.create_task(make())]
      done, pending = await asyncio.wait([asyncio.ensure_future(make())])
      results += [task.result() for task in done]
      for future in asyncio.as_completed([make()]):
          results.append(await future)
      concurrent_future = asyncio.run_coroutine_threadsafe(make(), loop)
      results.append(await asyncio.wrap_future(concurrent_future))
      return results
  def run(make):
      return asyncio.run(everything(make))
  async def on_a_thread(make):
      return await asyncio.get_running_loop().run_in_executor(None, run, make)
  async def several_threads(make, count):
      loop = asyncio.get_running_loop()
      with concurrent.futures.ThreadPoolExecutor(count) as pool:
          return await asyncio.gather(everything(make), *[loop.run_in_executor(pool, run, make) for _ in range(count)])
`;

export const coroutines: Topic = ({ api, test, load }) => {
  const { getCurrentLoop, getCurrentSignal, intoCoroutine, intoPromise, python, TaskLocals } = api;

  test("a coroutine object: asyncio and inspect take it for one, and making it needs no running loop", () => {
    const coroutine = intoCoroutine(async function named() {
      return 1;
    });
    assert.deepEqual(python.toJs(load(takers).facts(coroutine)), [true, true, true, "named"]);
  });

  test("it starts when it is first awaited, once", async () => {
    let calls = 0;
    const coroutine = intoCoroutine(async () => ++calls);
    await later(null);
    assert.equal(calls, 0);
    assert.equal(await coroutine, 1);
    assert.equal(await coroutine, 1);
    assert.equal(calls, 1);
  });

  test("everything of asyncio that takes coroutines takes it, here", async () => {
    const module = load(`${takers}
  async def main(new):
      return await everything(new)
    `);
    const results = await module.main(() => intoCoroutine(async () => later("done")));
    assert.deepEqual(
      python.toJs(results),
      Array.from({ length: 11 }, () => "done"),
    );
  });

  test("what pymodule exports is taken by all of it, here and by asyncio.run on threads", async () => {
    const module = load(takers);
    await withExport(
      api,
      async () => later("done"),
      async (exported) => {
        const expected = Array.from({ length: 11 }, () => "done");
        assert.deepEqual(python.toJs(await module.everything(exported)), expected);
        assert.deepEqual(python.toJs(await module.on_a_thread(exported)), expected);
        assert.deepEqual(python.toJs(await module.several_threads(exported, 4)), [expected, expected, expected, expected, expected]);
      },
    );
  });

  test("asyncio.run on a thread of Python's own", async () => {
    const asyncio = python.import("asyncio");
    assert.equal(
      await asyncio.to_thread(
        asyncio.run,
        intoCoroutine(async () => later(42)),
      ),
      42,
    );
    const mine = new TypeError("mine");
    const error = await caught(() =>
      asyncio.to_thread(
        asyncio.run,
        intoCoroutine(async () => {
          await later(null);
          throw mine;
        }),
      ),
    );
    assert.equal(error, mine);
  });

  test("arguments and keyword arguments arrive from other threads as well", async () => {
    const module = load(`
      import asyncio
      def run(f):
          return asyncio.run(f(1, "two", three=[3]))
      async def main(f):
          return await asyncio.get_running_loop().run_in_executor(None, run, f)
    `);
    await withExport(
      api,
      async (one, two, { three }) => [one, two, python.len(three)].join(),
      async (exported) => assert.equal(await module.main(exported), "1,two,1"),
    );
  });

  test("the function sees the loop that awaits, and its context", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable", default="none")
      async def read():
          return [asyncio.get_running_loop() is not None, variable.get()]
      async def inside(f, name):
          variable.set(name)
          loop = asyncio.get_running_loop()
          return await f(loop)
      def run(f):
          return asyncio.run(inside(f, "thread"))
      async def main(f):
          here = await inside(f, "here")
          there = await asyncio.get_running_loop().run_in_executor(None, run, f)
          return here + there
    `);
    await withExport(
      api,
      async (loop) => {
        assert.ok(python.is(getCurrentLoop(), loop));
        await later(null);
        assert.ok(python.is(getCurrentLoop(), loop));
        return python.getItem(await module.read(), 1) as unknown;
      },
      async (exported) => assert.equal(await module.main(exported), "herethread"),
    );
  });

  test("with locals it sees theirs", async () => {
    const module = load(`
      import contextvars
      variable = contextvars.ContextVar("variable", default="none")
      async def read():
          return variable.get()
      def context():
          copy = contextvars.copy_context()
          copy.run(variable.set, "given")
          return copy
    `);
    const locals = new TaskLocals(getCurrentLoop()).withContext(module.context());
    const f = async (): Promise<unknown> => intoPromise(module.read());
    assert.equal(await intoCoroutine(f, { locals }), "given");
    assert.equal(await intoCoroutine(f), "none");
  });

  test("a coroutine that is never awaited is warned about", () => {
    const module = load(`
      import gc, warnings
      def dropped(make):
          with warnings.catch_warnings(record=True) as seen:
              warnings.simplefilter("always")
              make()
              gc.collect()
          return [str(warning.message) for warning in seen]
      def take(cell):
          cell.append(1)
    `);
    let calls = 0;
    const name = `coroutines_${count++}`;
    const exported = api.pymodule(name, {
      async forgotten() {
        calls++;
      },
    });
    assert.deepEqual(python.toJs(module.dropped(exported.forgotten)), ["coroutine 'forgotten' was never awaited"]);
    assert.equal(calls, 0);
    load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);
  });

  test("cancelled on another thread, the signal aborts with the message and Python does not wait", async () => {
    const module = load(`
      import asyncio
      async def cancelling(f):
          loop = asyncio.get_running_loop()
          listening = asyncio.Event()
          task = asyncio.ensure_future(f(lambda: loop.call_soon_threadsafe(listening.set)))
          await listening.wait()
          task.cancel("from a thread")
          try:
              await task
          except asyncio.CancelledError:
              return task.cancelled()
      def run(f):
          return asyncio.run(cancelling(f))
      async def main(f):
          return await asyncio.get_running_loop().run_in_executor(None, run, f)
    `);
    let told: (reason: Error) => void = () => undefined;
    const reason = new Promise<Error>((resolve) => (told = resolve));
    await withExport(
      api,
      async (listening: () => void) => {
        const signal = getCurrentSignal();
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            told(signal.reason as Error);
            reject(signal.reason as Error);
          });
          listening();
        });
      },
      async (exported) => {
        assert.equal(await module.main(exported), true);
        const { name, message } = await reason;
        assert.deepEqual([name, message], ["AbortError", "from a thread"]);
      },
    );
  });

  test("blocking this thread on it is refused", async () => {
    const asyncio = python.import("asyncio");
    const error = await caught(() => asyncio.run(intoCoroutine(async () => later(1))));
    assert.equal(error.code, "would-deadlock");
  });

  test("intoCoroutine of what is no function", async () => {
    for (const value of [5, null, {}, Promise.resolve()] as Py[]) assert.equal((await caught(() => intoCoroutine(value))).code, "bad-argument");
  });

  test(
    "FastAPI runs exported handlers on the loop, not on a thread",
    async () => {
      const module = load(`
      import asyncio, inspect, threading
      try:
          from fastapi import FastAPI
      except ImportError:
          FastAPI = None
      home, threads = threading.get_ident(), []
      def build(hello, item):
          app = FastAPI()
          def declare(function, **parameters):
              function.__signature__ = inspect.Signature([
                  inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation) for name, annotation in parameters.items()
              ])
              return function
          app.get("/hello")(declare(hello))
          app.get("/items/{number}")(declare(item, number=int, q=str))
          return app
      def note():
          threads.append(threading.get_ident() == home)
      async def get(app, path, query=""):
          sent = []
          async def receive():
              return {"type": "http.request", "body": b"", "more_body": False}
          async def send(message):
              sent.append(message)
          scope = {
              "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
              "query_string": query.encode(), "root_path": "", "headers": [], "client": ("test", 1), "server": ("test", 80),
          }
          await app(scope, receive, send)
          body = b"".join(message.get("body", b"") for message in sent)
          return [sent[0]["status"], body.decode()]
      async def main(app):
          return await asyncio.gather(get(app, "/hello"), get(app, "/items/7", "q=tea"), get(app, "/items/x", "q=tea"))
    `);
      if (module.FastAPI === null) return;
      const name = `coroutines_${count++}`;
      const exported = api.pymodule(name, {
        async hello() {
          // A handler that FastAPI sent to a thread would be called there, and refused.
          module.note();
          return later("hello from TypeScript");
        },
        async item({ number, q }: { number: number; q: string }) {
          await later(null);
          return python.toPy({ double: number * 2, q });
        },
      });
      try {
        const [hello, item, wrong] = python.toJs(await module.main(module.build(exported.hello, exported.item))) as [number, string][];
        assert.deepEqual(hello, [200, '"hello from TypeScript"']);
        assert.deepEqual([item![0], JSON.parse(item![1])], [200, { double: 14, q: "tea" }]);
        assert.equal(wrong![0], 422);
        assert.deepEqual(python.toJs(module.threads), [true]);
      } finally {
        load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);
      }
    },
    { leaves: "FastAPI keeps what it has learnt of handlers and types" },
  );
};
