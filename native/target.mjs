// The platforms that the addon is built for, and which of its sources are for which of them.
//
// A source whose name ends with one of the words of `parts` (poller_epoll.cc, clock_macos.cc) is for some platforms only; those that share a stem fulfil one header. All others are for every platform.
import { basename } from "node:path";
import process from "node:process";

/** What is published for: a release must have those that are required, and takes the others when the workflow Prebuild could try them. With the name that the registry of packages and Node have for each; `zig` is what zig calls it, with the oldest version of the C library or of the system. */
export const platforms = {
  "linux-x64-gnu": { os: "linux", cpu: "x64", libc: "glibc", required: true, zig: "x86_64-linux-gnu.2.28" },
  "linux-x64-musl": { os: "linux", cpu: "x64", libc: "musl", required: true, zig: "x86_64-linux-musl" },
  "linux-arm64-gnu": { os: "linux", cpu: "arm64", libc: "glibc", required: true, zig: "aarch64-linux-gnu.2.28" },
  "linux-arm64-musl": { os: "linux", cpu: "arm64", libc: "musl", required: true, zig: "aarch64-linux-musl" },
  "darwin-arm64": { os: "darwin", cpu: "arm64", required: false, zig: "aarch64-macos.11.0" },
  "darwin-x64": { os: "darwin", cpu: "x64", required: false, zig: "x86_64-macos.11.0" },
};

/** The platform of the running Node. */
export function ownPlatform() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return base;
  return `${base}-${process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "gnu"}`;
}

const linux = ({ os }) => os === "linux";
const mac = ({ os }) => os === "darwin";
const never = () => false;

const parts = {
  linux,
  macos: mac,
  epoll: linux,
  kqueue: mac,
  // The poller for a system that has neither of these two.
  poll: never,
  eventfd: linux,
  pipe: mac,
  glibc: ({ libc }) => libc === "glibc",
  other: ({ libc }) => libc !== "glibc",
};

/** Whether that source is for that platform. */
export function isFor(file, platform) {
  const [, part] = /_([a-z]+)\.cc$/.exec(basename(file)) ?? [];
  return !Object.hasOwn(parts, part ?? "") || parts[part](platform);
}
