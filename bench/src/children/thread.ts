/** Python's loop on a thread of its own: a process for itself, because the placement is chosen once. */
import process from "node:process";
import { init } from "@interloop/core";
import { measureElsewhere } from "./elsewhere.ts";

init({ placement: "thread" });
await measureElsewhere(process.argv[2] ?? "");
