/** Extension modules in C++: the streams, locales and exceptions of the C++ library, and the variables of the C library. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, type ChildOptions, type Ended } from "../child.ts";

interface Program {
  readonly name: string;
  /** Sees the extension module as `cxx`. */
  readonly source: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

const show = (expression: string): string => `console.log(${expression});`;
const python = (code: string): string => `api.python.exec(${JSON.stringify(code)});`;

const programs: readonly Program[] = [
  { name: "constructors that use streams and regular expressions while the library is loaded", source: show("cxx.constructed()"), stdout: "2.51\n" },
  { name: "std::cout", source: show(`cxx.out("written")`), stdout: "written\n1\n" },
  { name: "std::cerr", source: show(`cxx.err("written ")`), stdout: "1\n", stderr: "written ff\n" },
  { name: "std::cout with an exchanged buffer", source: show(`cxx.captured("x")`), stdout: "    3.25x\n" },
  { name: "memory that std::cout gets for the words of its users", source: show("cxx.words()"), stdout: "0\n" },
  { name: "string streams", source: show(`cxx.number("12.345")`), stdout: "12.35\n" },
  { name: "locales and their facets", source: show("cxx.locale()"), stdout: "A1.1970\n" },
  { name: "nested exceptions and their dynamic types", source: show("cxx.caught()"), stdout: "outer, runtime_error\n" },
  {
    name: "a C++ exception thrown after a call of JavaScript, and a JavaScript error that passes C++ frames",
    source: `const told = (f) => { try { cxx.through(f); } catch (error) { console.log(error.name, error.message); } };
      told(() => 1);
      told(() => { throw new TypeError("from JavaScript"); });`,
    stdout: "RuntimeError kept\nTypeError from JavaScript\n",
  },
  {
    name: "what Python sets in os.environ, read through the variable environ",
    source: `for (const value of ["1", "2"]) { api.python.import("os").environ.__setitem__("INTERLOOP_TEST_SET", value); ${show(`cxx.environ("INTERLOOP_TEST_SET")`)} }`,
    stdout: "1\n2\n",
  },
  { name: "the variable timezone", source: `${python("import os\nos.environ['TZ'] = 'UTC+3'")} ${show("cxx.zone()")}`, stdout: "10800\n" },
  {
    name: "the lines of C, C++, Python and JavaScript stand in the order in which they were written",
    source: `for (let round = 0; round < 3; round++) {
        ${python("print('python', flush=True)")}
        cxx.out_unflushed("C++");
        cxx.printf("C");
        console.log("JavaScript");
      }`,
    stdout: "python\nC++\nC\nJavaScript\n".repeat(3),
  },
  {
    name: "what std::cout holds back after sync_with_stdio(false) is written at the end",
    source: `cxx.unsynchronised(); cxx.out_unflushed("last");`,
    stdout: "last\n",
  },
  {
    name: "what std::cout holds back is written at process.exit(), too",
    source: `cxx.unsynchronised(); cxx.out_unflushed("last"); (globalThis.process ?? (await import("node:process"))).exit(0);`,
    stdout: "last\n",
  },
];

