/** The loop that asyncio finds in a plain call from JS: in each placement, as a program's first act, and after something has taken the current loop away. */
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, fileRunner } from "../child.ts";

const prelude = `
  const { python } = api;
  const asyncio = python.import("asyncio");
  const both = () => asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2));
  const show = async (value) => console.log(python.repr(await value));`;

/** What is right in each placement: what asks for the loop as the first act of a program. */
const first: Readonly<Record<string, readonly [source: string, stdout: string]>> = {
  gather: ["await show(both());", "[1, 2]\n"],
  "gather of many": [
    `const many = Array.from({ length: 500 }, (_, index) => asyncio.sleep(index % 3 === 0 ? 0.001 : 0, 1));
     console.log(python.eval("sum")(await asyncio.gather(...many)));`,
    "500\n",
  ],
  shield: [`await show(asyncio.shield(asyncio.sleep(0, "shielded")));`, "'shielded'\n"],
  ensure_future: [`await show(asyncio.ensure_future(asyncio.sleep(0, "task")));`, "'task'\n"],
  "get_event_loop().create_task": [`await show(asyncio.get_event_loop().create_task(asyncio.sleep(0, "task")));`, "'task'\n"],
  "a Future that JS settles": [`const future = asyncio.Future(); setTimeout(() => future.set_result("set"), 5); await show(future);`, "'set'\n"],
  wrap_future: [
    `const pool = python.import("concurrent.futures").ThreadPoolExecutor(1);
     await show(asyncio.wrap_future(pool.submit(python.builtins.int, "5")));`,
    "5\n",
  ],
  run_coroutine_threadsafe: [
    `await show(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "sent"), asyncio.get_event_loop())));`,
    "'sent'\n",
  ],
  run_in_executor: [`await show(asyncio.get_event_loop().run_in_executor(null, python.builtins.int, "5"));`, "5\n"],
  "call_later and call_soon": [
    `const loop = asyncio.get_event_loop();
     const future = loop.create_future();
     loop.call_later(0.001, (text) => { loop.call_soon(future.set_result, text); }, "later");
     await show(future);`,
    "'later'\n",
  ],
  "a module that asks while it is imported": [
    `python.exec("import asyncio\\nloop = asyncio.get_event_loop()\\nfuture = loop.create_future()");
     setTimeout(() => python.eval("future").set_result("imported"), 5);
     await show(api.intoPromise(python.eval("future")));`,
    "'imported'\n",
  ],
};

/** The same where something has come between. */
const between: Readonly<Record<string, readonly [source: string, stdout: string]>> = {
  "asyncio.run": [
    `await show(both());
     console.log(python.eval("asyncio.run(asyncio.sleep(0, 'ran'))", { asyncio }));
     await show(both());`,
    "[1, 2]\nran\n[1, 2]\n",
  ],
  "asyncio.run, as the first act": [`console.log(python.eval("asyncio.run(asyncio.sleep(0, 'ran'))", { asyncio })); await show(both());`, "ran\n[1, 2]\n"],
  "a loop that was the current one and is closed": [
    `python.exec("import asyncio\\nloop = asyncio.new_event_loop()\\nasyncio.set_event_loop(loop)\\nran = loop.run_until_complete(asyncio.gather(asyncio.sleep(0, 3)))\\nloop.close()");
     await show(both());
     console.log(python.repr(python.eval("ran")));`,
    "[1, 2]\n[3]\n",
  ],
  "uvloop's policy": [
    `python.import("uvloop").install();
     await show(both());
     console.log(python.eval("asyncio.run(kind())", { asyncio, kind: python.eval("kind") }));
     await show(both());`,
    "[1, 2]\nLoop\n[1, 2]\n",
  ],
  "the default loop, which was shut down": [`await show(both()); await api.shutdown(); await show(both());`, "[1, 2]\n[1, 2]\n"],
  "a queue that JS fills, an event that it sets, a task that it cancels": [
    `const queue = asyncio.Queue();
     const taken = python.eval("take")(queue).then((items) => items);
     setTimeout(() => { queue.put_nowait(1); setTimeout(() => queue.put_nowait(2), 5); }, 5);
     await show(taken);
     const event = asyncio.Event();
     const set = event.wait().then((value) => value);
     setTimeout(() => event.set(), 5);
     await show(set);
     const task = asyncio.ensure_future(asyncio.sleep(3600));
     setTimeout(() => task.cancel(), 5);
     console.log(await task.then(String, (error) => error.name));`,
    "[1, 2]\nTrue\nCancelledError\n",
  ],
  "a loop of run()": [
    `await show(both());
     await show(api.run(() => both()));
     await show(api.run(async () => { await asyncio.sleep(0); return python.is(asyncio.get_event_loop(), api.getCurrentLoop()); }));
     await show(both());`,
    "[1, 2]\n[1, 2]\nTrue\n[1, 2]\n",
  ],
  "a plain call that waits for what it has begun": [
    `console.log(python.eval("begin_and_wait")(asyncio.get_event_loop()));`,
    // A guest's loop is driven by the call; a loop of another thread runs meanwhile.
    "waited\n",
  ],
};

