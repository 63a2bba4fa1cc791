import { python } from "@interloop/core";
import { chapter, holds, say, timed } from "../story.ts";

/** The seeds' quickstart, one way: a coroutine of Python's standard library, awaited from TypeScript. */
export async function awaitPython(): Promise<void> {
  chapter("TypeScript awaits Python");

  const asyncio = python.import("asyncio");
  const [word, alone] = await timed<string>(() => asyncio.sleep(0.1, "rested"));
  say(`await asyncio.sleep(0.1, "rested") gave "${word}" after ${alone.toFixed(0)} ms`);
  holds("the promise resolved with what the coroutine returned", word === "rested" && alone > 90);

  const nap = (n: number): Promise<[value: number, milliseconds: number]> => timed<number>(() => asyncio.sleep(0.1, n));
  const [naps, together] = await timed(() => Promise.all([1, 2, 3, 4, 5].map(nap)));
  const slept = naps.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  say(`five of them under Promise.all gave [${naps.map(([n]) => n).join(", ")}] after ${together.toFixed(0)} ms, and slept ${slept.toFixed(0)} ms in all`);
  holds("they slept at the same time", slept > 2 * together);

  python.exec(`
    import asyncio

    async def where():
        task = asyncio.current_task()
        return f"a real {type(task).__name__} on a {type(asyncio.get_running_loop()).__name__}"
  `);
  const where = (await python.eval("where()")) as string;
  say(`inside a coroutine, Python finds itself in ${where}`);
  holds("current_task() and get_running_loop() answer as in any asyncio program", where === "a real Task on a GuestLoop");
}
