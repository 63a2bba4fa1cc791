/** What Python tells JS of the process that both share. */
import { Operation } from "../binding.ts";
import { binding } from "../environment/environment.ts";
import { getRuntime } from "../runtime/runtime.ts";

/** `Environment.ofProcess`. */
export function ofProcess(operation: number, id: number, folder: unknown, zone: unknown): void {
  const sharing = getRuntime().process;
  if (operation === Operation.runSignals) getRuntime().asyncContext.root(runSignals);
  else if (operation === Operation.takeSignal) sharing?.takeSignal?.(id);
  else {
    if (folder !== undefined) sharing?.folderChanged?.(folder as string);
    if (zone === true) sharing?.zoneChanged?.();
  }
}

/** What the handlers raise is nobody's to catch. */
function runSignals(): void {
  try {
    binding.runSignals();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
