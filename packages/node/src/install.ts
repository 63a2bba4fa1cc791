/** Importing this file installs the adapter, once. It stands apart so that it runs before anything else of the package does. */
import { defineRuntime, InterloopError } from "@interloop/core";
import { runtime } from "./adapter.ts";

const { versions } = process as { versions: Record<string, string | undefined> };
for (const other of ["deno", "bun"]) {
  if (versions[other] !== undefined)
    throw new InterloopError(
      "wrong-runtime",
      `This is ${other === "deno" ? "Deno" : "Bun"}, not Node; import "@interloop/${other}" instead of "@interloop/node"`,
    );
}
defineRuntime(runtime);
