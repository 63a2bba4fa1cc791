// Checks the model of the wake protocol (native/model/mailbox.pml) with spin: what must hold holds, and each mutation is found.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

const model = join(root, "native", "model", "mailbox.pml");
const variants = [
  { defines: [], holds: true },
  { defines: ["EVENTFD"], holds: true },
  { defines: ["LOSES", "WATCHDOG"], holds: true },
  { defines: ["TAKE_FIRST"], holds: false },
  { defines: ["STOP_POLLING"], holds: false },
  { defines: ["EVENTFD", "READ_LATE"], holds: false },
  { defines: ["LOSES"], holds: false },
];

function run(cwd, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error || status !== 0) throw new Error(`"${command}" failed: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** Whether every letter is opened, however the processes interleave. */
function check(defines) {
  const directory = mkdtempSync(join(tmpdir(), "interloop-model-"));
  try {
    run(directory, "spin", ...defines.map((name) => `-D${name}`), "-a", model);
    run(directory, process.env.CC || "cc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c");
    const [, errors] = /errors: (\d+)/.exec(run(directory, "./pan")) ?? [];
    if (errors === undefined) throw new Error("spin gave no verdict");
    return errors === "0";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (spawnSync("spin", ["-V"]).error) {
  console.log('Model: "spin" is not installed (on Debian "apt-get install spin"), so the model was not checked');
} else {
  for (const { defines, holds } of variants) {
    const held = check(defines);
    console.log(`${held === holds ? "ok  " : "FAIL"} ${defines.join(" ") || "as it stands"}: ${held ? "holds" : "a letter is left lying"}`);
    if (held !== holds) process.exitCode = 1;
  }
}
