import * as adapter from "@interloop/node";
import { runStress } from "../src/index.ts";
import { node } from "./node-capabilities.ts";

runStress(adapter, node);
