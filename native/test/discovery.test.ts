import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakePython, scratch, script, start } from "./fixtures/child.ts";
import type { Environment, Start } from "./fixtures/child.ts";

let folder: string;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nothingSet: Environment = { INTERLOOP_PYTHON: undefined, VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, PYTHONHOME: undefined };

/** Look for Python from a folder that has nothing to do with this repository. */
function find(python: string, env: Environment = {}, cwd = folder, entry?: string): Start {
  const [answer = {}] = start(
    { starts: [python], ...(entry === undefined ? {} : { entry }) },
    { cwd, env: { ...nothingSet, PATH: "/usr/bin:/bin", XDG_CACHE_HOME: join(folder, "cache"), ...env } },
  ).starts;
  return answer;
}

/** The interpreter that these tests run with. */
function realPython(): Required<Start> {
  const { message, ...real } = start({}).starts[0] ?? {};
  expect(message).toBeUndefined();
  return real as Required<Start>;
}

describe("an interpreter that cannot be used", () => {
  test("a path that does not exist", () => {
    const { code, message } = find(join(folder, "nowhere"));
    expect(code).toBe("python-not-found");
    expect(message).toContain(`"${folder}/nowhere" (init({ python })) does not exist`);
    expect(message).toContain("INTERLOOP_PYTHON");
  });

  test("a name that is not on PATH", () => {
    expect(find("python3-of-nobody")).toMatchObject({
      code: "python-not-found",
      message: expect.stringContaining("neither on PATH nor in the working folder"),
    });
  });

  test("a folder without an interpreter", () => {
    expect(find(folder)).toMatchObject({ code: "python-not-found", message: expect.stringContaining("it has no bin/python") });
  });

  test("a file that is not executable", () => {
    writeFileSync(join(folder, "python"), "");
    expect(find(join(folder, "python"))).toMatchObject({ code: "python-not-found", message: expect.stringContaining("is not an executable file") });
  });

  test("a link that leads nowhere", () => {
    symlinkSync(join(folder, "gone"), join(folder, "python"));
    expect(find(join(folder, "python"))).toMatchObject({ code: "python-not-found", message: expect.stringContaining("does not exist") });
  });

  test("a program that is not Python", () => {
    expect(find("/bin/echo")).toMatchObject({ code: "python-not-found", message: expect.stringContaining("did not behave like a Python interpreter") });
  });

  test("a shim without a version behind it: its complaint is passed on", () => {
    const shim = script(join(folder, "python3"), "echo 'shim: no version is set' >&2; echo 'more text' >&2; exit 127");
    const { code, message } = find(shim);
    expect(code).toBe("python-not-found");
    expect(message).toContain("it exited with code 127: shim: no version is set");
  });

  test("facts that cannot be read", () => {
    const broken = script(join(folder, "python3"), "printf 'interloop-facts\\tcpython\\tnew\\n'");
    expect(find(broken)).toMatchObject({ code: "python-not-found" });
  });

  test.each([
    ["2.7.18", "is Python 2.7.18, which is too old; use CPython 3.9 or newer"],
    ["3.8.20", "is Python 3.8.20, which is too old; use CPython 3.9 or newer"],
  ])("version %s", (version, expected) => {
    const old = fakePython(join(folder, "bin/python"), { version, library: "/lib/libpython.so" });
    expect(find(old)).toMatchObject({ code: "python-unsupported", message: expect.stringContaining(expected) });
  });

  test("PyPy", () => {
    const pypy = fakePython(join(folder, "bin/pypy3"), { implementation: "pypy" });
    expect(find(pypy)).toMatchObject({ code: "python-unsupported", message: expect.stringContaining("is pypy, which is not supported") });
  });

  test("a free-threaded build", () => {
    const threaded = fakePython(join(folder, "bin/python3.13t"), { version: "3.13.0", flags: "free-threaded" });
    expect(find(threaded)).toMatchObject({ code: "python-unsupported", message: expect.stringContaining("free-threaded") });
  });

  test("a build with reference tracing", () => {
    const traced = fakePython(join(folder, "bin/python3"), { flags: "trace-refs" });
    expect(find(traced)).toMatchObject({ code: "python-unsupported", message: expect.stringContaining("Py_TRACE_REFS") });
  });

  test("a static build: the message says where a library was looked for and how to get one", () => {
    const { code, message } = find(fakePython(join(folder, "bin/python3"), { searched: "/a/lib:/b/lib" }));
    expect(code).toBe("python-library-missing");
    for (const part of [
      "no shared libpython3.11",
      "/a/lib:/b/lib",
      "apt-get install libpython3.11",
      "PYTHON_CONFIGURE_OPTS=--enable-shared",
      "./configure --enable-shared",
    ]) {
      expect(message).toContain(part);
    }
  });

  test("a library that cannot be loaded", () => {
    writeFileSync(join(folder, "libpython3.11.so"), "not a library");
    const broken = fakePython(join(folder, "bin/python3"), { library: join(folder, "libpython3.11.so") });
    expect(find(broken)).toMatchObject({ code: "python-library-missing", message: expect.stringContaining("cannot be loaded") });
  });

  test("a library of another version", () => {
    const real = realPython();
    const mixed = fakePython(join(folder, "bin/python3"), { version: "3.9.99", library: real.library });
    const { code, message } = find(mixed);
    expect(code).toBe("python-library-missing");
    expect(message).toContain(`belongs to Python ${real.version}, but "${mixed}" is Python 3.9.99`);
  });

  test("a standard library that PYTHONHOME hides", () => {
    const { code, message } = find(realPython().executable, { PYTHONHOME: folder });
    expect(code).toBe("python-not-found");
    expect(message).toContain("Fatal Python error");
  });

  test("the process lives, and another interpreter can be taken", () => {
    const real = realPython();
    const { starts } = start({ starts: [join(folder, "nowhere"), real.executable] });
    expect(starts).toMatchObject([{ code: "python-not-found" }, { executable: real.executable, started: true }]);
  });
});

