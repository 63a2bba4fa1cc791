// The whole program of the cases about the start: no runtime has types to strip here, so that only interloop's own start is measured.
import { python } from "@interloop/node";

await python.import("asyncio").sleep(0);
