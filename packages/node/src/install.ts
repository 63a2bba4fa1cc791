/** Importing this file installs the adapter, once. It stands apart so that it runs before anything else of the package does. */
import { defineRuntime } from "@interloop/core";
import { prepareHandedWorker, requireRuntime, shareNodeStreams } from "@interloop/node-shared";
import { runtime } from "./adapter.ts";
import { limitExit } from "./exit-limit.ts";
import { copyUncaughtErrors } from "./worker-errors.ts";

requireRuntime("node");
// Another realm of this thread (a vm context) may have installed it before: the process is prepared once.
if (defineRuntime(runtime) === runtime) {
  shareNodeStreams();
  prepareHandedWorker();
  copyUncaughtErrors();
  limitExit();
}
