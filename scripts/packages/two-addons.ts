// A program with two copies of the addon in it: the one that came second refuses, and the first goes on as before.
import { strictEqual } from "node:assert";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { python } from "@interloop/node";

if (isMainThread) {
  const { sleep } = python.import("asyncio");
  strictEqual(await sleep(0.01, "before"), "before");
  process.env["INTERLOOP_BINARY"] = process.argv[2];
  const worker = new Worker(new URL(import.meta.url));
  const code = await new Promise((resolve) => worker.once("message", resolve));
  await worker.terminate();
  strictEqual(code, "addon-twice");
  strictEqual(await sleep(0.01, "after"), "after");
  console.log("one addon");
} else {
  try {
    python.import("asyncio");
    parentPort?.postMessage("no error");
  } catch (error) {
    parentPort?.postMessage((error as { code?: string }).code ?? String(error));
  }
}
