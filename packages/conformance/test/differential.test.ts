import { runDifferential } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runDifferential(capabilities);
