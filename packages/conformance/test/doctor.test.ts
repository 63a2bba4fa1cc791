import { runDoctor } from "../src/index.ts";
import { capabilities } from "./under-test.ts";

runDoctor(capabilities);
