import { expect, test } from "vitest";
import { checkLayers } from "../check-layers.mjs";

const check = (path, text) => checkLayers(new Map([[path, text]]));
const core = (path, text) => check(`packages/core/src/${path}`, text);

test.each([
  ["index.ts", 'export { python } from "./python/python.ts";'],
  ["python/python.ts", 'import { a } from "./a.ts"; import { intoPromise } from "../await/into-promise.ts";'],
  ["await/a.ts", 'import type { Pump } from "../loop/guest.ts"; import { b } from "./b.ts";'],
  ["loop/guest.ts", "const options = { process: 1, require: 2 }; options.process; options.require; // process.exit()"],
  ["runtime/runtime.ts", "const global = globalThis; global.x; function f(process) { return process; }"],
  ["convert/to-js.ts", 'import { InterloopError } from "../errors.ts"; const text = "node:fs Deno.exit";'],
])("core may have %s: %s", (path, text) => {
  expect(core(path, text)).toEqual([]);
});

test.each([
  ["loop/guest.ts", 'import { python } from "../python/python.ts";', 'must not import back up into "python"'],
  ["loop/guest.ts", 'import type { A } from "../await/a.ts";', 'must not import back up into "await"'],
  ["loop/guest.ts", 'export * from "../index.ts";', 'must not import back up into "index.ts"'],
  ["loop/guest.ts", 'type A = import("../python/python.ts").A;', 'must not import back up into "python"'],
  ["errors.ts", 'const late = () => import("./runtime/runtime.ts");', 'must not import back up into "runtime"'],
  ["await/a.ts", 'import { test } from "../testing/test.ts";', 'must not import back up into "testing"'],
  ["await/a.ts", 'import { spawn } from "../task/spawn.ts";', 'must not import back up into "task"'],
  ["loop/guest.ts", 'import { a } from "../attic/a.ts";', '"attic" is no room of core'],
  ["attic/a.ts", "export {};", "the file stands in no room of core"],
  ["loop/guest.ts", 'import { a } from "../../../node/src/index.ts";', "core imports nothing from outside its own folder"],
  ["loop/guest.ts", 'import { a } from "@interloop/node";', 'must not import "@interloop/node"'],
  ["loop/guest.ts", 'import { a } from "@interloop/native";', 'must not import "@interloop/native"'],
  ["loop/guest.ts", 'import { readFileSync } from "node:fs";', 'must not import "node:fs"'],
  ["loop/guest.ts", 'import a = require("fs");', 'must not import "fs"'],
  ["loop/guest.ts", "const late = (file) => import(file);", "an import in core must name its file"],
  ["loop/guest.ts", "process.exit();", '"process" belongs to a runtime'],
  ["loop/guest.ts", "if (typeof Deno === 'undefined') a();", '"Deno" belongs to a runtime'],
  ["loop/guest.ts", "globalThis.Bun;", '"Bun" belongs to a runtime'],
  ["loop/guest.ts", 'globalThis["Buffer"];', '"Buffer" belongs to a runtime'],
  ["loop/guest.ts", "setImmediate(() => {});", '"setImmediate" belongs to a runtime'],
  ["loop/guest.ts", 'require("fs");', '"require" belongs to a runtime'],
])("core must not have %s: %s", (path, text, fault) => {
  expect(core(path, text)).toEqual([expect.stringContaining(fault)]);
});

test("a fault names its line", () => {
  expect(core("errors.ts", "\n\nprocess.exit();")[0]).toMatch(/^packages\/core\/src\/errors\.ts:3: /);
});

test("adapters and the addon's loader import only what stands below them", () => {
  expect(check("packages/node/src/index.ts", 'import "@interloop/core"; import "@interloop/native"; import "node:fs"; process.pid;')).toEqual([]);
  expect(check("native/lib/index.ts", 'import "@interloop/core"; import "node:fs";')).toEqual([]);
  expect(check("packages/node/src/a.ts", 'import "@interloop/deno";')).toHaveLength(1);
  expect(check("packages/node/src/a.ts", 'import "../../core/src/errors.ts";')).toHaveLength(1);
  expect(check("packages/node-shared/src/a.ts", 'import "@interloop/node";')).toHaveLength(1);
  expect(check("native/lib/index.ts", 'import "@interloop/node";')).toHaveLength(1);
});
