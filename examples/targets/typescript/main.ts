import { pymodule, python, spawnBlocking } from "@interloop/node";
import { price } from "./shop.ts";

enum Size {
  Small = 1,
  Large = 2,
}

const asyncio = python.import("asyncio");
pymodule("shop", { price });
python.exec("import shop\nasync def total(n): return await shop.price('tea') * n");
console.log("total", await python.eval("total")(Size.Large), await asyncio.sleep(0.01, "slept"));
console.log("jobs", await spawnBlocking((n: number) => n * n, 7), await spawnBlocking(python.builtins.len, [1, 2, 3]));
try {
  python.eval("1 / 0");
} catch (error) {
  console.log("error", (error as Error).name, (error as Error).stack?.includes("main.ts"));
}
