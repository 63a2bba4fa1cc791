/** What Deno's permissions leave to the workers of `spawnBlocking`. */
import { InterloopError } from "@interloop/core";
import type { WorkerJob } from "@interloop/core";
import { VARIABLES } from "./binding.ts";

const isGranted = (descriptor: Deno.PermissionDescriptor): boolean => Deno.permissions.querySync(descriptor).state === "granted";

/** The environment of the workers. Where the program may not read all variables, they get those of interloop: what runs there asks for others, and would be ended for it. */
export function workerVariables(): Readonly<Record<string, string>> | undefined {
  if (isGranted({ name: "env" })) return undefined;
  const readable = VARIABLES.filter((variable) => isGranted({ name: "env", variable }));
  return Object.fromEntries(readable.flatMap((name) => [[name, Deno.env.get(name)]]).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

/** A worker loads files: without leave to read any, it says nothing that would help. */
export function checked(run: (job: WorkerJob) => Promise<unknown>): (job: WorkerJob) => Promise<unknown> {
  return async (job) => {
    const { state } = Deno.permissions.querySync({ name: "read" });
    // Limited to some paths it may be enough.
    if (state !== "granted" && !(await mayReadOwnFiles())) {
      throw new InterloopError(
        "permission-denied",
        'Deno does not let interloop start a worker: run with "--allow-read" to load the files of the packages (their folder is enough), and with "--allow-ffi" and "--allow-env" for Python in the worker',
      );
    }
    return await run(job);
  };
}

const { url } = import.meta as ImportMeta & { readonly url: string | undefined };

async function mayReadOwnFiles(): Promise<boolean> {
  if (url?.startsWith("file:") !== true) return true;
  return (await Deno.permissions.query({ name: "read", path: decodeURIComponent(url.slice("file://".length)) })).state === "granted";
}
