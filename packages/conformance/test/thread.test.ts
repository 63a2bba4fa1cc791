import { runThread } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runThread(capabilities);
