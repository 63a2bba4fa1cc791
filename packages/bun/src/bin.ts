#!/usr/bin/env bun
/** The command `interloop-bun`. */
import { bindingFile } from "@interloop/native";
import { runProgram } from "@interloop/node-shared/cli";
import { loadBinding } from "./binding.ts";

await runProgram({ runtime: "bun", url: import.meta.url, loadBinding, bindingFile, install: () => import("./install.ts") });
