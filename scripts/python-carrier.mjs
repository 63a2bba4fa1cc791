// Fetches a relocatable CPython with a shared library from the Go module proxy, for lines that few systems have yet: node scripts/python-carrier.mjs [platform] prints its path.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { root } from "./node-binary.mjs";

/** The line that the carrier has. */
export const carriedLine = "3.14";
const carrier = "github.com/kluctl/go-embed-python@v0.0.0-3.14.6-20260610-1";

// The carrier's names of the platforms it has.
const platforms = {
  "linux-x64": "linux-amd64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-amd64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "windows-amd64",
};

const ownPlatform = `${process.platform}-${process.arch}`;

function binaryIn(folder, platform) {
  return platform.startsWith("win32-") ? join(folder, "python.exe") : join(folder, "bin", `python${carriedLine}`);
}

/** The interpreter that was fetched before, or undefined. */
export function findCarried(platform = ownPlatform) {
  const file = binaryIn(join(root, ".pythons", `${carriedLine}-${platform}`), platform);
  return existsSync(file) ? file : undefined;
}

// Go's file mode: the lowest nine bits are those of POSIX, the highest says that it is a folder.
const isFolder = (perm) => perm >= 2 ** 31;

function unpack(data, folder) {
  const { files } = JSON.parse(readFileSync(join(data, "files.json"), "utf8"));
  for (const { name, perm, symlink, compressed } of files) {
    const target = join(folder, name);
    if (isFolder(perm)) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    if (symlink) {
      symlinkSync(symlink, target);
      continue;
    }
    const stored = join(data, name);
    writeFileSync(target, compressed ? gunzipSync(readFileSync(`${stored}.gz`)) : readFileSync(stored));
    chmodSync(target, (perm % 0o1000) | 0o200);
  }
}

/** The interpreter for a platform of Node's names ("linux-arm64"), fetched with `go mod download` when it is not in .pythons yet. */
export function fetchCarried(platform = ownPlatform) {
  const present = findCarried(platform);
  if (present !== undefined) return present;
  const name = platforms[platform];
  if (name === undefined)
    throw new Error(`CPython ${carriedLine} is not carried for ${platform}, only for ${Object.keys(platforms).join(", ")}: install it yourself`);
  // Outside of any Go module; a go.work or go.mod of the user must not matter.
  const answer = spawnSync("go", ["mod", "download", "-json", carrier], {
    encoding: "utf8",
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" },
  });
  if (answer.error)
    throw new Error(
      `CPython ${carriedLine} is fetched with "go mod download", but Go does not run (${answer.error.code}): install Go, or this CPython with a shared library`,
    );
  if (answer.status !== 0) throw new Error(`"go mod download ${carrier}" failed: ${answer.stdout}${answer.stderr}`.trim());
  const folder = join(root, ".pythons", `${carriedLine}-${platform}`);
  const unfinished = `${folder}.${process.pid}.tmp`;
  rmSync(unfinished, { recursive: true, force: true });
  unpack(join(JSON.parse(answer.stdout).Dir, "python", "internal", "data", name), unfinished);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return binaryIn(folder, platform);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(fetchCarried(process.argv[2]));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
