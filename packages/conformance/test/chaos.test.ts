import { runChaos } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runChaos(capabilities);
