/**
 * The standard streams of a process that Python shares.
 *
 * The problem: Node (and Bun, once `process.stdout` is used) makes pipes non-blocking. That flag belongs to the open file, so Python and every child process of Python's have it too: their reads and
 * writes then fail or lose text. And what does not fit into the pipe JS writes later, after what Python prints next.
 * What is done: output blocks, as it does on files and terminals, and as Node documents it for pipes on Linux. Input is non-blocking exactly while JS reads it, which the event loop needs.
 */
import process from "node:process";
import { Writable } from "node:stream";
import { isMainThread } from "node:worker_threads";
import { writeAll } from "../stdio.ts";

/** What `process.stdout` and the like have in Node where libuv serves them: pipes, sockets and terminals. */
interface Handle {
  setBlocking?(blocking: boolean): number;
  readStart?(): number;
  readStop?(): number;
}

function handleOf(stream: unknown): Handle | undefined {
  const handle = (stream as { _handle?: Handle | null } | undefined)?._handle;
  return typeof handle?.setBlocking === "function" ? handle : undefined;
}

/** In Node: once, when the adapter is installed, for it is the import of `node:process` that has changed the descriptors. */
export function shareNodeStreams(): void {
  // The streams of other threads are messages to the main one.
  if (!isMainThread) return;
  for (const stream of [process.stdout, process.stderr]) handleOf(stream)?.setBlocking?.(true);
  shareInput(handleOf(process.stdin));
}

function shareInput(handle: Handle | undefined): void {
  const { readStart, readStop } = handle ?? {};
  if (handle === undefined || readStart === undefined || readStop === undefined) return;
  if ((handle as { reading?: boolean }).reading !== true) handle.setBlocking?.(true);
  handle.readStart = () => {
    handle.setBlocking?.(false);
    return readStart.call(handle);
  };
  handle.readStop = () => {
    const status = readStop.call(handle);
    handle.setBlocking?.(true);
    return status;
  };
}

/** In Bun: when Python starts. Its streams write what does not fit later, so they get a way to write that waits. */
export function shareBunStreams(setBlocking: (descriptor: number, blocking: boolean) => void): void {
  if (!isMainThread) return;
  for (const stream of [process.stdout, process.stderr] as (Writable & { fd: number; isTTY?: boolean })[]) {
    if (stream.isTTY === true) continue;
    writeSynchronously(stream);
    setBlocking(stream.fd, true);
  }
}

function writeSynchronously(stream: Writable & { fd: number }): void {
  stream._write = (chunk: Uint8Array | string, _encoding, done) => {
    try {
      writeAll(stream.fd, chunk);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
  // Bun's own goes past `_write`.
  stream.write = Writable.prototype.write;
}
