/** Random mixtures of everything, in each placement, in processes of their own: nothing is lost, nothing is wrong, nothing crashes, and all of it ends. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { fileRunner, type Ended } from "../child.ts";
import { minimise, type Attempt } from "./minimise.ts";

// How the mixture runs in each placement, given the function `body`.
const placements = {
  guest: "await body();",
  thread: 'api.init({ placement: "thread" }); await body();',
  main: "api.main(import.meta, body);",
};

/** Registers one test for each placement. INTERLOOP_CHAOS_SEED and INTERLOOP_CHAOS_COUNT choose what runs. */
export function runChaos(capabilities: Capabilities): void {
  const { harness, nightly, program } = capabilities;
  if (!has(program)) {
    harness.skip(`random mixtures (${program.missing})`);
    return;
  }
  const run = fileRunner(capabilities);
  const count = Number(process.env["INTERLOOP_CHAOS_COUNT"] ?? (nightly ? 150_000 : 3000));
  const first = Number(process.env["INTERLOOP_CHAOS_SEED"] ?? (nightly ? Date.now() % 1e6 : 7));
  const deadline = nightly ? 3_600_000 : 120_000;

  for (const [placement, start] of Object.entries(placements)) {
    const attempt = (tried: Attempt): Promise<Ended> => {
      const url = new URL("mixture.ts", import.meta.url).href;
      const options = JSON.stringify({ ...tried, width: 24 });
      return run(
        `
        import { runMixture } from ${JSON.stringify(url)};
        const locate = ${JSON.stringify(program.prefix)}.match(/"(.*)"/)[1];
        const body = async () => console.log("crossings", await runMixture(api, { ...${options}, locate }));
        ${start}`,
        [],
        { deadline },
      );
    };
    harness.test(
      `a random mixture in placement ${placement}, seed ${first}`,
      async () => {
        const failure = await failureOf(attempt({ seed: first, count }));
        if (failure === undefined) return;
        const least = await minimise({ seed: first, count }, async (tried) => (await failureOf(attempt(tried))) !== undefined);
        assert.fail(`${failure}\nThe least that fails as well: ${JSON.stringify(least)}`);
      },
      deadline * (nightly ? 2 : 4),
    );
  }
}

async function failureOf(running: Promise<Ended>): Promise<string | undefined> {
  try {
    const { status, signal, stdout, stderr } = await running;
    if (status === 0 && /^crossings \d+$/m.test(stdout) && stderr === "") return undefined;
    return `status ${status ?? signal}\nstdout: ${stdout.slice(-2000)}\nstderr: ${stderr.slice(-4000)}`;
  } catch (error) {
    return String((error as Error).message).slice(-4000);
  }
}
