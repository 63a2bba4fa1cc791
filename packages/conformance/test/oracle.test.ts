import { runOracle } from "../src/index.ts";
import { adapter, capabilities } from "./under-test.ts";

runOracle(adapter, capabilities);
