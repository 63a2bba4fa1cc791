#!/usr/bin/env -S deno run --allow-all
/** The command `interloop-deno`. */
import { bindingFile } from "@interloop/native";
import { runProgram } from "@interloop/node-shared/cli";
import { loadBinding } from "./binding.ts";
import { command } from "./command.ts";
import { mayRun, permissions } from "./permissions.ts";

// @types/deno declares the namespace alone.
const { url } = import.meta as unknown as { url: string };

await runProgram({ runtime: "deno", url, loadBinding, bindingFile, install: () => import("./install.ts"), permissions, mayRun, command });
