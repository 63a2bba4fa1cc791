import { expect, test } from "vitest";

test("importing installs the adapter", async () => {
  const { getRuntime, init, isInterloopError, python } = await import("../src/index.ts");
  expect(getRuntime().name).toBe("deno");
  expect(() => init({ python: new URL("file:///no/such/python") })).not.toThrow();
  try {
    python.import("sys");
    expect.unreachable();
  } catch (error) {
    expect(isInterloopError(error) && error.code).toBe("python-not-found");
  }
});
