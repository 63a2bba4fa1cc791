/** A Python program on the process's main thread, and the worker that runs JS for it. */
import { callBridge } from "../environment/bridge-functions.ts";
import { InterloopError } from "../errors.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import { handOver } from "../loop/hand-over.ts";
import { obey } from "./main-worker.ts";
import { ensure } from "../start/start.ts";

/** What is to be run, as on the command line of `python3`. */
export interface PythonProgram {
  readonly mode: "script" | "module" | "command" | "stdin" | "interactive";
  /** The path of the script, the name of the module, or the text of the command. */
  readonly value: string;
  /** `sys.argv`. */
  readonly argv: readonly string[];
  /** Go on with a prompt when it has ended. */
  readonly interactive: boolean;
  /** Write output at once. */
  readonly unbuffered: boolean;
  /** What runs another one: the executable, and the arguments that come before the program's. */
  readonly command: readonly string[];
}

/** Run a program on this thread, and JS in a worker that evaluates `url` meanwhile; it calls {@link servePythonProgram}. The process ends with the program. */
export function runPythonProgram(url: string, program: PythonProgram): never {
  const { handoff, name } = getRuntime();
  if (handoff === undefined) throw new InterloopError("placement-unsupported", `The runtime "${name}" cannot give its main thread to Python`);
  ensure();
  callBridge("prepare_program", JSON.stringify(program));
  return handOver(handoff, url);
}

/** Load the modules that the program imports, until it ends. */
export function servePythonProgram(): void {
  const { main } = sharedState();
  if (main === undefined) throw new InterloopError("bad-argument", "This thread serves no Python program");
  main.began = true;
  callBridge("main_begin", main.target);
  void obey(main, () => undefined);
}
