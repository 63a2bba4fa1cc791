import { defineConfig } from "vitest/config";
import { sourceFlags } from "./scripts/node-binary.mjs";

const nightly = process.env["INTERLOOP_NIGHTLY"] === "1";

// Vitest itself runs inside the runtime under test. Deno and Bun call themselves Node as well.
const { versions } = process as { versions: Record<string, string | undefined> };
const runtime = versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";

// The tests of what belongs to one runtime, and of what belongs to none, run there; the tools are Node programs.
const unit = {
  node: [
    "packages/{core,node-shared,node}/test/**/*.test.ts",
    "packages/deno/test/binding.test.ts",
    "native/test/**/*.test.ts",
    "examples/*/test/**/*.test.ts",
    "scripts/test/**/*.test.mjs",
  ],
  deno: ["packages/{core,node-shared,deno}/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
  bun: ["packages/{core,node-shared,bun}/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
};

// They show what hardly depends on the runtime: the loop's own work, and a host that is none of ours. By day Node runs them, at night each does.
const oncePerDay = ["conformance-asyncio-handles", "cpython-asyncio", "custom-runtime"].map((name) => `packages/conformance/test/${name}.test.ts`);

// What the processes that run the tests are started with. All must take the sources: Deno does not hand its conditions on.
const execArgv = { node: [...sourceFlags, "--expose-gc"], deno: sourceFlags.slice(0, 1), bun: sourceFlags.slice(0, 1) };

export default defineConfig({
  test: {
    pool: "forks",
    // All cores, where vitest by itself leaves one free: many tests only wait for programs in processes of their own.
    maxWorkers: "100%",
    isolate: true,
    execArgv: execArgv[runtime],
    // The runtime itself loads what a test imports: the addon and core must exist once per process, as in a user's program.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    testTimeout: nightly ? 600_000 : 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: unit[runtime], exclude: ["**/node_modules/**"] },
      },
      {
        extends: true,
        test: {
          name: "conformance",
          include: ["packages/conformance/test/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...(runtime === "node" || nightly ? [] : oncePerDay)],
        },
      },
    ],
  },
});
