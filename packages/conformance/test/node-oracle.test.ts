import * as adapter from "@interloop/node";
import { runOracle } from "../src/index.ts";
import { node } from "./node-capabilities.ts";

runOracle(adapter, node);
