import { InterloopError } from "@interloop/core";
import type { NativeBinding } from "@interloop/core";
import { loadBinding as load } from "@interloop/native";

// The variables that the loader reads. Python itself needs no permission for its own.
const VARIABLES = ["INTERLOOP_BINARY", "INTERLOOP_NATIVE"];

// https://docs.deno.com/runtime/fundamentals/security/#permissions
const purposes: Readonly<Record<string, string>> = {
  env: `"--allow-env=${VARIABLES.join(",")}" to choose a build of the addon`,
  ffi: '"--allow-ffi" to load the addon; it can be limited to the addon\'s path',
  read: '"--allow-read" to find the addon; it can be limited to the folders of the packages',
};

/**
 * Load the addon. On a terminal, Deno asks for the permissions that it was not started with.
 *
 * @throws InterloopError `permission-denied`, naming the flags, when Deno does not allow it.
 */
export function loadBinding(): NativeBinding {
  const missing = VARIABLES.every(mayRead) ? [] : ["env"];
  if (missing.length > 0) throw refused(missing);
  try {
    return load();
  } catch (error) {
    throw explain(error);
  }
}

function mayRead(variable: string): boolean {
  return Deno.permissions.requestSync({ name: "env", variable }).state === "granted";
}

// Permissions may be limited to paths that only the loader knows, so what counts is what Deno said to it.
function explain(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  const missing = ["read", "ffi"].filter((name) => message.includes(`--allow-${name}`));
  return missing.length === 0 ? error : refused(missing, error);
}

function refused(missing: readonly string[], cause?: unknown): InterloopError {
  const flags = missing.map((name) => purposes[name]);
  return new InterloopError("permission-denied", `Deno does not let interloop load its addon; run with ${flags.join(", and with ")}`, { cause });
}
