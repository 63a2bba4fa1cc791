import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import * as core from "../src/index.ts";
import { FakeBinding, fakeRuntime } from "./fake.ts";

// The same files again, as if another version of the package were installed beside this one.
const folder = mkdtempSync(join(tmpdir(), "interloop-copy-"));
cpSync(fileURLToPath(new URL("../src", import.meta.url)), folder, { recursive: true });
const copy = (await import(pathToFileURL(join(folder, "index.ts")).href)) as typeof core;
afterAll(() => rmSync(folder, { recursive: true }));

const code = (fn: () => unknown): unknown => {
  try {
    return fn();
  } catch (error) {
    return core.isInterloopError(error) ? error.code : error;
  }
};

test("without an adapter the error says which to import", () => {
  expect(code(() => core.getRuntime())).toBe("no-adapter");
  expect(code(() => core.python.import("math"))).toBe("no-adapter");
  expect(code(() => core.defineRuntime({} as never))).toBe("bad-argument");
  expect(code(() => core.defineRuntime({ ...fakeRuntime(new FakeBinding()), files: "host.ts" as never }))).toBe("bad-argument");
});

test("options are checked, and a second choice is refused", () => {
  expect(code(() => core.init({ pyton: "x" } as never))).toBe("bad-argument");
  expect(code(() => core.init({ placement: "moon" as never }))).toBe("bad-argument");
  expect(code(() => core.init({ python: "" }))).toBe("bad-argument");
  expect(code(() => core.init({ loop: "" }))).toBe("bad-argument");
  expect(code(() => core.init({ loop: 5 as never }))).toBe("bad-argument");
  expect(code(() => core.init({ loop: "uvloop", placement: "guest" }))).toBe("bad-argument");
  expect(code(() => core.init(null as never))).toBe("bad-argument");
  core.init({ python: "/fake/python" });
  core.init({ python: "/fake/python" });
  core.init();
  expect(code(() => core.init({ python: "/other/python" }))).toBe("already-initialized");
  expect(code(() => core.init({ placement: "thread" }))).toBe("already-initialized");
  core.init({ placement: "guest" });
});

const binding = new FakeBinding();
const runtime = fakeRuntime(binding);

test("the first runtime wins, in every copy of the package", () => {
  expect(core.defineRuntime(runtime)).toBe(runtime);
  expect(copy.defineRuntime(fakeRuntime(new FakeBinding()))).toBe(runtime);
  expect(copy.getRuntime()).toBe(runtime);
});

test("copies of the package share one environment: Python starts once, and handles serve in both", async () => {
  const loop = core.getCurrentLoop();
  expect(binding.starts).toBe(1);
  const locals = new copy.TaskLocals(loop);
  expect(copy.getCurrentLoop()).toBe(loop);
  expect(binding.starts).toBe(1);
  const promise = copy.intoPromise(binding.handle({}, 2) as never, { locals });
  binding.hooks.settle(binding.started.at(-1)!.promise, 1, "settled");
  expect(await promise).toBe("settled");
  expect(copy.isPyObject(loop)).toBe(true);
  copy.scope(locals, () => expect(core.getCurrentLocals()).toBe(locals));
});

test("errors are known across copies by their brands", () => {
  const error = new copy.InterloopError("some-code", "message");
  expect(error).not.toBeInstanceOf(core.InterloopError);
  expect(core.isInterloopError(error)).toBe(true);
  expect(core.isPyError(error)).toBe(false);
  for (const value of [null, undefined, 1, "x", {}, new Error("x")]) expect(core.isInterloopError(value)).toBe(false);
});

test("after the start another Python is refused, and the running one is not", () => {
  core.init({ python: "/fake/python" });
  expect(code(() => core.init({ python: "/other/python" }))).toBe("already-initialized");
});
