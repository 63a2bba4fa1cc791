/** The standard streams of the worker of placement `main`: those that a runtime gives to workers go through the main thread, which does not listen. */
import { Console } from "node:console";
import { createReadStream, fstatSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import process from "node:process";
import { type Readable, Writable } from "node:stream";
import { isatty, ReadStream, WriteStream } from "node:tty";
import { runningRuntime } from "./detect-runtime.ts";

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Write all of it before this returns, also to a pipe that is full. */
export function writeAll(descriptor: number, data: string | Uint8Array): void {
  let rest = typeof data === "string" ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

class SyncStream extends Writable {
  readonly fd: number;

  constructor(descriptor: number) {
    super({ decodeStrings: true });
    this.fd = descriptor;
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      writeAll(this.fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  // As of the process's own: nobody can close them.
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
  }
}

function output(descriptor: number): Writable {
  return isatty(descriptor) ? new WriteStream(descriptor) : new SyncStream(descriptor);
}

function input(): Readable {
  if (isatty(0)) return new ReadStream(0);
  const status = fstatSync(0);
  // Bun's sockets do not read from a pipe that was there before.
  if (runningRuntime() !== "bun" && (status.isFIFO() || status.isSocket())) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream("", { fd: 0, autoClose: false });
}

/** Let this worker's `process.stdin`, `process.stdout`, `process.stderr` and `console` use the descriptors themselves. */
export function ownStreams(): void {
  const streams = { stdin: input, stdout: () => output(1), stderr: () => output(2) };
  for (const [name, make] of Object.entries(streams)) {
    let stream: unknown;
    Object.defineProperty(process, name, { get: () => (stream ??= make()), configurable: true, enumerable: true });
  }
  const own = new Console({ stdout: process.stdout, stderr: process.stderr, colorMode: "auto" });
  for (const name of Object.keys(own) as (keyof Console)[]) {
    if (typeof own[name] === "function") (console as unknown as Record<string, unknown>)[name] = own[name];
  }
}
