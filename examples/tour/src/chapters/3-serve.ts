import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { intoPromise, pymodule, python } from "@interloop/core";
import type { PyObject } from "@interloop/core";
import { chapter, delay, holds, say, timed } from "../story.ts";

interface Page {
  readonly item: string;
  readonly number: string;
  readonly seenByFunction: string;
  readonly seenByTask: string;
  readonly before: string;
}

const CUSTOMERS = 60;
const ROUNDS = 4;
const TICK = 5;
const SPIN = 200;
// Ticks that show that a clock goes on. How many there are depends on the machine's load: a busy thread serves whole batches of requests between two ticks.
const ENOUGH = 5;

interface Answer {
  readonly number: string;
  readonly page: Page;
}

const request = new AsyncLocalStorage<string>();

/** A real asyncio application, served and requested from both languages on one thread. */
export async function serve(): Promise<void> {
  chapter("An aiohttp server, on the loop that JS runs");

  // Its functions are first called when the server runs, and `shop` is there by then.
  let shop: PyObject;
  pymodule("stock", {
    // What aiohttp's handler calls. The number comes in by hand, because a socket lies in between; from here on it is ambient.
    page(item: string, number: string): Promise<PyObject> {
      const before = request.getStore() ?? "nobody";
      return request.run(number, async () => {
        await turn();
        const found = python.toJs<{ item: string; seen_by_task: string }>(await shop.describe(item));
        const page: Page = { item: found.item, number, seenByFunction: request.getStore()!, seenByTask: found.seen_by_task, before };
        return python.toPy(page);
      });
    },
    request_number: () => request.getStore() ?? "nobody",
  });
  shop = python.import("shop");

  const server = shop.Server();
  const port = (await server.start()) as number;
  const base = `http://127.0.0.1:${port}`;
  say("aiohttp listens on a loopback port; neither loop has given up its thread");

  const client = await shop.make_client(base);
  await exchange(base, client, shop);
  await spin(shop);

  await client.close();
  await server.stop();
  const refused = await fetch(base).then(
    () => false,
    () => true,
  );
  holds("the server is closed", refused);
}

/** Dozens of requests from both sides at once, while two clocks tick. */
async function exchange(base: string, client: PyObject, shop: PyObject): Promise<void> {
  const clocks = startClocks(shop);
  const ask = {
    js: (number: string) => fetch(`${base}/items/js-${number}`, { headers: { "X-Request-Id": number } }).then((response) => response.text()),
    python: (number: string) => client.get(`/items/py-${number}`) as PromiseLike<string>,
  };
  const asked = async (number: string): Promise<Answer[]> => {
    const bodies = await request.run(number, () => Promise.all([ask.js(number), ask.python(number)]));
    return bodies.map((body) => ({ number, page: JSON.parse(body) as Page }));
  };
  const customer = async (index: number): Promise<Answer[]> => {
    await delay(index);
    const answers: Answer[] = [];
    for (let round = 0; round < ROUNDS; round++) answers.push(...(await asked(`${index}.${round}`)));
    return answers;
  };
  const [all, milliseconds] = await timed(() => Promise.all(Array.from({ length: CUSTOMERS }, (_, index) => customer(index))));
  const { js, py } = await clocks.stop();

  const answers = all.flat();
  const expected = 2 * CUSTOMERS * ROUNDS;
  say(`${CUSTOMERS} customers, each asking ${ROUNDS} times by JS fetch and by aiohttp's client: ${answers.length} answers in ${milliseconds.toFixed(0)} ms`);
  const right = answers.filter(({ number, page }) => page.number === number && page.item.endsWith(`-${number}`));
  holds("every answer was made in Python, TypeScript and Python for its own request", right.length === expected);
  const carried = answers.filter(({ number, page }) => page.seenByFunction === number && page.seenByTask === number);
  holds("AsyncLocalStorage followed each request through Python's Tasks and back", carried.length === expected);
  const clean = answers.filter(({ page }) => page.before === "nobody");
  holds("no handler saw the store of another request", clean.length === expected);
  say(`meanwhile a JS interval of ${TICK} ms ticked ${js} times and a Python ticker of ${TICK} ms ${py} times`);
  holds("neither clock stood still", js >= ENOUGH && py >= ENOUGH);
}

/** Each side in turn does nothing but take turns, as fast as it can; the other's clock must go on. */
async function spin(shop: PyObject): Promise<void> {
  const whilePythonSpins = startClocks(shop);
  const pythonTurns = (await shop.spin(SPIN / 1000)) as number;
  const { js } = await whilePythonSpins.stop();
  say(`Python ran \`await sleep(0)\` ${pythonTurns} times in ${SPIN} ms; the JS interval ticked ${js} times`);
  holds("a busy asyncio loop does not starve JS", js >= ENOUGH);

  const whileJsSpins = startClocks(shop);
  let jsTurns = 0;
  for (const end = performance.now() + SPIN; performance.now() < end; jsTurns++) await turn();
  const { py } = await whileJsSpins.stop();
  say(`JS ran \`await setImmediate()\` ${jsTurns} times in ${SPIN} ms; the Python ticker ticked ${py} times`);
  holds("a busy JS loop does not starve asyncio", py >= ENOUGH);
}

interface Clocks {
  stop(): Promise<{ readonly js: number; readonly py: number }>;
}

function startClocks(shop: PyObject): Clocks {
  let js = 0;
  const interval = setInterval(() => js++, TICK);
  const ticker = shop.Ticker(TICK / 1000);
  const stopping = new AbortController();
  const ended = intoPromise(ticker.run(), { signal: stopping.signal }).catch((error: unknown) => {
    if (error !== stopping.signal.reason) throw error;
  });
  return {
    async stop() {
      clearInterval(interval);
      stopping.abort();
      await ended;
      return { js, py: ticker.ticks as number };
    },
  };
}
