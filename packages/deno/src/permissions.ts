import type { PermissionState } from "@interloop/node-shared/cli";

// What interloop itself asks of Deno; Python, which Deno does not watch, needs none.
const names = ["read", "env", "ffi"] as const;

/** What Deno allows of what interloop needs. */
export function permissions(): Readonly<Record<string, PermissionState>> {
  const states = names.map((name) => {
    const { state, partial } = Deno.permissions.querySync({ name });
    return [name, partial ? "partial" : state] as const;
  });
  return Object.fromEntries(states);
}

/** Whether this command may start itself. */
export function mayRun(): boolean {
  return Deno.permissions.querySync({ name: "run", command: Deno.execPath() }).state === "granted";
}
