// What is published runs on glibc 2.28: a binary that asks for more is not laid out.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

interface Layout {
  checkGlibc(platform: string, file: string, oldest: string | undefined): string | undefined;
}

const { checkGlibc } = (await import(new URL("../npm.mjs", import.meta.url).href)) as Layout;

const folder = mkdtempSync(join(tmpdir(), "interloop-glibc-"));
const file = join(folder, "interloop.node");
const asking = (...versions: readonly string[]): string => {
  writeFileSync(file, `\u007fELF\0${versions.map((version) => `GLIBC_${version}\0`).join("")}GLIBCXX_3.4.32\0`, "latin1");
  return file;
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a binary for glibc 2.28 passes, whatever order its versions have", () => {
  expect(checkGlibc("linux-x64-gnu", asking("2.28", "2.2.5", "2.9"), "2.28")).toBe("2.28");
  expect(checkGlibc("linux-x64-gnu", asking("2.17"), "2.28")).toBe("2.17");
});

test("a binary for a newer glibc is not published, and the error says where to build it", () => {
  expect(() => checkGlibc("linux-x64-gnu", asking("2.28", "2.35", "2.4"), "2.28")).toThrow(/needs glibc 2\.35, which is newer than 2\.28.*manylinux_2_28/);
  // Without a bound it says what it needs.
  expect(checkGlibc("linux-x64-gnu", asking("2.35"), undefined)).toBe("2.35");
});

test("other systems have no glibc", () => {
  expect(checkGlibc("linux-x64-musl", asking("2.35"), "2.28")).toBeUndefined();
  expect(checkGlibc("darwin-arm64", asking(), "2.28")).toBeUndefined();
});
