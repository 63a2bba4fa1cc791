import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packagePath } from "../lib/index.ts";
import { fakePython, fixture, flags, root, scratch, start, startWaiting } from "./fixtures/child.ts";
import type { Start } from "./fixtures/child.ts";

let folder: string;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("one interpreter per process", () => {
  test("a second start joins, whatever name the interpreter is called by", () => {
    const { executable = "", prefix = "" } = start({}).starts[0] ?? {};
    const { before, starts, running } = start({ starts: ["", executable, prefix] });
    expect(before).toBeUndefined();
    expect(starts).toMatchObject([{ started: true }, { started: false }, { started: false }]);
    for (const each of starts) expect(each).toMatchObject({ executable, prefix });
    expect(running).toMatchObject({ executable, prefix, started: false });
  });

  test("a second, different choice is refused, and the first one goes on", () => {
    const other = fakePython(join(folder, "bin/python3"), { version: "3.9.1", library: "/lib/libpython3.9.so" });
    const { starts } = start({ starts: ["", other, join(folder, "nowhere"), ""] });
    expect(starts).toMatchObject([{ started: true }, { code: "python-other" }, { code: "python-not-found" }, { started: false }]);
    expect(starts[1]?.message).toContain(`"${other}" (Python 3.9.1) cannot be started: this process already runs "${starts[0]?.executable}"`);
  });

  test("a second copy of the addon finds the interpreter that runs, and refuses to share its built-in module", () => {
    const copy = join(folder, "copy.node");
    copyFileSync(join(root, "native/build/interloop.node"), copy);
    const answer = start({ copy });
    expect(answer.copy).toMatchObject({ same: false, running: { executable: answer.starts[0]?.executable }, start: { code: "addon-twice" } });
    expect(answer.copy?.start.message).toContain(`"${copy}"`);
  });

  test("of two workers that start at once, one starts and one joins", () => {
    for (let round = 0; round < 5; round++) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, fixture("workers.ts")], { cwd: root, encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const answers = JSON.parse(stdout) as Start[];
      expect(answers.filter(({ started }) => started)).toHaveLength(1);
      expect(answers[0]?.executable).toBe(answers[1]?.executable);
    }
  });
});

describe("the interpreter that was started", () => {
  test("speaks UTF-8 whatever the locale, and has the arguments of an embedded one", () => {
    const names = ["sys.flags.utf8_mode", "sys.stdout.encoding", "sys.flags.ignore_environment", "sys.flags.isolated"];
    expect(start({ values: names }, { env: { LC_ALL: "C", PYTHONUTF8: undefined } }).values).toEqual([1, "utf-8", 0, 0]);
  });

  test("obeys the variables that python obeys", () => {
    const values = ["sys.flags.hash_randomization", "sys.flags.dev_mode", "sys.flags.int_max_str_digits", "sys.flags.safe_path"];
    const ask = (env: Record<string, string>): unknown[] => start({ values }, { env }).values;
    const plain = ask({});
    expect(plain.slice(0, 2)).toEqual([1, false]);
    for (const [name, text, at, value] of [
      ["PYTHONHASHSEED", "0", 0, 0],
      ["PYTHONDEVMODE", "1", 1, true],
      ["PYTHONINTMAXSTRDIGITS", "700", 2, 700],
      ["PYTHONSAFEPATH", "1", 3, true],
    ] as const) {
      // Older versions do not know all of the flags.
      const expected = typeof plain[at] === "object" ? plain : plain.with(at, value);
      expect(ask({ [name]: text })).toEqual(expected);
    }
  });

  test("a value of a variable that python does not take is said", () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [...flags, fixture("start.ts"), JSON.stringify({ values: [] })], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, PYTHONHASHSEED: "x" },
    });
    // Before Python 3.14 the interpreter ends the process.
    expect(`${status} ${stdout}${stderr}`).toMatch(/PYTHONHASHSEED must be/);
  });

  test("finds the package", () => {
    expect(start({ values: ["interloop.__file__"] }).values).toEqual([join(packagePath(), "interloop/__init__.py")]);
  });

  test("finds the package beside a folder that happens to have its name", () => {
    mkdirSync(join(folder, "interloop"));
    expect(start({ values: ["interloop.__file__"] }, { env: { PYTHONPATH: folder } }).values).toEqual([join(packagePath(), "interloop/__init__.py")]);
  });

  test("survives site hooks that print", () => {
    writeFileSync(join(folder, "sitecustomize.py"), "print('hello from site')\nimport signal\n");
    const { stdout } = spawnSync(process.execPath, [...flags, fixture("start.ts"), "{}"], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: folder },
    });
    expect(stdout).toContain('"started":true');
  });

  test.runIf(process.platform === "linux")("opens extension modules apart from the runtime's symbols, unless told not to", () => {
    const openssl = (version: string): string => version.split(" ").slice(0, 2).join(" ");
    const apart = start({ values: ["ssl.OPENSSL_VERSION"] }, { env: { INTERLOOP_NO_DEEPBIND: undefined } }).values[0] as string;
    const { executable = "" } = start({}).starts[0] ?? {};
    const alone = spawnSync(executable, ["-c", "import ssl; print(ssl.OPENSSL_VERSION)"], { encoding: "utf8" }).stdout;
    expect(openssl(apart)).toBe(openssl(alone));
    const together = start({ values: ["ssl.OPENSSL_VERSION"] }, { env: { INTERLOOP_NO_DEEPBIND: "1" } }).values[0];
    expect(together).toBeTypeOf("string");
  });

  test("leaves SIGINT to the runtime, also after signal and asyncio were imported", async () => {
    const child = await startWaiting({ values: ["signal.SIGINT", "asyncio.sleep"] });
    child.kill("SIGINT");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect({ code, signal }).toEqual({ code: null, signal: "SIGINT" });
  });
});
