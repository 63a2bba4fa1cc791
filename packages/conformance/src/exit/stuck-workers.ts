/** The process ends although a worker is inside a call of Python that does not return. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { fileRunner } from "../child.ts";

const calls: Readonly<Record<string, string>> = {
  "a lock that nobody releases": "__import__('threading').Event().wait()",
  "a loop without an end": "next(n for n in __import__('itertools').count() if n < 0)",
};

const ends: Readonly<Record<string, readonly [end: string, status: number]>> = {
  "process.exit()": ["process.exit(3)", 3],
  "the end of the main thread": ["process.exitCode = 4; worker.unref();", 4],
};

const mains: Readonly<Record<string, string>> = { "has used Python": `api.python.import("math");`, "has not": "" };

/** Registers the tests of workers that are stuck in Python. */
export function runStuckWorkers(capabilities: Capabilities): void {
  const { harness, program } = capabilities;
  if (!has(program)) {
    harness.skip(`workers that are stuck in Python (${program.missing})`);
    return;
  }
  const run = fileRunner(capabilities);
  harness.describe("a worker is stuck in Python", () => {
    for (const [call, code] of Object.entries(calls)) {
      for (const [end, [source, status]] of Object.entries(ends)) {
        for (const [used, main] of Object.entries(mains)) {
          harness.test(
            `in ${call}: ${end} ends the process; the main thread ${used}`,
            async () => {
              const ended = await run(`
                import { isMainThread, parentPort, Worker } from "node:worker_threads";
                if (isMainThread) {
                  ${main}
                  const worker = new Worker(new URL(import.meta.url));
                  worker.once("message", () => { console.log("inside"); setTimeout(() => { ${source} }, 100); });
                } else {
                  api.python.import("math");
                  parentPort.postMessage("now");
                  setTimeout(() => api.python.eval(${JSON.stringify(code)}), 1);
                }`);
              assert.deepEqual([ended.stdout, ended.status, ended.signal], ["inside\n", status, null], ended.stderr);
              assert.match(ended.stderr, /^(interloop: the process ends while Python runs on the thread of a worker, which cannot be stopped there\n)?$/);
            },
            40_000,
          );
        }
      }
    }
  });
}
