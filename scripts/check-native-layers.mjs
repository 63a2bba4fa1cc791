// Holds the folders of the addon: node scripts/check-native-layers.mjs prints what breaks them.
//
// A file of native/src includes from its own folder and from folders below. `upward` lists the includes that still go up, each with the folder that it goes to: one that is not listed is an error, and so is one that is
// listed and is gone.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Top first.
const folders = ["api", "process", "remote", "streams", "await", "loop", "interpreter", "values", "environment", "cpython", "platform"];

const upward = new Set([
  "await/guest_tasks.cc -> remote/remote_loop.h",
  "await/js_promise.cc -> remote/remote_loop.h",
  "await/pending_promises.h -> remote/loop_mailbox.h",
  "await/promise_cancellation.cc -> remote/remote_loop.h",
  "await/task_driver.cc -> remote/remote_loop.h",
  "environment/context.cc -> values/js_object.h",
  "environment/environment.cc -> await/pending_promises.h",
  "environment/environment.cc -> remote/async_call.h",
  "environment/environment.cc -> values/errors.h",
  "environment/environment.cc -> values/value_to_js.h",
  "environment/ref_table.cc -> loop/main_frame.h",
  "interpreter/interpreter_end.cc -> remote/remote_loop.h",
  "loop/current_loop.cc -> remote/loop_mailbox.h",
  "loop/guest.cc -> await/js_promise.h",
  "loop/guest.cc -> await/pending_promises.h",
  "loop/guest.cc -> remote/async_call.h",
  "loop/guest.cc -> remote/remote_loop.h",
  "loop/guest.h -> await/task_driver.h",
  "loop/guest.h -> remote/js_mailbox.h",
  "loop/guest.h -> remote/remote_tasks.h",
  "remote/js_mailbox.cc -> process/process_changes.h",
  "values/js_buffer.cc -> remote/sync_call.h",
  "values/js_iterator.cc -> remote/js_mailbox.h",
  "values/js_object.cc -> await/js_promise.h",
  "values/js_object.cc -> remote/remote_call.h",
]);

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
