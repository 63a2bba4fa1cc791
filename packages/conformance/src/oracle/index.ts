/** The same Python source under asyncio.run in a plain Python and here must log the same. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Capabilities } from "../capabilities.ts";
import type { Py } from "../py.ts";
import type { Adapter } from "../suite.ts";

const folder = join(import.meta.dirname, "scenarios");
const reference = join(import.meta.dirname, "reference.py");
const scenarios = readdirSync(folder).filter((file) => file.endsWith(".py"));

/** Registers one test for each scenario, with asyncio's debug mode off and on. */
export function runOracle(adapter: Adapter, { harness }: Capabilities): void {
  const { python } = adapter;
  let runner: Py;
  const start = (): Py => (runner ??= python.fromCode(readFileSync(reference, "utf8"), reference, "interloop_oracle"));

  for (const debug of [false, true]) {
    for (const file of scenarios) {
      harness.test(
        `${file}${debug ? " in debug mode" : ""}`,
        async () => {
          const path = join(folder, file);
          const module = start();
          const executable = python.import("sys").executable as string;
          const env = { ...process.env, PYTHONASYNCIODEBUG: debug ? "1" : "" };
          const plain = spawnSync(executable, [reference, path], { encoding: "utf8", timeout: 30_000, env });
          assert.equal(plain.status, 0, plain.stderr);
          const loop = adapter.getCurrentLoop();
          loop.set_debug(debug);
          try {
            const [coroutine, log] = module.start(path);
            await adapter.intoPromise(coroutine);
            assert.equal(`${log.text()}\n`, plain.stdout);
          } finally {
            loop.set_debug(false);
          }
        },
        60_000,
      );
    }
  }
}
