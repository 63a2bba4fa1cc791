import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packagePath } from "../lib/index.ts";
import { fixture, flags, root } from "./fixtures/child.ts";
import type { Environment } from "./fixtures/child.ts";

function load(env: Environment): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [...flags, fixture("start.ts")], { cwd: root, encoding: "utf8", env: { ...process.env, ...env } });
}

describe("the loader", () => {
  test("names the file that INTERLOOP_BINARY asked for, and takes nothing in its place", () => {
    const { status, stderr } = load({ INTERLOOP_BINARY: "nowhere.node" });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`tried "${join(root, "nowhere.node")}" (there is no such file). Correct or unset INTERLOOP_BINARY`);
    expect(stderr).toContain("addon-missing");
  });

  test("says what is wrong with a file that is no addon", () => {
    expect(load({ INTERLOOP_BINARY: "package.json" }).stderr).toContain("it is no addon of interloop");
  });

  test("refuses a build that does not exist", () => {
    for (const name of ["fast", "toString"]) {
      expect(load({ INTERLOOP_NATIVE: name }).stderr).toContain(`INTERLOOP_NATIVE is "${name}", which is no build of the addon: use one of release, debug`);
    }
  });

  test("knows where the Python package is", () => {
    expect(existsSync(join(packagePath(), "interloop/__init__.py"))).toBe(true);
  });
});
