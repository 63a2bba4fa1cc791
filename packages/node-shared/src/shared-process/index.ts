/** What each runtime has to do so that Python and JS see each other's changes of the process. */
import type { ProcessSharing, ProcessTools } from "@interloop/core";
import { shareEnvironment } from "./bun-environment.ts";
import { folderChanged, zoneChanged } from "./folder.ts";
import { takeDenoSignal, takeNodeSignal, watchBunSignals, watchDenoSignals, watchSignals } from "./signals.ts";
import { shareBunStreams } from "./streams.ts";

/** In Node. Its streams are shared when the adapter is installed. */
export const nodeProcess: ProcessSharing = {
  start: ({ signalChanged }) => watchSignals((signal, listens) => signalChanged(signal, listens, true)),
  takeSignal: takeNodeSignal,
  folderChanged,
  zoneChanged,
};

/** In Deno, which neither changes descriptors nor remembers the folder, and whose handler of a signal stays and does what the system would. */
export const denoProcess: ProcessSharing = {
  start: ({ signalChanged }) => watchDenoSignals((signal, listens) => signalChanged(signal, listens, false)),
  takeSignal: takeDenoSignal,
  zoneChanged,
};

/** In Bun. */
export const bunProcess: ProcessSharing = {
  start(tools: ProcessTools): void {
    shareBunStreams(tools.setBlocking);
    shareEnvironment(tools);
    watchBunSignals((signal, listens) => tools.signalChanged(signal, listens, true));
  },
  folderChanged,
  zoneChanged,
};
