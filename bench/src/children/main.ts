/** Python's loop on the process's main thread, this program in a worker. */
import process from "node:process";
import { main } from "@interloop/core";
import { measureElsewhere } from "./elsewhere.ts";

main(import.meta, () => measureElsewhere(process.argv[2] ?? ""));
