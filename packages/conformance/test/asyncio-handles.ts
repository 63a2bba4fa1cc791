// Imported before the adapter: the guest loop then works with asyncio's own Handles instead of the addon's.
import { runningRuntime } from "@interloop/node-shared";

const name = "INTERLOOP_NATIVE_HANDLES";
process.env[name] = "0";

// In Bun the environment of JS is not that of C, which the addon reads: https://github.com/oven-sh/bun/issues/42891
if (runningRuntime() === "bun") {
  const ffi = "bun:ffi";
  const { dlopen } = (await import(ffi)) as {
    dlopen(file: string, symbols: object): { symbols: { setenv(name: Buffer, value: Buffer, overwrite: number): number } };
  };
  const libc = process.platform === "darwin" ? "libSystem.dylib" : "libc.so.6";
  const { setenv } = dlopen(libc, { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } }).symbols;
  setenv(Buffer.from(`${name}\0`), Buffer.from("0\0"), 1);
}
