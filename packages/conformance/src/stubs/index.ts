/** `stubs`: what a type checker of Python knows of a module. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { commandRunner, type Ended } from "../child.ts";

/** Registers the tests of the command. */
export function runStubs(capabilities: Capabilities): void {
  const { command, harness, name } = capabilities;
  if (!has(command)) {
    harness.skip(`stubs (${command.missing})`);
    return;
  }
  const run = commandRunner(capabilities);

  const inFolder = async (body: (folder: string, run: (...args: string[]) => Promise<Ended>) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), "interloop-stubs-"));
    try {
      cpSync(join(import.meta.dirname, "suite"), folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      // Not in that folder: the Python is that of this one.
      const inside = (arg: string): string => (existsSync(join(folder, arg)) ? join(folder, arg) : arg);
      await body(folder, (...args) => run(args.map(inside), { env: { MYPYPATH: folder }, deadline: 60_000 }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  harness.test(
    "mypy accepts a program that uses a TypeScript module rightly, and names each line that does not; the program runs",
    () =>
      inFolder(async (folder, inside) => {
        assert.deepEqual({ ...(await inside("stubs", "shop.ts")) }, { status: 0, signal: null, stdout: "", stderr: "" });
        const ran = await inside("app.py");
        assert.equal(ran.status, 0, ran.stderr);
        assert.equal(ran.stdout, '300 800 3\ntea EUR true tea USD false\n20 1.5 The price of an item, in cents.\n\nOf a "good" \\ one.\n');
        const mypy = (file: string): Promise<Ended> => inside("-m", "mypy", "--strict", "--cache-dir=/dev/null", "--config-file=", file);
        const right = await mypy("app.py");
        assert.deepEqual([right.stdout, right.status], ["Success: no issues found in 1 source file\n", 0], right.stderr);
        const wrong = await mypy("wrong.py");
        const told = [...wrong.stdout.matchAll(/wrong\.py:(\d+): error: .*\[([\w-]+)\]$/gm)].map(([, line, code]) => `${line} ${code}`);
        const lines = readFileSync(join(folder, "wrong.py"), "utf8").split("\n");
        const expected = lines.flatMap(
          (line, index) =>
            /# wrong: ([\w-]+)$/
              .exec(line)
              ?.slice(1)
              .map((code) => `${index + 1} ${code}`) ?? [],
        );
        assert.deepEqual(told, expected, wrong.stdout);
      }),
    120_000,
  );

  harness.test("bad input is told, and writes nothing", () =>
    inFolder(async (folder, inside) => {
      writeFileSync(join(folder, "broken.ts"), "export const = 1;");
      for (const { args, status, says } of [
        { args: [], status: 2, says: /No file is named/ },
        { args: ["shop.py"], status: 2, says: /"shop\.py" is no \.ts/ },
        { args: ["nowhere.ts"], status: 1, says: new RegExp(`^interloop-${name} stubs: nowhere\\.ts: .*ENOENT`) },
        { args: ["broken.ts", "shop.ts"], status: 1, says: /broken\.ts: .*[Uu]nexpected|broken\.ts: Expected/ },
      ]) {
        const ended = await inside("stubs", ...args);
        assert.deepEqual([ended.status, ended.stdout], [status, ""], ended.stderr);
        assert.match(ended.stderr, says);
      }
      assert.deepEqual([existsSync(join(folder, "broken.pyi")), existsSync(join(folder, "shop.pyi"))], [false, true]);
      assert.match((await inside("stubs", "--help")).stdout, /Usage/);
    }),
  );
}
