/** `doctor`: what it says where all is well, and where something is missing. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { commandRunner } from "../child.ts";

interface Report {
  readonly runtime: { readonly name: string; readonly version: string };
  readonly packages: Readonly<Record<string, string | null>>;
  readonly addon: { readonly file: string; readonly contract: number } | null;
  readonly python: { readonly executable: string; readonly version: string; readonly library: string } | null;
  readonly candidates: readonly { readonly source: string; readonly path: string; readonly verdict: string }[];
  readonly placements: Readonly<Record<string, boolean | null>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/** Registers the tests of `doctor`. */
export function runDoctor(capabilities: Capabilities): void {
  const { harness, name: runtime } = capabilities;
  if (!has(capabilities.command)) {
    harness.skip(`doctor (${capabilities.command.missing})`);
    return;
  }
  const run = commandRunner(capabilities);
  const nothingSet = { INTERLOOP_PYTHON: undefined, VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, PYTHONHOME: undefined };

  /** The report, with the exit status that goes with it. */
  const examine = async (env: Readonly<Record<string, string | undefined>> = {}, cwd?: string): Promise<Report> => {
    const ended = await run(["doctor", "--json"], { env, ...(cwd === undefined ? {} : { cwd }) });
    assert.deepEqual([ended.signal, ended.stderr], [null, ""], JSON.stringify(ended));
    const report = JSON.parse(ended.stdout) as Report;
    assert.equal(ended.status, report.problems.length === 0 ? 0 : 1);
    assert.equal(report.runtime.name, runtime);
    return report;
  };

  const inFolder = async (body: (folder: string) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), "interloop-doctor-"));
    try {
      await body(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  harness.test("where all is well", async () => {
    const report = await examine();
    assert.deepEqual(report.problems, []);
    assert.ok(report.addon?.file.endsWith(".node"));
    assert.deepEqual(Object.keys(report.packages), [`@interloop/${runtime}`, "@interloop/node-shared", "@interloop/core", "@interloop/native"]);
    assert.ok(Object.values(report.packages).every((version) => /^\d+\.\d+\.\d+/.test(version ?? "")));
    assert.match(report.python?.version ?? "", /^3\.\d+\./);
    assert.match(report.python?.library ?? "", /libpython/);
    assert.deepEqual(Object.keys(report.placements), ["guest", "thread", "main"]);
    assert.equal(report.candidates.at(-1)?.verdict, "chosen");
    assert.ok(
      Object.values(report.placements).every((outcome) => outcome === true),
      JSON.stringify(report.placements),
    );
    assert.equal(report.permissions !== undefined, runtime === "deno");
  });

  harness.test("the same for reading", async () => {
    const { status, stdout, stderr } = await run(["doctor"]);
    assert.deepEqual([status, stderr], [0, ""]);
    for (const part of ["Runtime ", `@interloop/${runtime} `, "Addon ", "Python ", ", chosen", "libpython ", "guest works, thread works, main works"])
      assert.ok(stdout.includes(part), stdout);
  });

  harness.test("no addon: where it was looked for", async () => {
    const { addon, python, placements, problems } = await examine({ INTERLOOP_BINARY: "/nonexistent/interloop.node" });
    assert.deepEqual([addon, python], [null, null]);
    assert.ok(Object.values(placements).every((outcome) => outcome === null));
    assert.equal(problems[0]?.code, "addon-missing");
    assert.match(problems[0]?.message ?? "", /\/nonexistent\/interloop\.node/);
  });

  harness.test("a main thread that Python cannot have: what the process said", async () => {
    // A Python that takes its main thread for another one.
    await inFolder(async (folder) => {
      writeFileSync(join(folder, "sitecustomize.py"), "import threading; threading.main_thread = lambda: None");
      const { placements, problems } = await examine({ PYTHONPATH: folder });
      assert.deepEqual(placements, { guest: true, thread: true, main: false });
      assert.equal(problems.at(-1)?.code, "placement-unsupported");
      assert.match(problems.at(-1)?.message ?? "", /it printed "False/);
    });
  });

  harness.test("no Python: all places that were looked at", () =>
    inFolder(async (folder) => {
      const env = { ...nothingSet, PATH: "/nonexistent", HOME: folder, XDG_CACHE_HOME: folder };
      const { python, candidates, problems } = await examine(env, folder);
      assert.equal(python, null);
      assert.deepEqual(
        candidates.map(({ source, verdict }) => [source.split(" ", 2).join(" "), verdict]),
        [
          ["INTERLOOP_PYTHON", "not set"],
          ["VIRTUAL_ENV", "not set"],
          ["a .venv", "none"],
          ["python3 on", "none"],
        ],
      );
      assert.equal(problems[0]?.code, "python-not-found");
    }),
  );

  harness.test("a Python that will not do is named, and why", () =>
    inFolder(async (folder) => {
      const file = join(folder, "python3");
      writeFileSync(file, "#!/bin/sh\necho broken >&2\nexit 3\n");
      chmodSync(file, 0o755);
      const { python, candidates, problems } = await examine({ ...nothingSet, INTERLOOP_PYTHON: file });
      assert.equal(python, null);
      assert.deepEqual(candidates, [{ source: "INTERLOOP_PYTHON", path: file, verdict: "python-not-found" }]);
      assert.match(problems[0]?.message ?? "", /code 3: broken/);
    }),
  );

  for (const { args, says } of [
    { args: ["doctor", "--jsonn"], says: /'--jsonn'/ },
    { args: ["doctor", "me"], says: /'me'/ },
  ]) {
    harness.test(`wrong arguments: ${JSON.stringify(args)}`, async () => {
      const { status, stdout, stderr } = await run(args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, says);
    });
  }

  harness.test("help", async () => {
    const { status, stdout } = await run(["doctor", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /--json/);
  });
}
