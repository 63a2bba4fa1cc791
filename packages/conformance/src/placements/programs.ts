/** The programs of the table of what runs where. Each one rejects where it does not work. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Scenario } from "../differential/index.ts";
import { later, until, type Py } from "../py.ts";
import type { Adapter } from "../suite.ts";

type Program = (api: Adapter, m: Py) => Promise<void>;

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

/** The lines of a scenario are those that stand beside it, which the guest loop prints. */
const scenario =
  (name: string): Program =>
  async (api) => {
    const folder = join(import.meta.dirname, "..", "differential", "scenarios");
    const module = (await import(new URL(`../differential/scenarios/${name}.ts`, import.meta.url).href)) as { scenario: Scenario };
    let printed = "";
    await module.scenario(api, (...words) => (printed += `${words.map(String).join(" ")}\n`));
    assert.equal(printed, readFileSync(join(folder, `${name}.txt`), "utf8"));
  };

/** By the words of the table, in its order; what may end the process comes last. */
export const programs: Readonly<Record<string, Program>> = {
  "JS awaits Python": async (_, m) => assert.equal(await m.double(21), 42),
  "Python awaits an async JS function": async (_, m) => assert.equal(await m.call((value: number) => later(value + 1), 1), 2),
  "Python calls a synchronous JS function": async (_, m) => assert.equal(await m.call_now((value: number) => value + 1, 1), 2),
  "Python uses the attributes and methods of a JS object": async (_, m) => assert.equal(await m.total({ price: 3, count: () => 2 }), 6),
  "values are the same on both sides": scenario("values"),
  "errors keep their identity, type and stack": scenario("errors"),
  "JS cancels Python, which cleans up": async ({ intoPromise }, m) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const promise = intoPromise(m.forever(), { signal: controller.signal });
    const ended = assert.rejects(promise, reason);
    await until(() => m.begun);
    controller.abort(reason);
    await ended;
    assert.equal(m.cleaned, true);
  },
  "Python cancels JS, whose signal aborts": async ({ getCurrentSignal }, m) => {
    let told: Promise<void> | undefined;
    assert.equal(await m.give_up(() => (told = aborted(getCurrentSignal()!))), true);
    await told;
  },
  "of cancelling and completing at once, one thing happens": async ({ intoPromise }, m) => {
    for (let round = 0; round < 200; round++) {
      const reason = new Error("enough");
      const controller = new AbortController();
      const promise = intoPromise<number>(m.double(round), { signal: controller.signal });
      setTimeout(() => controller.abort(reason), (round % 4) / 2);
      const outcome = await promise.then(Number, (error: unknown) => error);
      assert.ok(outcome === reason || outcome === 2 * round, String(outcome));
    }
  },
  "an async generator of Python in JS": async ({ intoAsyncIterable }, m) => {
    let sum = 0;
    for await (const value of intoAsyncIterable<number>(m.count(100))) sum += value;
    assert.equal(sum, 4950);
  },
  "an async generator of JS in Python": async ({ asyncIterableIntoPy }, m) => {
    const values = async function* (): AsyncGenerator<number> {
      for (let value = 0; value < 100; value++) yield value;
    };
    assert.equal(await m.collect(asyncIterableIntoPy(values())), 4950);
  },
  "`AsyncLocalStorage` and context variables reach JS that Python awaits": async (_, m) => {
    const storage = new AsyncLocalStorage<string>();
    const look = async (): Promise<string> => `${storage.getStore()} ${m.get_variable()}`;
    assert.equal(await storage.run("stored", () => m.context(look)), "stored set");
  },
  "each of several requests sees its own context": scenario("context"),
  "sockets and servers of asyncio": async (_, m) => assert.equal(await m.echo(), "hello\n"),
  "child processes of asyncio": async (_, m) => assert.equal(await m.child(), 4),
  "`asyncio.run` of an async JS function, on a Python thread": async (_, m) => assert.equal(await m.run_elsewhere(() => later(5)), 5),
  "`asyncio.run` of an async JS function, called from JS": async (_, m) =>
    assert.equal(
      m.block(() => later(5)),
      5,
    ),
  "loops of one's own: `run` twice, and `runForever` until the loop is stopped": async ({ run, runForever }, m) => {
    for (const value of [1, 2]) assert.equal(await run(() => m.double(value)), 2 * value);
    const loop: Py = m.new_loop();
    setTimeout(() => loop.call_soon_threadsafe(loop.stop), 10);
    await runForever(loop);
    loop.close();
  },
  "`spawnBlocking` of a Python function that blocks": async ({ spawnBlocking }, m) => assert.equal(await spawnBlocking(m.sleep, 0.02), "slept"),
  "JS goes on while Python computes": async (_, m) => {
    setTimeout(() => (m.told = true), 20);
    assert.equal(await m.compute(), true);
  },
  "Python has the main thread": async (_, m) => assert.equal(await m.main_thread(), true),
  "signal handlers of Python": async (_, m) => assert.equal(await m.handle_signal(), true),
  "Ctrl-C is a KeyboardInterrupt": async (_, m) => assert.equal(await m.interrupt(), true),
};

const DEADLINE = 15_000;

/** Run all, one after the other, and tell how each went: `yes`, or `no` with the code or the name of the error. */
export async function runPrograms(api: Adapter, tell: (title: string, outcome: string) => void): Promise<void> {
  const m: Py = api.python.fromCode(readFileSync(join(import.meta.dirname, "programs.py"), "utf8"), "programs.py", "placements_programs");
  for (const [title, program] of Object.entries(programs)) {
    const stuck = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("It does not end")), DEADLINE).unref());
    const outcome = await Promise.race([program(api, m), stuck]).then(() => "yes", outcomeOf);
    tell(title, outcome);
  }
}

function outcomeOf(error: unknown): string {
  const { code, name } = error as { code?: string; name: string };
  return code === "ERR_ASSERTION" ? "no" : `no (\`${code ?? name}\`)`;
}
