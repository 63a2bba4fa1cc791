import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { getRuntime, init, isInterloopError } from "../src/index.ts";

const run = promisify(execFile);
const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);

test("importing installs the adapter", () => {
  expect(getRuntime().name).toBe("node");
});

test("init takes a file URL, and says what is wrong with what it cannot take", () => {
  const code = (options: unknown): unknown => {
    try {
      return init(options as never);
    } catch (error) {
      return isInterloopError(error) && error.code;
    }
  };
  expect([code(null), code(5), code({ python: 5 }), code({ placement: "main" }), code({ pools: 1 })]).toEqual(Array(5).fill("bad-argument"));
  expect(code({ python: new URL("file:///no/such/python") })).toBeUndefined();
  expect(code({ python: "/no/such/python" })).toBeUndefined();
  expect(code({ python: "/another/python" })).toBe("already-initialized");
});

test("an uncaught Python exception is printed with Python's traceback", async () => {
  const program = `import { python } from ${index}; python.exec("def f():\\n    raise ValueError('seen')"); python.eval("f")();`;
  const failure = await run(process.execPath, [...process.execArgv, "--input-type=module", "--eval", program]).catch(
    (error: { stderr: string }) => error.stderr,
  );
  expect(failure).toContain("ValueError: seen");
  expect(failure).toContain("raise ValueError('seen')");
});
