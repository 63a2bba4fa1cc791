import { runChaos, runRandomExits } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runChaos(capabilities);
runRandomExits(capabilities);
