import { runForks } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runForks(capabilities);
