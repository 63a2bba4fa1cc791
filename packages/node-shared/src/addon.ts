import { InterloopError } from "@interloop/core";
import type { LoadOptions, NativeBinding } from "@interloop/core";
import { loadBinding } from "@interloop/native";

/**
 * Load the addon.
 *
 * @throws InterloopError `addon-missing` or `package-missing`, which say where it was looked for, or `permission-denied`.
 */
export function loadAddon(options?: LoadOptions): NativeBinding {
  try {
    return loadBinding(options);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (code !== "addon-missing" && code !== "package-missing" && code !== "permission-denied") throw error;
    throw new InterloopError(code, message);
  }
}
