/** Placement "thread", chosen once for a process: what a program sees, how it ends, uvloop and its child processes, and workers that die. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner } from "../child.ts";
import { iteratorPrograms } from "../exit/js-iterators.ts";
import { plans, planWork, runPlan } from "../id-reuse.ts";

const py = (code: string): string => `const m = api.python.fromCode(${JSON.stringify(code)}, "case.py", "case");`;

const basics = `
import asyncio, contextvars, threading
variable = contextvars.ContextVar("variable", default="unset")
async def where():
    return threading.current_thread().name
def gone(name):
    return all(thread.name != name for thread in threading.enumerate())
told = threading.Event()
async def block():
    return told.wait(30)
async def see():
    return variable.get()
def context():
    copy = contextvars.copy_context()
    copy.run(variable.set, "given")
    return copy
begun = threading.Event()
async def forever():
    begun.set()
    try:
        await asyncio.sleep(3600)
    finally:
        print("cleaned up", flush=True)
async def stop():
    asyncio.get_running_loop().stop()
async def wait(f):
    return await f()
async def leave():
    raise SystemExit(7)
`;

/** Python that computes and, until JS has written to `flags`, never lets another thread have its turn. */
const hogging = `
import asyncio, contextlib, sys, threading, time
def hog(array, work=lambda: None):
    flags = memoryview(array)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    flags[0] = 1
    work()
    end = time.monotonic() + 10
    while flags[1] == 0 and time.monotonic() < end:
        pass
    sys.setswitchinterval(interval)
    return flags[1] == 1
async def wait(f, flags):
    waiter = asyncio.ensure_future(f())
    await asyncio.sleep(0)
    return [hog(flags), await waiter]
async def drop(thing, flags):
    held = [thing]
    del thing
    return hog(flags, held.clear)
async def cancel(f, flags):
    promise = f()
    await asyncio.sleep(0.02)
    def throw():  # as a Task that is cancelled before its first step does
        with contextlib.suppress(asyncio.CancelledError):
            promise.throw(asyncio.CancelledError("enough"))
    return hog(flags, throw)
told = threading.Event()
async def settled(promise):
    return await promise
async def block(promise):
    waiter = asyncio.ensure_future(promise)
    await asyncio.sleep(0)
    return [told.wait(10), await waiter]
async def hand_over(make, loop):
    return asyncio.run_coroutine_threadsafe(settled(make()), loop).result(10)
def own_loop():
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop
`;

/** Waits in JS until Python computes, does something, and lets it end when JS has had some turns more. */
const meanwhile = `
  const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
  const meanwhile = async (flags, work) => {
    while (flags[0] === 0) await turn();
    await work();
    for (let left = 5; left > 0; left--) await turn();
    flags[1] = 1;
  };
  const flags = () => api.python.share(2);`;

/** A coroutine of one environment that awaits the promise of another. */
const handingOver = `
import asyncio, concurrent.futures, threading
promises, waiting = concurrent.futures.Future(), threading.Event()
async def wait():
    promise = (await asyncio.wrap_future(promises))()
    asyncio.get_running_loop().call_soon(waiting.set)
    return await promise
def hand_over(make):
    promises.set_result(make)
`;

const samples = fc.sample(plans, 40);

