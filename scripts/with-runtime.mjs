// Runs a file under a runtime that takes the sources as they are: node scripts/with-runtime.mjs <node|node-22|node-24|node-26|deno|bun> <args...>
import { become } from "./run-child.mjs";
import { runtimeCommand } from "./runtimes.mjs";

const [name = "", ...args] = process.argv.slice(2);
try {
  become([...runtimeCommand(name), ...args]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
