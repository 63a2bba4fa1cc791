// As main.js, for a bundle that is told where the Python package is.
import { init, python } from "@interloop/node";

init({ packagePath: process.argv[2] });
void (async () => {
  await python.import("asyncio").sleep(0.01);
  console.log("file", python.import("interloop").__file__);
})();
