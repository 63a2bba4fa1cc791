import { python } from "@interloop/core";
import { chapter, holds, say, timed } from "../story.ts";

/** The seeds' quickstart, one way: a coroutine of Python's standard library, awaited from TypeScript. */
export async function awaitPython(): Promise<void> {
  chapter("TypeScript awaits Python");

  const asyncio = python.import("asyncio");
  const [word, alone] = await timed<string>(() => asyncio.sleep(0.1, "rested"));
  say(`await asyncio.sleep(0.1, "rested") gave "${word}" after ${alone.toFixed(0)} ms`);
  holds("the promise resolved with what the coroutine returned", word === "rested" && alone > 90);

  const naps = [1, 2, 3, 4, 5].map((n) => () => asyncio.sleep(0.1, n) as PromiseLike<number>);
  const [numbers, together] = await timed(() => Promise.all(naps.map((nap) => nap())));
  say(`five of them under Promise.all gave [${numbers.join(", ")}] after ${together.toFixed(0)} ms`);
  holds("they slept at the same time", together < 300);

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
