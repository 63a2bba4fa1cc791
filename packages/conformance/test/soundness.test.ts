import { runSoundness } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runSoundness(capabilities);
