import { runCrashSignals } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runCrashSignals(capabilities);
