/** Importing this file installs the adapter, once. It stands apart so that it runs before anything else of the package does. */
import { defineRuntime } from "@interloop/core";
import { prepareHandedWorker, requireRuntime, shareNodeStreams } from "@interloop/node-shared";
import { runtime } from "./adapter.ts";

requireRuntime("node");
defineRuntime(runtime);
shareNodeStreams();
prepareHandedWorker();
