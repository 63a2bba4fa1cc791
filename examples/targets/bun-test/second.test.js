import { expect, test } from "bun:test";
import { python } from "@interloop/bun";

test("a second file uses Python too", async () => {
  expect(await python.import("asyncio").sleep(0.01, 2)).toBe(2);
});

test("Python imports a module that lies beside this file", async () => {
  const { import_js } = python.import("interloop");
  const helper = import_js(new URL("helper.js", import.meta.url).href);
  expect(helper.helped).toBe("helped");
});
