import { runPrograms } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runPrograms(capabilities);
