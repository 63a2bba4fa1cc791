import { defineConfig } from "vitest/config";
import { sourceFlags } from "./scripts/node-binary.mjs";

const nightly = process.env["INTERLOOP_NIGHTLY"] === "1";

export default defineConfig({
  test: {
    pool: "forks",
    isolate: true,
    execArgv: [...sourceFlags, "--expose-gc"],
    // Node itself loads what a test imports: the addon and core must exist once per process, as in a user's program.
    experimental: { viteModuleRunner: false },
    testTimeout: nightly ? 600_000 : 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "native/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "scripts/test/**/*.test.mjs"],
          exclude: ["packages/conformance/**", "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: { name: "conformance", include: ["packages/conformance/test/**/*.test.ts"] },
      },
    ],
  },
});
