// Runs a file under a Node that takes the sources as they are: node scripts/with-node.mjs [22|24|26] <args...>
import { spawn } from "node:child_process";
import { nodeBinary, nodeLines, sourceFlags } from "./node-binary.mjs";

const args = process.argv.slice(2);
const line = nodeLines.includes(args[0]) ? args.shift() : process.env.INTERLOOP_NODE || undefined;

let binary;
try {
  binary = nodeBinary(line);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const child = spawn(binary, [...sourceFlags, ...args], { stdio: "inherit" });
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