const packages: readonly Program[] = [
  {
    name: "pyarrow's time zones",
    source: python(
      "import datetime, pyarrow, pyarrow.compute\nzone = datetime.timezone(datetime.timedelta(hours=1))\nprint(pyarrow.lib.string_to_tzinfo('UTC'), pyarrow.array([datetime.datetime(2024, 1, 1, tzinfo=zone)]).to_pylist()[0].isoformat())\nmoments = pyarrow.array([datetime.datetime(2024, 7, 1)], type=pyarrow.timestamp('us', tz='UTC'))\nprint(pyarrow.compute.strftime(moments, format='%Y-%m-%d').to_pylist())",
    ),
    stdout: "UTC 2024-01-01T00:00:00+01:00\n['2024-07-01']\n",
  },
  {
    name: "onnxruntime's sessions",
    source: python(
      [
        "import numpy, onnxruntime",
        "def varint(value):\n    low, rest = value & 127, value >> 7\n    return bytes([low | 128]) + varint(rest) if rest else bytes([low])",
        "def number(field, value):\n    return bytes([field << 3]) + varint(value)",
        "def message(field, data):\n    return bytes([field << 3 | 2]) + varint(len(data)) + data",
        "def tensor(name):\n    return message(1, name) + message(2, message(1, number(1, 1) + message(2, message(1, number(1, 3)))))",
        "node = message(1, b'x') + message(1, b'x') + message(2, b'y') + message(4, b'Add')",
        "graph = message(1, node) + message(2, b'doubles') + message(11, tensor(b'x')) + message(12, tensor(b'y'))",
        "model = number(1, 8) + message(7, graph) + message(8, number(2, 13))",
        "session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])",
        "print(session.run(None, {'x': numpy.array([1, 2, 3], dtype=numpy.float32)})[0].tolist())",
      ].join("\n"),
    ),
    stdout: "[2.0, 4.0, 6.0]\n",
  },
];

const compiler = (process.env["CXX"] ?? "c++").split(" ");

let built: string | undefined;

/** The folder with the extension module, which is built when it is first asked for. */
function extensionFolder(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), "interloop-extension-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const source = fileURLToPath(new URL("./streams.cc", import.meta.url));
  const mac = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  const args = [...compiler.slice(1), "-std=c++17", "-O1", "-shared", "-fPIC", ...mac, source, "-o", join(folder, "cxx_streams.so")];
  const { status, stderr, error } = spawnSync(compiler[0]!, args, { encoding: "utf8" });
  assert.equal(status, 0, `The extension module does not build: ${error?.message ?? stderr}`);
  return (built = folder);
}

/** Registers the tests. Each runs a program of its own, with an extension module that is built first. */
export function runExtensions(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`extension modules (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  const withModule = (source: string, options?: ChildOptions): Promise<Ended> => {
    const prelude = `api.python.import("sys").path.insert(0, ${JSON.stringify(extensionFolder())}); const cxx = api.python.import("cxx_streams");`;
    return run(`${prelude} ${source}`, { deadline: 60_000, ...options });
  };
  const check = (ended: Ended, { stdout = "", stderr = "" }: Program): void => {
    if (stderr === "") return assertQuiet(ended, stdout);
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout, stderr });
  };

  harness.describe("an extension module in C++", () => {
    for (const program of programs) harness.test(program.name, async () => check(await withModule(program.source), program), 80_000);
    harness.test(
      "INTERLOOP_NO_DEEPBIND loads it without RTLD_DEEPBIND",
      async () => {
        const source = [
          python("import sys, os\nassert not sys.getdlopenflags() & getattr(os, 'RTLD_DEEPBIND', 0)"),
          ...programs.slice(0, 2).map((program) => program.source),
        ].join("\n");
        assertQuiet(await withModule(source, { env: { INTERLOOP_NO_DEEPBIND: "1" } }), `${programs[0]!.stdout}${programs[1]!.stdout}`);
      },
      80_000,
    );
    harness.test(
      "a module that does not load is Python's ImportError, with the linker's reason",
      async () => {
        const source = `${python("import sys, tempfile, os\nfolder = tempfile.mkdtemp()\nopen(os.path.join(folder, 'no_library.so'), 'w').write('text')\nsys.path.insert(0, folder)\ntry:\n    import no_library\nexcept ImportError as error:\n    print('no_library.so' in str(error), ':' in str(error))")}`;
        assertQuiet(await withModule(source), "True True\n");
      },
      80_000,
    );
  });
  harness.describe("packages in C++", () => {
    for (const program of packages) harness.test(program.name, async () => check(await run(program.source, { deadline: 60_000 }), program), 80_000);
  });
}
