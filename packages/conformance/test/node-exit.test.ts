import { runExits } from "../src/index.ts";
import { node } from "./node-capabilities.ts";

runExits(node);
