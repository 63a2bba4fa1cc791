import { runTypes } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runTypes(capabilities);
