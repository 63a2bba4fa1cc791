// Runs a file under a Node that takes the sources as they are: node scripts/with-node.mjs [22|24|26] <args...>
import { nodeBinary, nodeLines, sourceFlags } from "./node-binary.mjs";
import { become } from "./run-child.mjs";

const args = process.argv.slice(2);
const line = nodeLines.includes(args[0]) ? args.shift() : process.env.INTERLOOP_NODE || undefined;
try {
  become([nodeBinary(line), ...sourceFlags, ...args]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
