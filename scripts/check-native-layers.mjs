// Holds the folders of the addon: node scripts/check-native-layers.mjs prints what breaks them.
//
// A file of native/src includes from its own folder and from folders below. `upward` lists the includes that still go up, each with the folder that it goes to: one that is not listed is an error, and so is one that is
// listed and is gone.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Top first.
const folders = ["api", "process", "remote", "streams", "await", "loop", "interpreter", "values", "environment", "cpython", "platform"];

const upward = new Set(["loop/guest.h -> remote/remote_tasks.h"]);

/** The faults in `files`, a map of paths below native/src (`folder/file`) to their text. */
export function checkNativeLayers(files, allowed = upward) {
  const faults = [];
  const left = new Set(allowed);
  for (const [path, text] of files) {
    const [folder, name] = path.split("/");
    const floor = folders.indexOf(folder);
    if (floor === -1 || name === undefined) {
      faults.push(`${path}: the file is in no folder of the addon`);
      continue;
    }
    for (const [, target] of text.matchAll(/^#include "([^"]+)"/gm)) {
      const to = folders.indexOf(target.split("/")[0]);
      const arrow = `${path} -> ${target}`;
      if (to === -1) faults.push(`${path}: "${target}" is in no folder of the addon: name the folder`);
      else if (to < floor && !left.delete(arrow) && !allowed.has(arrow))
        faults.push(`${path}: "${folder}" must not include back up into "${folders[to]}" (${target})`);
    }
  }
  for (const arrow of left) faults.push(`${arrow}: this include is gone: take it from the list`);
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = join(dirname(dirname(process.argv[1])), "native", "src");
  const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => /\.(cc|h)$/.test(name));
  const files = new Map(names.map((name) => [name.split("\\").join("/"), readFileSync(join(source, name), "utf8")]));
  const faults = checkNativeLayers(files);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log(`Folders of the addon: ${files.size} files, ${upward.size} includes that still go up`);
}
