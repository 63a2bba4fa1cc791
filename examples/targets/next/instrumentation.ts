/** Runs once, before the first request: where a program prepares what its routes use. */
export async function register(): Promise<void> {
  // Next compiles this for the Edge runtime as well, and leaves out there what stands in such a condition.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { python } = await import("@interloop/node");
    python.exec("prepared = globals().get('prepared', 0) + 1");
  }
}
