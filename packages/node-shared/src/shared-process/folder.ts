/** The working folder and the time zone, which runtimes remember. */
import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** Python has changed the working folder to this one. */
export function folderChanged(folder: string): void {
  if (isMainThread) {
    process.chdir(folder);
    return;
  }
  // A worker may not change it, and remembers what the main thread has told last.
  process.cwd = () => folder;
}

/** Python has taken up another time zone: setting the variable is what makes a runtime look. */
export function zoneChanged(): void {
  const { TZ: zone } = process.env;
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
}
