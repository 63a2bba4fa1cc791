import { runStress } from "../src/index.ts";
import { adapter, capabilities } from "./under-test.ts";

runStress(adapter, capabilities);