const programs: Readonly<Record<string, readonly [source: string, stdout: string]>> = {
  "the loop has a thread of its own, which JS does not wait for": [
    `api.init({ placement: "thread" }); ${py(basics)}
      console.log(await m.where(), api.python.isInstance(api.getCurrentLoop(), api.python.import("interloop").GuestLoop));
      let ticks = 0;
      const interval = setInterval(() => { if (++ticks === 10) m.told.set(); }, 1);
      console.log(await m.block(), ticks >= 10);
      clearInterval(interval);`,
    "interloop-loop false\ntrue true\n",
  ],
  "a loop that may run inside of itself, as nest_asyncio makes it, ends what a plain call runs on it": [
    `api.init({ placement: "thread" }); ${py(`
import asyncio, asyncio.base_events
def run_until_complete(loop, future):
    task = asyncio.ensure_future(future, loop=loop)
    while not task.done():
        loop._run_once()
    return task.result()
def plain():
    loop = asyncio.get_event_loop()
    type(loop)._nest_patched, type(loop).run_until_complete = True, run_until_complete
    return loop.run_until_complete(asyncio.sleep(0.01, "ended"))
async def waits(f):
    return await f()
def js(f):
    return asyncio.get_event_loop().run_until_complete(waits(f))
`)}
      console.log(m.plain());
      await new Promise((resolve) => { try { m.js(async () => resolve()); } catch (error) { console.log(error.code); } });`,
    "ended\nwould-deadlock\n",
  ],
  "a pending conversion keeps the process alive; nothing else does": [
    `api.init({ placement: "thread" }); ${py(basics)} api.python.import("asyncio").sleep(0.05, "slept").then(console.log);`,
    "slept\n",
  ],
  "what is left at the end is cancelled, and cleans up": [
    `api.init({ placement: "thread" }); ${py(basics)} m.forever().then(undefined, () => undefined); await m.where(); process.exit();`,
    "cleaned up\n",
  ],
  "whatever ends, fails, is aborted or left, in whichever order: nobody else hears of it": [
    `api.init({ placement: "thread" }); ${py(planWork)}
      ${runPlan.toString()}
      for (const plan of ${JSON.stringify(samples)}) {
        const wrong = await runPlan(api, m, plan);
        if (wrong.length > 0) console.log(wrong.join("\\n"), JSON.stringify(plan));
      }
      console.log("done");`,
    "done\n",
  ],
  "whoever leaves a stream cancels what its source waits for": [
    `api.init({ placement: "thread" }); ${py("import asyncio\nasync def tokens(waits):\n    try:\n        yield 1\n        waits()\n        await asyncio.Event().wait()\n    finally:\n        print('finally', flush=True)")}
      for (const make of [(tokens) => tokens[Symbol.asyncIterator](), (tokens) => api.intoAsyncIterable(tokens)]) {
        for (const leave of ["return", "throw"]) {
          let waits;
          const waiting = new Promise((resolve) => (waits = resolve));
          const steps = make(m.tokens(waits));
          await steps.next();
          const pending = steps.next();
          await waiting;
          await steps[leave](new Error("mine")).catch((error) => console.log(error.message));
          console.log(leave, (await pending).done);
        }
      }`,
    "finally\nreturn true\nfinally\nmine\nthrow true\n".repeat(2),
  ],
  ...Object.fromEntries(
    Object.entries(iteratorPrograms(`api.init({ placement: "thread" });`)).map(([name, source]) => [`at the end ${name}`, [source, "over\n"]] as const),
  ),
  "shutdown ends the loop and its thread; the next use makes a new one": [
    `api.init({ placement: "thread" }); ${py(basics)}
      const pending = m.forever().then(undefined, (error) => console.log(error.name));
      const loop = api.getCurrentLoop();
      await api.shutdown();
      await pending;
      console.log(loop.is_closed(), await m.where(), api.python.is(loop, api.getCurrentLoop()));`,
    "cleaned up\nCancelledError\ntrue interloop-loop false\n",
  ],
  "a loop that Python stops is closed, and made anew": [
    `api.init({ placement: "thread" }); ${py(basics)}
      await m.stop().then(undefined, () => undefined);
      // What comes before it is closed is cancelled.
      while (!m.gone("interloop-loop")) await new Promise((resolve) => setTimeout(resolve, 1));
      console.log(await m.where());`,
    "interloop-loop\n",
  ],
  "contexts, cancellation, and errors with their identity": [
    `api.init({ placement: "thread" }); ${py(basics)}
      const locals = new api.TaskLocals(api.getCurrentLoop()).withContext(m.context());
      console.log(await m.see(), await api.intoPromise(m.see(), { locals }), await api.scope(locals, () => m.see()));
      const controller = new AbortController();
      const cancelled = api.intoPromise(m.forever(), { signal: controller.signal });
      const ended = cancelled.then(undefined, (error) => console.log(error.message));
      while (!m.begun.is_set()) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort(new Error("enough"));
      await ended;
      const mine = new Error("mine");
      const f = async () => { await null; throw mine; };
      await m.wait(f).then(undefined, (error) => console.log(error === mine));
      await m.leave().then(undefined, (error) => console.log(error.name));
      console.log(await m.where());`,
    "unset given given\ncleaned up\nenough\ntrue\nSystemExit\ninterloop-loop\n",
  ],
  "an AsyncLocalStorage is seen by what Python calls, each its own": [
    `import { AsyncLocalStorage } from "node:async_hooks";
      api.init({ placement: "thread" }); ${py(basics)}
      const storage = new AsyncLocalStorage();
      const one = (name) => storage.run(name, () => m.wait(async () => { await null; return storage.getStore(); }));
      const names = Array.from({ length: 50 }, (_, index) => String(index));
      const seen = await Promise.all(names.map(one));
      console.log(seen.join() === names.join());`,
    "true\n",
  ],
  "streams, both ways": [
    `api.init({ placement: "thread" }); ${py("import asyncio\nasync def count(to):\n    for number in range(to):\n        await asyncio.sleep(0)\n        yield number\nasync def total(stream):\n    return sum([number async for number in stream])")}
      let sum = 0;
      for await (const number of api.intoAsyncIterable(m.count(100))) sum += number;
      async function* numbers() { for (let number = 0; number < 100; number++) { await null; yield number; } }
      console.log(sum, await m.total(api.asyncIterableIntoPy(numbers())));`,
    "4950 4950\n",
  ],
  "a promise that a plain function returns: its rejection is thrown where it is awaited, and unhandled where it is not": [
    `api.init({ placement: "thread" }); ${py("async def take(f):\n    try:\n        await f()\n    except Exception as error:\n        return str(error)\nasync def drop(f):\n    f()")}
      const unhandled = new Promise((resolve) => process.on("unhandledRejection", resolve));
      const fail = (text) => () => Promise.reject(new Error(text));
      const alive = setInterval(() => undefined, 1000);
      console.log(await m.take(fail("awaited")));
      await m.drop(fail("dropped"));
      console.log((await unhandled).message);
      clearInterval(alive);`,
    "Error: awaited\ndropped\n",
  ],
  "JS settles a promise, drops values and hears of a cancellation while Python does not give its lock up": [
    `api.init({ placement: "thread" }); ${py(hogging)} ${meanwhile}
      const first = flags();
      const { promise, resolve } = Promise.withResolvers();
      const waited = api.intoPromise(m.wait(() => promise, first));
      await meanwhile(first, () => resolve("settled"));
      console.log(...(await waited));
      const second = flags();
      const dropped = api.intoPromise(m.drop({}, second));
      await meanwhile(second, turn);
      console.log(await dropped);
      for (const late of [false, true]) {
        const third = flags();
        const aborted = Promise.withResolvers();
        const listen = (signal) => signal.addEventListener("abort", () => aborted.resolve(String(signal.reason.message)));
        const never = () => (async () => { if (late) await null; listen(api.getCurrentSignal()); await new Promise(() => undefined); })();
        const cancelled = api.intoPromise(m.cancel(never, third));
        await meanwhile(third, async () => console.log(await aborted.promise));
        console.log(await cancelled);
      }`,
    "true settled\ntrue\nenough\ntrue\nenough\ntrue\n",
  ],
  "JS that hosts its loop settles a promise for a loop of another thread, which does not give its lock up": [
    `${py(hogging)} ${meanwhile}
      const loop = m.own_loop();
      const both = flags();
      const { promise, resolve } = Promise.withResolvers();
      const waited = api.intoPromise(m.wait(() => promise, both), { locals: new api.TaskLocals(loop) });
      await meanwhile(both, () => resolve("settled"));
      console.log(...(await waited));
      loop.call_soon_threadsafe(loop.stop);`,
    "true settled\n",
  ],
  "a promise that two loops of other threads wait for is settled although one of them is blocked": [
    `${py(hogging)}
      const loops = [m.own_loop(), m.own_loop()];
      const [blocked, free] = loops.map((loop) => ({ locals: new api.TaskLocals(loop) }));
      for (const order of [[0, 1], [1, 0]]) {
        const { promise, resolve } = Promise.withResolvers();
        const both = [() => api.intoPromise(m.block(promise), blocked), () => api.intoPromise(m.settled(promise), free)];
        const waiting = [];
        for (const index of order) {
          waiting[index] = both[index]();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        resolve("settled");
        console.log(await waiting[1]);
        m.told.set();
        console.log(...(await waiting[0]));
        m.told.clear();
      }
      for (const loop of loops) loop.call_soon_threadsafe(loop.stop);`,
    "settled\ntrue settled\nsettled\ntrue settled\n",
  ],
  "a promise that a loop got, and then blocks, is settled for another loop that comes to wait for it": [
    `${py(hogging)}
      const [first, second] = [m.own_loop(), m.own_loop()];
      for (const loop of [api.getCurrentLoop(), second]) {
        const made = m.hand_over(() => Promise.resolve("settled"), loop);
        console.log(await api.intoPromise(made, { locals: new api.TaskLocals(first) }));
      }
      for (const loop of [first, second]) loop.call_soon_threadsafe(loop.stop);`,
    "settled\nsettled\n",
  ],
  "a worker ends while another thread's loop waits for its promise": [
    `import { Worker } from "node:worker_threads";
      api.init({ placement: "thread" });
      api.python.exec(${JSON.stringify(handingOver)});
      const told = api.intoPromise(api.python.eval("wait")()).then(console.log, (error) => console.log(error.code, error.message));
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
        "import { parentPort } from 'node:worker_threads';" +
        "import { python } from " + JSON.stringify(adapter) + ";" +
        "setInterval(() => undefined, 1000);" +
        "python.eval('hand_over')(() => { parentPort.postMessage('called'); return new Promise(() => undefined); });"
      )));
      await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
      const waiting = api.python.eval("waiting");
      while (!waiting.is_set()) await new Promise((resolve) => setTimeout(resolve, 1));
      await worker.terminate();
      await told;`,
    "finalized The JavaScript that was to settle this promise has ended\n",
  ],
  "what makes no loop is said when the loop is needed": [
    `api.init({ loop: "json" });
      try { api.getCurrentLoop(); } catch (error) { console.log(error.code); }`,
    "bad-argument\n",
  ],
};

