import { runMain } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runMain(capabilities);
