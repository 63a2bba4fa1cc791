import { runStubs } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runStubs(capabilities);
