import type { NativeBinding } from "@interloop/core";
import { loadBinding as load } from "@interloop/native";

/** Load the addon. */
export function loadBinding(): NativeBinding {
  return load();
}
