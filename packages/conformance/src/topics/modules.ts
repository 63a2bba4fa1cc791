/** Python imports JS modules, on the JS thread: `import_js`, and files on `sys.path`. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { has } from "../capabilities.ts";
import type { Suite, Topic } from "../suite.ts";
import { caught, type Py } from "../py.ts";

const files: Readonly<Record<string, string>> = {
  "package.json": '{ "type": "module" }',
  "il_shop.ts": `/** A shop. */

export let count: number = 0;
/** Count one more. */
export function bump(): number { return ++count; }
/**
 * The price of an item.
 * In cents.
 */
export async function price(item: string, options?: { tax: number }): Promise<number> { return item.length + (options?.tax ?? 0); }
export const currency: string = "EUR";
export const items: string[] = ["tea", "milk"];
/** Where things are. */
export class Shelf {
  static kinds: number = 2;
  readonly size: number;
  constructor(size: number) { this.size = size; }
}
export default function greet(): string { return "welcome"; }
`,
  "il_plain.mjs": "export const kind = 'mjs';",
  "il_typed.mts": "export const kind: string = 'mts';",
  "il_script.js": "export const kind = 'js';",
  "il_syntax.ts": "export const x = = 1;",
  "il_unclosed.ts": "export const first: number = 1;\n\nexport function f(x: string {\n  return x;\n}\n",
  "il_unclosed.mjs": "export const first = 1;\n\nexport function f(x {\n  return x;\n}\n",
  "il_imports_unclosed.ts": "import { f } from './il_unclosed.ts';\nexport const g = f;",
  "il_throws.ts": "throw new RangeError('while loading');",
  "il_missing.ts": "export { x } from './il_nowhere.ts';",
  "il_waits.ts": "export const x: number = await new Promise<number>((resolve) => setTimeout(resolve, 1, 1));",
  "il_both.py": "kind = 'py'",
  "il_both.ts": "export const kind = 'ts';",
  "json.ts": "export const loads = 'not of Python';",
  "il_folder.ts": "export const kind = 'file';",
  "il_folder/readme.txt": "a folder of the same name",
  "il_package/__init__.py": "from .il_inner import kind",
  "il_package/il_inner.ts": "export const kind: string = 'inner';",
  "il_cycle_py.py": "import il_cycle_ts\nname = 'py'\ndef ask():\n    return il_cycle_ts.name\n",
  "il_data.json": '{ "a": [1, 2] }',
  "node_modules/il-cjs/package.json": '{ "name": "il-cjs", "main": "index.cjs" }',
  "node_modules/il-cjs/index.cjs": "module.exports = { answer: 42, double: (x) => 2 * x };",
  "node_modules/il-esm/package.json":
    '{ "name": "il-esm", "type": "module", "exports": { ".": { "import": "./index.js" }, "./sub": { "import": "./sub.js" } } }',
  "node_modules/il-esm/index.js": "export const answer = 43;",
  "node_modules/il-esm/sub.js": "export default Object.assign(() => 'called', { version: 7 });",
};

function write(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "interloop-modules-")));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const stays = { leaves: "modules stay loaded, in both languages" };

export const modules: Topic = ({ api, capabilities, ...suite }) => {
  const { python } = api;
  const test: Suite["test"] = (name, body, options) => suite.test(name, body, { needs: "modules", ...options });

  if (!has(capabilities.modules)) {
    suite.test("a runtime without a loader of modules refuses them, and says so", async () => {
      const load = suite.load("import interloop\ndef files(): import interloop.auto\ndef one(): interloop.import_js('node:path')");
      for (const name of ["files", "one"]) assert.equal((await caught(() => load[name]())).code, "import-unsupported", name);
    });
  }

  let made: string | undefined;

  /** A Python module whose file lies in the folder, which is on `sys.path`. */
  const load = (code: string): Py => {
    if (made === undefined) {
      made = write();
      python.import<Py>("sys").path.append(made);
      python.import("interloop.auto");
    }
    return python.fromCode(code, join(made, "il_case.py"), "il_case");
  };
  /** What the expression is, where these modules are imported. */
  const value = (imports: string, expression: string): Py => load(`import interloop\n${imports}\ndef case():\n    return ${expression}\n`).case();

  test(
    "functions, classes, constants and the default export",
    () => {
      assert.equal(value("import il_shop", "il_shop.currency"), "EUR");
      assert.equal(value("from il_shop import currency, bump", "currency"), "EUR");
      assert.equal(value("import il_shop", "il_shop.Shelf(3).size"), 3);
      assert.equal(value("import il_shop", "il_shop.Shelf.kinds"), 2);
      assert.equal(value("import il_shop", "repr(il_shop.Shelf)"), "<JavaScript class Shelf>");
      assert.equal(value("import il_shop", "il_shop.default()"), "welcome");
      assert.equal(value("import il_shop", "il_shop.default.__name__"), "greet");
      assert.equal(value("import il_shop", "list(il_shop.items) == ['tea', 'milk']"), true);
      assert.equal(value("import il_shop", "il_shop.price is il_shop.price"), true);
    },
    stays,
  );

  test("an async function is a coroutine function; keyword arguments arrive as an object", async () => {
    assert.equal(value("import il_shop, inspect", "inspect.iscoroutinefunction(il_shop.price) and not inspect.iscoroutinefunction(il_shop.bump)"), true);
    assert.equal(await value("from il_shop import price", "price('tea', tax=2)"), 5);
  });

  test("bindings are live", () => {
    const { first, second } = python.toJs<{ first: number; second: number }>(
      load("import il_shop\ndef case():\n    first = il_shop.count\n    il_shop.bump()\n    return {'first': first, 'second': il_shop.count}").case(),
    );
    assert.equal(second, first + 1);
  });

  test("docstrings are the JSDoc", () => {
    assert.equal(value("import il_shop", "il_shop.__doc__"), "A shop.");
    assert.equal(value("import il_shop", "il_shop.price.__doc__"), "The price of an item.\nIn cents.");
    assert.equal(value("import il_shop", "il_shop.bump.__doc__"), "Count one more.");
    assert.equal(value("import il_shop", "il_shop.Shelf.__doc__"), "Where things are.");
  });

  test("what a module says of itself", () => {
    assert.equal(value("import il_shop", "il_shop.__file__"), join(made!, "il_shop.ts"));
    assert.equal(value("import il_shop", "' '.join(il_shop.__all__)"), "Shelf bump count currency items price");
    assert.equal(value("from il_shop import *", "currency"), "EUR");
    assert.equal(value("import il_shop", "'default' in dir(il_shop) and '__name__' in dir(il_shop)"), true);
    assert.throws(() => value("import il_shop", "il_shop.nothing"), { name: "AttributeError" });
    assert.throws(() => load("from il_shop import nothing"), { name: "ImportError" });
  });

  test(
    "each kind of file",
    () => {
      assert.equal(value("import il_plain, il_typed, il_script", "' '.join([il_plain.kind, il_typed.kind, il_script.kind])"), "mjs mts js");
      assert.equal(value("import il_package", "il_package.kind"), "inner");
      assert.equal(value("import il_package.il_inner as inner", "inner.__package__"), "il_package");
    },
    stays,
  );

  test(
    "what Python finds under the same name comes first, but not a mere folder",
    () => {
      assert.equal(value("import il_both", "il_both.kind"), "py");
      assert.equal(value("import il_folder", "il_folder.kind"), "file");
      assert.equal(value("import sys\nsys.modules.pop('json')\nimport json", "json.loads('[1]')[0]"), 1);
    },
    stays,
  );

  test(
    "import_js: files, packages, modules of the runtime, JSON",
    () => {
      assert.equal(value("import il_shop", "interloop.import_js('./il_shop.ts') is il_shop"), true);
      assert.equal(value("", `interloop.import_js(${JSON.stringify(join(made!, "il_plain.mjs"))}).kind`), "mjs");
      assert.equal(value("", `interloop.import_js(${JSON.stringify(pathToFileURL(join(made!, "il_plain.mjs")).href)}).kind`), "mjs");
      assert.equal(value("", "interloop.import_js('node:path').join('a', 'b')"), join("a", "b"));
      assert.equal(value("", "interloop.import_js('./il_data.json')['a'][1]"), 2);
      assert.equal(value("", "interloop.import_js('il-cjs').answer"), 42);
      assert.equal(value("", "interloop.import_js('il-cjs').double(4)"), 8);
      assert.equal(value("", "interloop.import_js('il-esm').answer"), 43);
      assert.equal(python.import<Py>("interloop").import_js("node:path").join("a", "b"), join("a", "b"));
      assert.equal(value("", "interloop.import_js('il-esm/sub').default.version"), 7);
      assert.equal(value("", "interloop.import_js('il-esm/sub').default()"), "called");
    },
    stays,
  );

  test(
    "a real package of npm",
    () => {
      const here = fileURLToPath(import.meta.url);
      const module = python.fromCode<Py>("import interloop\nfc = interloop.import_js('fast-check')\n", here, "il_real") as Py;
      const numbers = python.toJs<number[]>(module.fc.sample(module.fc.integer(api.kwargs({ min: 3, max: 5 })), 20));
      assert.equal(numbers.length, 20);
      assert.ok(numbers.every((number: number) => number >= 3 && number <= 5));
    },
    stays,
  );

  test(
    "a module that cannot be loaded is an ImportError with JavaScript's error in it",
    () => {
      const failure = (name: string): Py =>
        load(`def case():
    try:
        import ${name}
    except ImportError as error:
        return error
    `).case();
      const syntax = failure("il_syntax");
      assert.equal(python.repr(python.getAttr(syntax, "name")), "'il_syntax'");
      assert.equal(syntax.path, join(made!, "il_syntax.ts"));
      assert.match(python.import<Py>("builtins").str(syntax), /il_syntax\.ts.*(SyntaxError|BuildMessage)/);
      assert.equal(python.isInstance(syntax.__cause__, python.import<Py>("interloop").JsError), true);
      const thrown = failure("il_throws");
      assert.match(python.import<Py>("builtins").str(thrown), /RangeError: while loading/);
      assert.match(python.import<Py>("builtins").str(failure("il_missing")), /il_nowhere/);
      assert.equal(python.import<Py>("builtins").type(failure("il_nothing_at_all")).__name__, "ModuleNotFoundError");
      const waits = failure("il_waits");
      assert.equal(waits.__cause__.code, "import-async");
    },
    stays,
  );

  test("import_js of what is not there, and of what is no name", () => {
    assert.throws(() => value("", "interloop.import_js('il-nobody')"), { name: "ModuleNotFoundError", message: /il-nobody/ });
    assert.throws(() => value("", "interloop.import_js('./il_nobody.ts')"), { name: "ModuleNotFoundError" });
    assert.throws(() => value("", "interloop.import_js('')"), { code: "bad-argument" });
    assert.throws(() => value("", "interloop.import_js(3)"), { code: "bad-argument" });
  });

  test("the ImportError of a syntax error names the file, the line and the column", async () => {
    const { sync, thread } = load(`
      import asyncio, interloop
      def sync(name):
          try:
              interloop.import_js(name)
          except ImportError as error:
              return str(error)
      async def thread(name):
          try:
              await asyncio.to_thread(interloop.import_js, name)
          except ImportError as error:
              return str(error)
    `);
    for (const [name, place] of [
      ["il_unclosed.ts", /il_unclosed\.ts:3:29/],
      ["il_unclosed.mjs", /il_unclosed\.mjs:3:21/],
      ["il_imports_unclosed.ts", /il_unclosed\.ts:3:29/],
    ] as const) {
      assert.match(sync(join(made!, name)) as string, place);
      assert.match((await thread(join(made!, name))) as string, place);
    }
  });

  test("a package is looked for from where the file of the caller really is", () => {
    load("");
    writeFileSync(join(made!, "il_linked_original.py"), "import interloop\nanswer = interloop.import_js('il-cjs').answer\n");
    const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), "interloop-links-")));
    symlinkSync(join(made!, "il_linked_original.py"), join(elsewhere, "il_linked.py"));
    assert.equal(value(`import sys; sys.path.append(${JSON.stringify(elsewhere)}); import il_linked`, "il_linked.answer"), 42);
  });

  test("reloading is refused", () => {
    assert.throws(() => value("import importlib, il_shop", "importlib.reload(il_shop)"), { name: "ImportError", message: /cannot reload 'il_shop'/ });
  });

  test(
    "Python, TypeScript and Python again: a cycle",
    () => {
      load("");
      writeFileSync(
        join(made!, "il_cycle_ts.ts"),
        `import { python } from ${JSON.stringify(import.meta.resolve("@interloop/core"))};
const partial: any = python.import("il_cycle_py");
export const name: string = "ts, which saw " + ("name" in partial);
`,
      );
      assert.equal(value("import il_cycle_py", "il_cycle_py.ask()"), "ts, which saw false");
    },
    stays,
  );
};
