// Runs the examples of one file, one after the other, in a process of their own: a fresh one per file, started by node.mjs with the list as its only argument.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { format, promisify } from "node:util";
import { setTimeout as delay } from "node:timers/promises";

const examples = JSON.parse(process.argv[2]);
let printed = [];
console.log = (...values) => printed.push(format(...values));

const matches = (line, said) => line === said || said.startsWith(`${line}: `);

function unmet(expectations) {
  const left = [...printed];
  return expectations.filter(({ said }) => {
    const index = left.findIndex((line) => matches(line, said));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

async function runProgram(url) {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, fileURLToPath(url)]);
  printed = stdout.trimEnd().split("\n");
}

async function run({ url, expectations, program }) {
  printed = [];
  await (program ? runProgram(url) : import(url));
  // What is printed by a callback may come a little later.
  for (let waited = 0; waited < 500 && unmet(expectations).length > 0; waited += 10) await delay(10);
  const missing = unmet(expectations);
  if (missing.length === 0) return undefined;
  const wanted = missing.map(({ line, said }) => `line ${line}: ${said}`).join("\n");
  return `it did not print\n${wanted}\nit printed\n${printed.join("\n")}`;
}

for (const [index, example] of examples.entries()) {
  process.send({ begin: index });
  let failure;
  try {
    failure = await run(example);
  } catch (error) {
    failure = format(error);
  }
  process.send({ end: index, failure });
}
// No process.exit(): examples that keep the process alive are wrong.
