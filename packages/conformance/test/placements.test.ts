import { runPlacements } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runPlacements(capabilities);
