import { runPytest } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runPytest(capabilities);
