import "./asyncio-handles.ts";
import assert from "node:assert/strict";
import { test } from "vitest";
import { runOnLoops } from "../src/index.ts";
import { adapter, capabilities } from "./under-test.ts";

test("the loop has asyncio's own Handles", () => {
  const handle = adapter.getCurrentLoop()["call_soon"](adapter.python.builtins["int"]);
  assert.equal(adapter.python.str(handle.__class__.__module__), "asyncio.events");
});

runOnLoops(adapter, capabilities);