/** What needs a running loop, by `python.inLoop` and `python.enterAsync`, on whichever thread that loop runs. */
const running: Readonly<Record<string, readonly [source: string, stdout: string]>> = {
  "inLoop: an object that needs the running loop": [
    `const session = await python.inLoop(() => python.import("aiohttp").ClientSession());
     console.log(python.is(session._loop, api.getCurrentLoop()), await session.get("http://127.0.0.1:1/").then(String, (error) => error.name));
     await session.close();`,
    "true ClientConnectorError\n",
  ],
  "inLoop: in a Task, which others may be made from": [
    `await show(python.inLoop(() => asyncio.create_task(asyncio.sleep(0, "task"))));
     console.log(await python.inLoop(() => python.is(asyncio.current_task(), null)), await python.inLoop(async () => { await asyncio.sleep(0); return "went on"; }));
     console.log(python.is(python.eval("asyncio._get_running_loop()", { asyncio }), null));`,
    "'task'\nfalse went on\ntrue\n",
  ],
  "inLoop, in debug mode": [
    `api.getCurrentLoop().set_debug(true);
     await asyncio.sleep(0);
     await show(python.inLoop(() => asyncio.create_task(asyncio.sleep(0, "task"))));
     await show(both());`,
    "'task'\n[1, 2]\n",
  ],
  "enterAsync: anyio's task group": [
    `const anyio = python.import("anyio");
     const group = () => anyio.create_task_group();
     console.log(await python.enterAsync(group, (tasks) => { tasks.start_soon(anyio.sleep, 0.001); return "left"; }));
     const entered = await python.enterAsync(group);
     await python.inLoop(() => { entered.value.start_soon(anyio.sleep, 0.001); });
     await entered[Symbol.asyncDispose]();
     console.log(await python.enterAsync(() => anyio.move_on_after(60), () => "in time"));`,
    "left\nin time\n",
  ],
  "inLoop in run()": [
    `console.log(await api.run(async () => {
       const { task } = await python.inLoop(() => ({ task: asyncio.create_task(asyncio.sleep(0, 1)) }));
       return python.is(task.get_loop(), api.getCurrentLoop());
     }));`,
    "true\n",
  ],
  "a plain call that needs the running loop": [
    `try { python.import("anyio").create_task_group(); } catch (error) { console.log(/python.inLoop/.test(error.message)); }
     try { asyncio.get_running_loop(); } catch (error) { console.log(error.name, /python.inLoop/.test(error.message)); }`,
    "true\nRuntimeError true\n",
  ],
};

const code = `
import asyncio
async def take(queue):
    return [await queue.get(), await queue.get()]
async def kind():
    return type(asyncio.get_running_loop()).__name__
async def follow(task):
    return await task
def begin_and_wait(loop):
    task = loop.create_task(asyncio.sleep(0, "waited"))
    if hasattr(loop, "_hosted"):
        return loop.run_until_complete(task)
    return asyncio.run_coroutine_threadsafe(follow(task), loop).result(10)
`;

const subprocess = `
import asyncio, sys
async def child():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('from the child')", stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return [out.decode().strip(), process.returncode]
`;

const inWorker = (body: string): string => `
  import { Worker } from "node:worker_threads";
  const source = "import * as api from " + JSON.stringify(adapter) + ";" + ${JSON.stringify(body)};
  const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(source)));
  await new Promise((resolve, reject) => { worker.once("error", reject); worker.once("exit", resolve); });`;

/** Registers the programs that ask for the current loop. */
export function runCurrentLoop(capabilities: Capabilities): void {
  const { harness, child, program, workers } = capabilities;
  if (!has(child)) {
    harness.skip(`the current loop (${child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  const prepared = `${prelude} python.exec(${JSON.stringify(code)});`;
  const cases = [...Object.entries(first).map(([name, [source, stdout]]) => [name, prelude + source, stdout] as const), ...inBetween(prepared)];
  for (const [placement, begin, wanted] of [
    ["guest", "", /./],
    ["thread", `api.init({ placement: "thread" });`, /./],
    ["thread, with uvloop", `api.init({ loop: "uvloop" });`, /many|later|queue|waits|inLoop|anyio/],
  ] as const) {
    harness.describe(`the current loop, placement ${placement}`, () => {
      for (const [name, source, stdout] of cases.filter(([name]) => wanted.test(name)))
        harness.test(name, async () => assertQuiet(await run(begin + source), stdout), 60_000);
    });
  }
  harness.describe("the current loop", () => {
    harness.test(
      "child processes of asyncio under uvloop's policy",
      async () =>
        assertQuiet(
          await run(`${prelude} python.import("uvloop").install(); python.exec(${JSON.stringify(subprocess)}); await show(python.eval("child()"));`),
          "['from the child', 0]\n",
        ),
      60_000,
    );
    if (has(workers))
      harness.test(
        "in a worker",
        async () => assertQuiet(await run(inWorker(`${prelude} await show(both()); await show(both());`)), "[1, 2]\n[1, 2]\n"),
        60_000,
      );
    if (has(program)) {
      const runFile = fileRunner(capabilities);
      for (const [name, source, stdout] of cases.filter(([name]) => MAIN.test(name))) {
        const body = `${prepared} await api.main(import.meta, async () => { ${source.replace(prelude, "").replace(prepared, "")} });`;
        harness.test(`placement main: ${name}`, async () => assertQuiet(await runFile(body), stdout), 60_000);
      }
    }
  });
}

/** What is tried where the loop is the main thread's. */
const MAIN = /^gather$|^shield|Future|later|asyncio.run$|queue|run\(\)|waits|inLoop|anyio/;

function inBetween(prepared: string): (readonly [name: string, source: string, stdout: string])[] {
  const after = Object.entries(between).map(([name, [source, stdout]]) => [`after ${name}`, prepared + source, stdout] as const);
  return [...after, ...Object.entries(running).map(([name, [source, stdout]]) => [name, prepared + source, stdout] as const)];
}
