import { runCurrentLoop } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runCurrentLoop(capabilities);
