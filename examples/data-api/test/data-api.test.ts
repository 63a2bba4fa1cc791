import { expect, test } from "vitest";
import "../src/runtime.ts";

const { handler } = await import("../src/api.ts");

const orders = [
  { item: "tea", count: 2, price: 2.5 },
  { item: "milk", count: 1, price: 1.5 },
  { item: "tea", count: 4, price: 2 },
];

function post(path: string): Promise<Response> {
  return handler(new Request(`http://localhost${path}`, { method: "POST", body: JSON.stringify(orders) }));
}

test("the summary is what pandas says", async () => {
  expect(await (await post("/summary")).json()).toEqual([
    { item: "milk", count: 1, total: 1.5 },
    { item: "tea", count: 6, total: 13 },
  ]);
});

test("the chart is a PNG", async () => {
  const response = await post("/chart");
  expect(response.headers.get("content-type")).toBe("image/png");
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(new TextDecoder().decode(bytes.slice(1, 4))).toBe("PNG");
});

test("what is no route is not found", async () => {
  expect((await post("/nothing")).status).toBe(404);
});