const children = (rounds: number): string => `
  import { execFile } from "node:child_process";
  api.init({ loop: "uvloop" });
  ${py("import asyncio, time\nasync def child(code):\n    process = await asyncio.create_subprocess_exec('sh', '-c', f'exit {code}', stdout=asyncio.subprocess.PIPE)\n    await process.stdout.read()\n    return await process.wait()\nasync def busy(rounds):\n    for _ in range(rounds):\n        end = time.perf_counter() + 0.01\n        while time.perf_counter() < end:\n            pass\n        await asyncio.sleep(0)")}
  const mine = (code) => new Promise((resolve) => execFile("sh", ["-c", "exit " + code], (error) => resolve(error?.code ?? 0)));
  console.log(String(api.getCurrentLoop().__class__.__module__));
  const busy = api.intoPromise(m.busy(${rounds}));
  let right = 0;
  for (let round = 0; round < ${rounds}; round++) {
    const codes = [1, 2, 3, 4].map((code) => code + (round % 7));
    const seen = await Promise.all(codes.map((code, index) => (index % 2 === 0 ? m.child(code) : mine(code))));
    if (seen.join() === codes.join()) right++;
  }
  await busy;
  console.log(right);`;

/** Workers with a loop thread each, or hosted loops, that are terminated at any moment. */
const workers = (rounds: number): string => `
  import { Worker } from "node:worker_threads";
  const code = ${JSON.stringify("import asyncio\nasync def tick(n):\n    await asyncio.sleep(0)\n    return n\nasync def use(f):\n    return [await f(n) for n in range(20)]\ndef spin(n):\n    return sum(range(n))")};
  const start = (placement) => new Worker(new URL("data:text/javascript," + encodeURIComponent(
    "import { parentPort } from 'node:worker_threads';" +
    "import { init, python } from " + JSON.stringify(adapter) + ";" +
    "init({ placement: '" + placement + "' });" +
    "python.exec(" + JSON.stringify(code) + ");" +
    "const [tick, use, spin] = ['tick', 'use', 'spin'].map((name) => python.eval(name));" +
    "await tick(1); parentPort.postMessage('ready');" +
    "const work = async () => { for (;;) { await tick(1); await use(async (n) => n); spin(1000); } };" +
    "await Promise.all([work(), work()]);"
  )));
  for (let round = 0; round < ${rounds}; round++) {
    const both = ["thread", "guest"].map(start);
    await Promise.all(both.map((worker) => new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); })));
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 20));
    await Promise.all(both.map((worker) => worker.terminate()));
  }
  console.log(await api.python.import("asyncio").sleep(0.01, "main lives"));`;

