import assert from "node:assert/strict";
import { test } from "node:test";
import { python } from "@interloop/node";

test("a second file uses Python too", async () => {
  assert.equal(await python.import("asyncio").sleep(0.01, 2), 2);
});

test("Python imports a module that lies beside this file", async () => {
  const { import_js } = python.import("interloop");
  const helper = import_js(new URL("helper.js", import.meta.url).href);
  assert.equal(helper.helped, "helped");
});
