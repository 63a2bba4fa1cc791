import { spawn } from "node:child_process";

/** Runs a command in the place of this process: its output, the signals that are sent here, and how it ends. */
export function become([binary, ...args], env = process.env) {
  const child = spawn(binary, args, { stdio: "inherit", env });
  const passOn = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"];
  for (const signal of passOn) process.on(signal, () => child.kill(signal));
  // A terminal sends its interrupt to the child as well, and twice means something else to many programs.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));

  child.on("error", (error) => {
    console.error(`"${binary}" could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of [...passOn, "SIGINT"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
