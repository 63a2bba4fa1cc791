/** How Python is to be found and run: the choice that is made once. */
import { describe, handleOf } from "../environment/refs.ts";
import type { InitOptions, Placement } from "./contract.ts";
import { InterloopError } from "../errors.ts";
import { refuseOtherPools, validatePools } from "./pools.ts";
import { sharedState } from "./runtime.ts";

/** The placement that was chosen. */
export function placement(): Placement {
  return placementOf(sharedState().options ?? {});
}

function placementOf({ placement, loop }: InitOptions): Placement {
  return placement ?? (loop === undefined ? "guest" : "thread");
}

/**
 * Choose how Python is found and run, before it is first used. Nothing starts yet: that happens on first use. The same choice can be made again; Python may run already when only the placement is chosen, but not the loop.
 * Mirrors `pyo3_async_runtimes::tokio::init`.
 *
 * @throws InterloopError `already-initialized` after another choice, or once Python runs with another one; `bad-argument` for unknown options or values. What makes no loop is `bad-argument` when the loop is first needed.
 * @example
 * ```ts
 * import { init, python } from "@interloop/node";
 *
 * init({ placement: "guest" });
 * console.log(python.import("sys").version_info.major); // 3
 * ```
 */
export function init(options: InitOptions = {}): void {
  const chosen = validated(options);
  const shared = sharedState();
  const before = shared.options ?? (shared.environment?.info === undefined ? undefined : {});
  if (before === undefined) {
    shared.options = chosen;
    return;
  }
  const executable = shared.environment?.info?.executable;
  refuseOtherPools(chosen.pools, before.pools);
  if (chosen.python !== undefined && chosen.python !== before.python && chosen.python !== executable) {
    const now = executable ?? before.python ?? "the one found by itself";
    throw new InterloopError(
      "already-initialized",
      `interloop is already initialized with the Python "${now}"; call init() once, before anything else, not again with "${chosen.python}"`,
    );
  }
  if (chosen.packagePath !== undefined && chosen.packagePath !== before.packagePath) {
    throw new InterloopError(
      "already-initialized",
      `interloop is already initialized with ${before.packagePath === undefined ? "no packagePath" : `the packagePath "${before.packagePath}"`}; call init() once, before anything else, not again with "${chosen.packagePath}"`,
    );
  }
  // Python runs, but there is no loop yet.
  if (shared.options === undefined && shared.environment?.loop === undefined) shared.options = chosen;
  else if (!samePlacement(chosen, before)) {
    throw new InterloopError("already-initialized", "interloop is already initialized with another placement or loop; call init() once, before anything else");
  }
}

function samePlacement(chosen: InitOptions, before: InitOptions): boolean {
  const { placement = chosen.loop === undefined ? undefined : "thread", loop } = chosen;
  const now = placementOf(before);
  return (placement === undefined || placement === now) && (loop === undefined || loop === (before.loop ?? (now === "thread" ? "asyncio" : undefined)));
}

const OPTIONS: ReadonlySet<string> = new Set(["python", "packagePath", "placement", "loop", "pools"]);

function validated(options: InitOptions): InitOptions {
  if (typeof options !== "object" || options === null) throw new InterloopError("bad-argument", "init takes an object of options");
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw new InterloopError("bad-argument", `init has no option "${name}"; it has ${[...OPTIONS].join(", ")}`);
  }
  const { python, packagePath, placement, loop } = options;
  if (python !== undefined && (typeof python !== "string" || python === "")) {
    throw new InterloopError("bad-argument", 'The option "python" must be the path or the name of a Python executable');
  }
  if (packagePath !== undefined && (typeof packagePath !== "string" || packagePath === ""))
    throw new InterloopError("bad-argument", 'The option "packagePath" must be the path of a folder');
  if (placement !== undefined && placement !== "guest" && placement !== "thread")
    throw new InterloopError("bad-argument", `The option "placement" must be "guest" or "thread", not "${String(placement)}"`);
  if (loop !== undefined && (typeof loop === "string" ? loop === "" : handleOf(loop) === undefined))
    throw new InterloopError("bad-argument", `The option "loop" must be a name or the handle of what makes a loop, not ${describe(loop)}`);
  if (loop !== undefined && placement === "guest")
    throw new InterloopError("bad-argument", 'The option "loop" needs the placement "thread": a guest is always an interloop.GuestLoop');
  validatePools(options.pools);
  return options;
}