/** So many letters, two for each crossing, both ways at once, in bursts of several sizes: a lost wake leaves a burst unfinished. */
const storm = (letters: number): string => `
  api.init({ placement: "thread" });
  ${py("import asyncio\nasync def same(n):\n    return n\nasync def ask(f, count, burst):\n    total = 0\n    for _ in range(0, count, burst):\n        total += sum(await asyncio.gather(*[f(n) for n in range(burst)]))\n    return total")}
  const answer = async (n) => n;
  const ask = async (count, burst) => {
    let total = 0;
    for (let done = 0; done < count; done += burst) {
      for (const n of await Promise.all(Array.from({ length: burst }, (_, index) => m.same(index)))) total += n;
    }
    return total;
  };
  for (const burst of [2, 10, 1000]) {
    const count = ${letters / 20} * (burst === 1000 ? 3 : 1);
    const totals = await Promise.all([ask(count, burst), m.ask(answer, count, burst)]);
    console.log(burst, totals.every((total) => total === (count * (burst - 1)) / 2));
  }`;

/** Registers what a process with the placement "thread" has to do. */
export function runThread(capabilities: Capabilities): void {
  const { harness, child, nightly } = capabilities;
  harness.describe("placement thread", () => {
    if (!has(child)) {
      harness.skip(`programs (${child.missing})`);
      return;
    }
    const run = childRunner(capabilities);
    for (const [name, [source, stdout]] of Object.entries(programs)) harness.test(name, async () => assertQuiet(await run(source), stdout), 60_000);

    harness.test(
      "uvloop: both sides start child processes at once, while Python computes",
      async () => {
        const rounds = nightly ? 1000 : 25;
        const { status, stdout, stderr } = await run(children(rounds), { deadline: nightly ? 300_000 : 60_000 });
        assert.deepEqual([status, stdout, stderr], [0, `uvloop\n${rounds}\n`, ""]);
      },
      nightly ? 320_000 : 70_000,
    );

    harness.test(
      "a storm of letters, none of which is lost",
      async () => {
        const { status, stdout, stderr } = await run(storm(nightly ? 10_000_000 : 40_000), { deadline: nightly ? 900_000 : 60_000 });
        assert.deepEqual([status, stdout, stderr], [0, "2 true\n10 true\n1000 true\n", ""]);
      },
      nightly ? 920_000 : 70_000,
    );

    harness.test(
      "workers are terminated in the middle of crossings",
      async () => {
        const { status, stdout, stderr } = await run(workers(nightly ? 100 : 4), { deadline: nightly ? 300_000 : 60_000 });
        assert.deepEqual([status, stdout, stderr], [0, "main lives\n", ""]);
      },
      nightly ? 320_000 : 70_000,
    );
  });
}
