import { runExits } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runExits(capabilities);
