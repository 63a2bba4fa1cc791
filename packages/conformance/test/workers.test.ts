import { runWorkers } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runWorkers(capabilities);
