import { isPyError, pymodule, python, spawnBlocking } from "@interloop/node";

interface Order {
  readonly item: string;
  readonly count: number;
}

const orders: readonly Order[] = [{ item: "tea", count: 2 }];

test("converts data", async () => {
  expect(python.toJs(python.builtins.list(orders))).toEqual(orders);
  expect(await python.import("asyncio").sleep(0.01, "slept")).toBe("slept");
});

test("catches errors", () => {
  let caught: unknown;
  try {
    python.eval("1 / 0");
  } catch (error) {
    caught = error;
  }
  expect(isPyError(caught)).toBe(true);
});

test("Python calls TypeScript", async () => {
  pymodule("orders", { count: async (order: Order): Promise<number> => order.count });
  python.exec("import orders\nasync def main(order): return await orders.count(order)");
  expect(await python.eval("main")(orders[0])).toBe(2);
});

test("jobs run on workers", async () => {
  expect(await spawnBlocking(python.builtins.len, orders)).toBe(1);
  expect(await spawnBlocking((n: number) => n * n, 7)).toBe(49);
});
