import process from "node:process";
import type { NativeBinding } from "@interloop/core";
import type { RuntimeName } from "../detect-runtime.ts";

/** A state of one of Deno's permissions; `partial` when it is limited to some paths or names. */
export type PermissionState = "granted" | "partial" | "prompt" | "denied";

/** What an adapter tells of itself to the commands. */
export interface Program {
  /** The runtime that the adapter is for. */
  readonly runtime: RuntimeName;
  /** The URL of a file of the adapter: packages are found from there. */
  readonly url: string;
  loadBinding(): NativeBinding;
  /** The file that `loadBinding` has loaded. */
  bindingFile(): string | undefined;
  /** Install the adapter. */
  install(): Promise<unknown>;
  /** What starts this command again, where its executable and its own arguments do not say it. */
  command?(): readonly string[];
  /** Whether it allows to start this command again, where it is one that asks. */
  mayRun?(): boolean;
  /** What the runtime allows, where it is one that asks. */
  permissions?(): Readonly<Record<string, PermissionState>>;
}

/** What starts this command again. */
export function ownCommand(program: Program): readonly string[] {
  return program.command?.() ?? [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
}
