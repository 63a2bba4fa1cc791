#!/usr/bin/env node
/** The command `interloop-node`. */
import { bindingFile } from "@interloop/native";
import { runProgram } from "@interloop/node-shared/cli";
import { loadBinding } from "./binding.ts";

await runProgram({ runtime: "node", url: import.meta.url, loadBinding, bindingFile, install: () => import("./install.ts") });
