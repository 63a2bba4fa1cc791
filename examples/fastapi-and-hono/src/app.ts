/** A Hono application that uses the shop directly, beside FastAPI, which serves it too. */
import { intoPromise, isPyError, python } from "@interloop/core";
import { Hono } from "hono";

const shop = python.importFile(import.meta, "../python/shop.py");

export const app = new Hono();

app.post("/take/:item", async (c) => {
  try {
    const left = (await shop.take(c.req.param("item"))) as number;
    return c.json({ left });
  } catch (error) {
    if (isPyError(error) && error.name === "SoldOut") return c.json({ error: `${error.message} is sold out` }, 409);
    throw error;
  }
});

export interface Running {
  readonly port: number;
  readonly ended: Promise<unknown>;
}

/** Starts FastAPI on uvicorn, on the event loop of this thread; it ends when `signal` aborts. */
export async function serveFastApi(port: number, signal: AbortSignal): Promise<Running> {
  const started = Promise.withResolvers<number>();
  const ended = intoPromise(shop.serve(port, started.resolve), { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  const bound = await Promise.race([started.promise, ended.then(() => Promise.reject(new Error("FastAPI did not start")))]);
  return { port: bound, ended };
}
