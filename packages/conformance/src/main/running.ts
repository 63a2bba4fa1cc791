/** What runs where, and how the two sides reach each other. */
import type { Capabilities } from "../capabilities.ts";
import { fileRunner } from "../child.ts";
import { ends, withMain } from "./program.ts";

export function running(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const run = fileRunner(capabilities);

  for (const [loop, kind] of [
    ["asyncio", "asyncio"],
    ["uvloop", "uvloop"],
    ["interloop.GuestLoop", "interloop"],
  ]) {
    harness.test(`Python runs on the main thread: ${loop}`, async () => {
      const body = `
        console.log(JSON.stringify(api.python.toJs(await m.where())), m.on_main());
        await Promise.all([1, 2, 3].map(async () => api.python.import("asyncio").sleep(0.01)));
        console.log(api.python.is(api.getCurrentLoop(), locals.eventLoop), signal.aborted);`;
      ends(0, `[true,"${kind}"] false\ntrue false\n`)(await run(withMain(body, `{ loop: "${loop}" }`)));
    });
  }

  harness.test("Python awaits JS, and cancels it", async () => {
    const body = `
      const { twice, slow } = api.pymodule("exports_of_main", {
        twice: async (x: number) => { await new Promise((resolve) => setTimeout(resolve, 5)); return 2 * x; },
        slow: () => (told = untilAborted(api.getCurrentSignal())),
      }) as any;
      let told: Promise<void> | undefined;
      async function untilAborted(signal: AbortSignal) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        console.log("JS was told:", signal.reason.name);
      }
      console.log(await m.call(twice, 21));
      const asyncio = api.python.import("asyncio");
      await Promise.resolve(asyncio.wait_for(m.call(slow), 0.02)).catch((error: Error) => console.log(error.name));
      await told;`;
    const ended = await run(withMain(body));
    ends(0, ended.stdout.startsWith("42\nTimeout") ? "42\nTimeoutError\nJS was told: AbortError\n" : "42\nJS was told: AbortError\nTimeoutError\n")(ended);
  });

  harness.test("JS goes on while Python computes on the main thread", async () => {
    const body = `
      let ticks = 0;
      const interval = setInterval(() => { if (++ticks === 10) m.told = true; }, 1);
      await m.spin();
      clearInterval(interval);
      console.log(ticks >= 10);`;
    const before = `api.python.exec("told = False\\nasync def spin():\\n    while not told: pass", m.__dict__);`;
    ends(0, "true\n")(await run(withMain(body, "{}", before)));
  });

  const childrenOfBoth = async (loop: string): Promise<void> => {
    const body = `
      const { spawn } = await import("node:child_process");
      const child = (): Promise<number | null> => new Promise((resolve) => spawn(process.execPath, ["-e", "process.exit(3)"], { stdio: "ignore" }).on("exit", resolve));
      const results = await Promise.all([child(), m.child(), child(), m.child()]);
      console.log(results.join(" "));`;
    const before = `api.python.exec("async def child():\\n    process = await asyncio.create_subprocess_exec(sys.executable, '-c', 'import sys; sys.exit(4)')\\n    return await process.wait()", m.__dict__);`;
    ends(0, "3 4 3 4\n")(await run(withMain(body, `{ loop: "${loop}" }`, before)));
  };
  for (const loop of ["asyncio", "uvloop"]) harness.test(`children of both sides at once: ${loop}`, () => childrenOfBoth(loop));
}
