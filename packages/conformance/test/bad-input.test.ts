import { runBadInput } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runBadInput(capabilities);
