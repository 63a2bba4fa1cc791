import { InterloopError } from "@interloop/core";
import type { LoadOptions, NativeBinding } from "@interloop/core";
import { loadAddon } from "@interloop/node-shared";

// The variables that the loader reads. Python needs no permission of Deno's for its own.
export const VARIABLES: readonly string[] = ["INTERLOOP_BINARY", "INTERLOOP_NATIVE"];

// https://docs.deno.com/runtime/fundamentals/security/#permissions
const purposes = {
  env: `"--allow-env" to choose a build of the addon ("--allow-env=${VARIABLES.join(",")}" is enough)`,
  read: '"--allow-read" to find the addon (the folder of the packages is enough)',
  ffi: '"--allow-ffi" to load the addon (its path is enough)',
};

/**
 * Load the addon. On a terminal, Deno asks for the permissions that it was not started with.
 *
 * @throws InterloopError `permission-denied`, naming the flags, when Deno does not allow it.
 */
export function loadBinding(options?: LoadOptions): NativeBinding {
  const mayChoose = VARIABLES.every((variable) => Deno.permissions.requestSync({ name: "env", variable }).state === "granted");
  let failure: unknown;
  try {
    const binding = loadAddon(options);
    if (mayChoose) return binding;
  } catch (error) {
    failure = error;
  }
  const missing = (["read", "ffi"] as const).filter((name) => failure !== undefined && isMissing(name, failure));
  if (mayChoose && missing.length === 0) throw failure;
  const flags = [...(mayChoose ? [] : (["env"] as const)), ...missing].map((name) => purposes[name]);
  throw new InterloopError("permission-denied", `Deno does not let interloop load its addon: run with ${flags.join(", and with ")}`, { cause: failure });
}

// A permission may be limited to paths that only the loader knows; what it was refused, its error says.
function isMissing(name: "read" | "ffi", failure: unknown): boolean {
  if (failure instanceof Error && failure.message.includes(`--allow-${name}`)) return true;
  const { state, partial } = Deno.permissions.querySync({ name });
  return state !== "granted" && !partial;
}
