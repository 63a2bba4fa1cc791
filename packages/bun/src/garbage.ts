/** Run Bun's garbage collector, in full and at once. */
export function collectGarbage(): void {
  Bun.gc(true);
}