describe("the order of the search", () => {
  // Fakes that are too old: the error names the one that was taken.
  const old = (file: string): string => fakePython(join(folder, file), { version: "3.1.0" });
  const taken = (python: string): object => ({ code: "python-unsupported", message: expect.stringContaining(`"${python}" is Python 3.1.0`) });

  test("what is asked for, INTERLOOP_PYTHON, VIRTUAL_ENV, .venv, PATH", () => {
    const asked = old("asked/bin/python");
    const named = old("named/bin/python");
    const active = old("active/bin/python");
    const local = old("project/.venv/bin/python");
    const onPath = old("path/python3");
    const inner = join(folder, "project/packages/inner");
    mkdirSync(inner, { recursive: true });

    const env: Record<string, string | undefined> = {
      INTERLOOP_PYTHON: named,
      VIRTUAL_ENV: join(folder, "active"),
      PATH: [join(folder, "path"), "/usr/bin", "/bin"].join(delimiter),
    };
    expect(find(asked, env, inner)).toMatchObject(taken(asked));
    expect(find("", env, inner)).toMatchObject(taken(named));
    env["INTERLOOP_PYTHON"] = undefined;
    expect(find("", env, inner)).toMatchObject(taken(active));
    env["VIRTUAL_ENV"] = join(folder, "gone");
    expect(find("", env, inner)).toMatchObject(taken(local));
    expect(find("", env, folder)).toMatchObject(taken(onPath));
  });

  test("a .venv beside the program, wherever it is started from; the one of the working folder comes before it", () => {
    const beside = old("app/.venv/bin/python");
    const local = old("project/.venv/bin/python");
    const entry = join(folder, "app/src/main.js");
    mkdirSync(join(folder, "app/src"), { recursive: true });
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(entry, "");
    const link = join(folder, "elsewhere/linked.js");
    symlinkSync(entry, link);
    const env = {};
    expect(find("", env, join(folder, "elsewhere"), entry)).toMatchObject(taken(beside));
    expect(find("", env, join(folder, "elsewhere"), link)).toMatchObject(taken(beside));
    expect(find("", env, join(folder, "project"), entry)).toMatchObject(taken(local));
  });

  test("conda's environment, of which the base one comes after a .venv", () => {
    const conda = old("conda/bin/python");
    const local = old("project/.venv/bin/python");
    const env = { CONDA_PREFIX: join(folder, "conda") };
    expect(find("", { ...env, CONDA_DEFAULT_ENV: "science" }, join(folder, "project"))).toMatchObject(taken(conda));
    expect(find("", { ...env, CONDA_DEFAULT_ENV: "base" }, join(folder, "project"))).toMatchObject(taken(local));
    expect(find("", { ...env, CONDA_DEFAULT_ENV: "base" })).toMatchObject(taken(conda));
  });

  test("a folder, a relative path and a bare name", () => {
    const python = old("env/bin/python");
    const onPath = old("path/python3.1");
    expect(find(join(folder, "env"))).toMatchObject(taken(python));
    expect(find("./env/bin/python")).toMatchObject(taken(python));
    expect(find("python3.1", { PATH: [join(folder, "path"), "/usr/bin", "/bin"].join(delimiter) })).toMatchObject(taken(onPath));
    expect(find("", { INTERLOOP_PYTHON: "env" })).toMatchObject(taken(python));
  });

  test("a python3 on PATH that does not run is passed over, one that is unsuitable is not", () => {
    script(join(folder, "shims/python3"), "exit 127");
    const next = old("path/python3");
    expect(find("", { PATH: [join(folder, "shims"), join(folder, "path"), "/usr/bin", "/bin"].join(delimiter) })).toMatchObject(taken(next));
  });

  test("with nothing anywhere, the error lists all that was tried", () => {
    const shim = script(join(folder, "shims/python3"), "exit 127");
    const { code, message } = find("", { PATH: join(folder, "shims"), VIRTUAL_ENV: join(folder, "gone") });
    expect(code).toBe("python-not-found");
    for (const part of [
      "INTERLOOP_PYTHON (not set)",
      `VIRTUAL_ENV ("${folder}/gone": it has no interpreter)`,
      `.venv in "${folder}"`,
      `python3 on PATH ("${shim}": it exited with code 127)`,
    ]) {
      expect(message).toContain(part);
    }
  });
});

