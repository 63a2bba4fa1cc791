import { expect, test } from "vitest";
import "../src/runtime.ts";

const { app, serveFastApi } = await import("../src/app.ts");

test("both serve the same shop, and FastAPI ends when it is told to", async () => {
  const stop = new AbortController();
  const { port, ended } = await serveFastApi(0, stop.signal);
  const look = async (item: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/api/stock/${item}`)).json();
  expect(await look("milk")).toEqual({ item: "milk", count: 1 });

  const taken = await app.request("/take/milk", { method: "POST" });
  expect([taken.status, await taken.json()]).toEqual([200, { left: 0 }]);
  expect(await look("milk")).toEqual({ item: "milk", count: 0 });

  const refused = await app.request("/take/milk", { method: "POST" });
  expect([refused.status, await refused.json()]).toEqual([409, { error: "milk is sold out" }]);
  expect(await look("coffee")).toEqual({ detail: "no coffee" });

  stop.abort();
  await ended;
  await expect(fetch(`http://127.0.0.1:${port}/api/stock/tea`)).rejects.toThrow();
});
