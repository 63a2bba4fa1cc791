import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { workerFiles } from "../src/worker-files.ts";

const beside = (file: string): string => new URL(file, import.meta.url).href;

test("workers run the file beside this package's own", async () => {
  const own = await workerFiles(beside("../src/jobs.ts"), beside("../../node/src/adapter.ts"), "node");
  expect(own).toMatchObject({ worker: beside("../src/job-worker.ts"), adapter: beside("../../node/src/adapter.ts"), addon: undefined });
});

test("workers of a bundle run the files of the packages that are installed, and never the bundle or what happens to have the same name", async () => {
  const home = mkdtempSync(join(tmpdir(), "interloop-bundle-"));
  try {
    mkdirSync(join(home, "dist"));
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "some-app" }));
    for (const name of ["jobs.js", "job-worker.js", "adapter.js", "bundle.js"]) writeFileSync(join(home, "dist", name), "");
    for (const name of ["jobs.js", "adapter.js", "bundle.js"]) {
      const bundle = pathToFileURL(join(home, "dist", name)).href;
      const asked = [
        [bundle, bundle],
        [undefined, undefined],
        [beside("../src/jobs.ts"), bundle],
      ] as const;
      for (const [own, adapter] of asked) {
        const files = await workerFiles(own, adapter, "node");
        expect(files.worker).toMatch(/\/node-shared\/(src|dist)\/job-worker\.[jt]s$/);
        expect(files.adapter).toMatch(/\/node\/(src|dist)\/adapter\.[jt]s$/);
      }
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});
