import { runConformance } from "../src/index.ts";
import { adapter, capabilities } from "./under-test.ts";

runConformance(adapter, capabilities);
