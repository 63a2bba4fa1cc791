// The whole program of the case start/first-result: Node takes it as it is, so that only interloop's own start is measured.
import { python } from "@interloop/node";

await python.import("asyncio").sleep(0);
