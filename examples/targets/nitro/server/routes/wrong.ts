import { python } from "@interloop/node";

export default eventHandler(() => python.import("math"));
