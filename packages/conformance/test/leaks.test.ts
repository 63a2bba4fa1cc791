import { runLeaks } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runLeaks(capabilities);