describe("a virtual environment", () => {
  test("is the one that runs, not its base", () => {
    const real = realPython();
    const env = join(folder, "env with spaces, é");
    execFileSync(real.executable, ["-m", "venv", "--without-pip", env]);
    const values = ["sys.executable", "sys.prefix"];
    const expected = [join(env, "bin/python"), env];
    for (const variables of [{ VIRTUAL_ENV: env }, { INTERLOOP_PYTHON: join(env, "bin/python") }]) {
      const answer = start({ starts: [""], values }, { cwd: folder, env: { ...nothingSet, ...variables, LC_ALL: "C" } });
      expect(answer.starts[0]).toMatchObject({ executable: expected[0], prefix: env, library: real.library, version: real.version });
      expect(answer.values).toEqual(expected);
    }
  });
});

describe("the cache", () => {
  const entries = (): string[] => readdirSync(join(folder, "cache/interloop"));

  test("keeps the facts until the interpreter or its environment changes", () => {
    const { executable } = realPython();
    const env = join(folder, "env");
    execFileSync(executable, ["-m", "venv", "--without-pip", env]);
    const version = find(env).version;
    const [entry = ""] = entries();
    const file = join(folder, "cache/interloop", entry);
    // What is found there is used: the interpreter is not asked again.
    writeFileSync(file, readFileSync(file, "utf8").replace("\tcpython\t", "\tcachedpython\t"));
    expect(find(env)).toMatchObject({ code: "python-unsupported", message: expect.stringContaining("is cachedpython") });
    // A changed environment makes a new key.
    const later = new Date(statSync(join(env, "pyvenv.cfg")).mtimeMs + 5000);
    utimesSync(join(env, "pyvenv.cfg"), later, later);
    expect(find(env)).toMatchObject({ version });
    expect(entries()).toHaveLength(2);
  });

  test("a damaged entry is asked for anew", () => {
    const { executable } = realPython();
    const first = find(executable);
    const [entry = ""] = entries();
    const file = join(folder, "cache/interloop", entry);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -20));
    expect(find(executable)).toEqual(first);
    expect(readFileSync(file, "utf8")).toContain(first.library);
  });

  test("does not keep what a script said: a shim answers for the folder it is run in", () => {
    const real = realPython();
    const shim = script(join(folder, "shims/python3"), `exec "${real.executable}" "$@"`);
    expect(find(shim)).toMatchObject({ executable: real.executable });
    expect(() => entries()).toThrow("ENOENT");
  });

  test("is not needed: a home that cannot be written to does no harm", () => {
    writeFileSync(join(folder, "file"), "");
    const { executable } = realPython();
    expect(find(executable, { XDG_CACHE_HOME: join(folder, "file") })).toMatchObject({ executable });
    expect(find(executable, { XDG_CACHE_HOME: undefined, HOME: undefined })).toMatchObject({ executable });
    mkdirSync(join(folder, "home"));
    chmodSync(join(folder, "home"), 0o500);
    expect(find(executable, { XDG_CACHE_HOME: undefined, HOME: join(folder, "home") })).toMatchObject({ executable });
  });
});
