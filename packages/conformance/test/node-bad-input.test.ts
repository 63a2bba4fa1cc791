import { runBadInput } from "../src/index.ts";
import { node } from "./node-capabilities.ts";

runBadInput(node);
