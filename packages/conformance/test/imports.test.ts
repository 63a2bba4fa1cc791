import { runImports } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runImports(capabilities);
