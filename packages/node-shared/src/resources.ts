import process from "node:process";
import { activeResources } from "@interloop/core/handoff";

interface Resources {
  getActiveResourcesInfo?: () => string[];
}

/** Let `process.getActiveResourcesInfo()` name what of Python keeps the process alive, where the runtime has that function. */
export function nameResources(): void {
  const own = process as Resources;
  const original = own.getActiveResourcesInfo;
  if (typeof original !== "function") return;
  own.getActiveResourcesInfo = () => [...original.call(process), ...activeResources()];
}
