import { kwargs, pymodule, python } from "@interloop/core";
import { chapter, delay, holds, say, timed } from "../story.ts";

/** The seeds' quickstart, the other way: an async TypeScript function, imported and awaited by a Python coroutine. */
export async function awaitTypeScript(): Promise<void> {
  chapter("Python awaits TypeScript");

  let brewing = 0;
  let atOnce = 0;
  pymodule("kitchen", {
    async brew(drink: string, options: { sugar?: number } = {}): Promise<string> {
      atOnce = Math.max(atOnce, ++brewing);
      await delay(50);
      brewing--;
      return `${drink} with ${options.sugar ?? 0} sugar`;
    },
  });
  const cafe = python.import("cafe");

  say("cafe.py says `from kitchen import brew`, and `brew` is an async function of this program");
  const drink = (await cafe.order("tea", kwargs({ sugar: 2 }))) as string;
  say(`await order("tea", sugar=2) gave "${drink}"`);
  holds("TypeScript awaited a Python coroutine that awaited TypeScript", drink === "tea with 2 sugar");

  const [drinks, milliseconds] = await timed(async () => python.toJs<string[]>(await cafe.order_all(["tea", "coffee", "milk"])));
  say(`asyncio.gather() over three of them gave [${drinks.join(", ")}] after ${milliseconds.toFixed(0)} ms`);
  holds("asyncio.gather() took JS functions for coroutine functions", drinks.length === 3 && atOnce === 3);
  holds("inspect.iscoroutinefunction() says so too", cafe.brew_is_async() as boolean);
}
