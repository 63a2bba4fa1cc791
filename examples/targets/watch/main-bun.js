import { pymodule, python } from "@interloop/bun";

const round = 1;
pymodule("watched", { next: async (value) => value + round });
python.exec("import asyncio, watched\nasync def main():\n    await asyncio.sleep(0.01)\n    return await watched.next(10)");
console.log("round", round, await python.eval("main()"));
setInterval(() => {}, 1000);
