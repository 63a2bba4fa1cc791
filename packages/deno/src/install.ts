/** Importing this file installs the adapter, once. It stands apart so that it runs before anything else of the package does. */
import { defineRuntime } from "@interloop/core";
import { prepareHandedWorker, requireRuntime } from "@interloop/node-shared";
import { runtime } from "./adapter.ts";

requireRuntime("deno");
// Another realm of this thread (a vm context) may have installed it before: the thread is prepared once.
if (defineRuntime(runtime) === runtime) prepareHandedWorker();
