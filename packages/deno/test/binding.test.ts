import { afterEach, expect, test, vi } from "vitest";
import { isInterloopError } from "@interloop/core";
import { runningRuntime } from "@interloop/node-shared";

// Outside Deno this tests the same code on a namespace that pretends to be Deno's.
const isDeno = runningRuntime() === "deno";
if (!isDeno) Object.assign(globalThis, { Deno: (await import("@deno/shim-deno")).Deno });
const { loadBinding } = await import("../src/binding.ts");

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets Deno grant what `isGranted` says. */
function grant(isGranted: (permission: Deno.PermissionDescriptor) => boolean): void {
  const answer = (permission: Deno.PermissionDescriptor): Deno.PermissionStatus =>
    ({ state: isGranted(permission) ? "granted" : "prompt", partial: false }) as unknown as Deno.PermissionStatus;
  vi.spyOn(Deno.permissions, "requestSync").mockImplementation(answer);
  vi.spyOn(Deno.permissions, "querySync").mockImplementation(answer);
}

test("with all permissions the addon is loaded", () => {
  expect(loadBinding().contract).toBeGreaterThan(0);
});

test("without the environment the error names the flag and what is enough", () => {
  grant(({ name }) => name !== "env");
  try {
    loadBinding();
    expect.unreachable();
  } catch (error) {
    expect(isInterloopError(error) && error.code).toBe("permission-denied");
    expect((error as Error).message).toMatch(/"--allow-env=INTERLOOP_BINARY,INTERLOOP_NATIVE"/);
    expect((error as Error).message).not.toMatch(/--allow-(read|ffi)/);
  }
});

test("an addon that is missing is no matter of permissions", () => {
  vi.stubEnv("INTERLOOP_BINARY", "/no/such/addon.node");
  expect(loadBinding).toThrow(/there is no such file/);
  vi.unstubAllEnvs();
});

test("a loader that was refused something names every flag that is missing", () => {
  grant(() => false);
  expect(() => loadBinding({ packagePath: "/no/such/folder" })).toThrow(/"--allow-env".*"--allow-read".*"--allow-ffi"/);
});
