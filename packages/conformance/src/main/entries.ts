/** The program's entry: what it sees, how it fails, and where main() cannot be called. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { childRunner, fileRunner } from "../child.ts";
import { ends, shows, withMain } from "./program.ts";

export function entries(capabilities: Capabilities): void {
  const { harness, mainInWorkers } = capabilities;
  const run = fileRunner(capabilities);

  harness.test("process.argv, the environment and TypeScript are as in any program", async () => {
    const body = `
      const args: string[] = process.argv.slice(2);
      console.log(args.join(" "), process.argv[1]!.endsWith("program.mts"), process.env["FROM_OUTSIDE"]);`;
    ends(0, "a --b=c true yes\n")(await run(withMain(body), ["a", "--b=c"], { env: { FROM_OUTSIDE: "yes" } }));
  });

  const conditional = "if ((import.meta as any).main !== false) api.main(import.meta, () => console.log(true));";
  if (has(mainInWorkers)) harness.test("import.meta.main", async () => ends(0, "true\n")(await run(conditional)));
  else harness.skip(`import.meta.main (${mainInWorkers.missing})`);

  harness.test("what follows the call runs in the worker only, and before the function", async () => {
    ends(0, "after\nlate\nfunction\n")(await run(withMain(`console.log("function");`, "{}", "", `console.log("after"); await null; console.log("late");`)));
  });

  harness.test("an entry that fails after the call", async () => {
    ends(1, "", shows("[Ee]rror: while loading"))(await run(withMain(`await m.forever();`, "{}", "", `throw new Error("while loading");`)));
  });

  harness.test("an entry that fails in the worker before the call", async () => {
    const before = `if (!(await import("node:worker_threads")).isMainThread) throw new Error("in the worker");`;
    ends(1, "", /[Ee]rror: in the worker/)(await run(withMain(`console.log("never");`, "{}", before)));
  });

  harness.test("an entry that does not call main() again", async () => {
    const source = `
      import { isMainThread } from "node:worker_threads";
      if (isMainThread) api.main(import.meta, () => console.log("never"));`;
    ends(1, "", /ended without calling main\(\) again/)(await run(source));
  });

  harness.test("a module that is not the entry", async () => {
    const source = `
      const { writeFileSync } = await import("node:fs");
      const file = new URL("other.mts", import.meta.url);
      writeFileSync(file, "import { main } from " + JSON.stringify(${JSON.stringify("URL")}) + "; main(import.meta, () => console.log('never')); export const value = 1;");
      console.log((await import(file.href)).value);`;
    const url = /"(file:[^"]*)"/.exec(prefixOf(capabilities))![1]!;
    ends(0, "1\n")(await run(source.replace('"URL"', JSON.stringify(url))));
  });

  harness.test("a second call is refused", async () => {
    const after = `try { api.main(import.meta, () => undefined); } catch (error: any) { console.log(error.code); }`;
    ends(0, "main-twice\nfirst\n")(await run(withMain(`console.log("first");`, "{}", "", after)));
  });

  harness.test("a call in a worker of the program's own is refused", async () => {
    const source = `
      import { isMainThread, Worker, parentPort } from "node:worker_threads";
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        worker.on("message", (code) => { console.log(code); void worker.terminate(); });
      } else {
        let code = "none";
        try { api.main({ url: import.meta.url } as any, () => undefined); } catch (error: any) { code = error.code; }
        parentPort!.postMessage(code);
      }`;
    const ended = await run(source);
    assert.deepEqual([ended.status, ended.stdout], [0, "main-worker\n"], ended.stderr);
  });

  harness.test("a program given as text is refused", async () => {
    const ended = await childRunner(capabilities)(
      `try { api.main(import.meta, () => undefined); } catch (error) { console.log(error.code, error.message.includes("put the program into a file")); }`,
    );
    ends(0, "main-entry true\n")(ended);
  });

  harness.test("bad input is refused", async () => {
    const source = `
      const codes: string[] = [];
      for (const attempt of [
        () => api.main(undefined as any, () => undefined),
        () => api.main(import.meta, 1 as any),
        () => api.main(import.meta, () => undefined, { timeout: -1 }),
        () => api.main(import.meta, () => undefined, { loop: 1 as any }),
        () => api.main(import.meta, () => undefined, { loop: "no_such_module" }),
        () => api.main(import.meta, () => undefined, { loop: api.python.builtins.int as any }),
      ]) {
        try { attempt(); } catch (error: any) { codes.push(error.code); }
      }
      console.log(codes.join(" "));`;
    ends(0, `${Array.from({ length: 6 }, () => "bad-argument").join(" ")}\n`)(await run(source));
  });
}

function prefixOf({ program }: Capabilities): string {
  assert.ok(has(program));
  return program.prefix;
}
