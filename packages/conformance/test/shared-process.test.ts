import { runSharedProcess } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runSharedProcess(capabilities);
