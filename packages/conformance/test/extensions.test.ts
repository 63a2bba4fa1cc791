import { runExtensions } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runExtensions(capabilities);
