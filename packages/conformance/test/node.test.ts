import * as adapter from "@interloop/node";
import { runConformance } from "../src/index.ts";
import { node } from "./node-capabilities.ts";

runConformance(adapter, node);
