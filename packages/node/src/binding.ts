import type { LoadOptions, NativeBinding } from "@interloop/core";
import { loadAddon } from "@interloop/node-shared";

/** Load the addon. */
export function loadBinding(options?: LoadOptions): NativeBinding {
  return loadAddon(options);
}
