import { python } from "@interloop/node";

export const dynamic = "force-dynamic";

/** What instrumentation.ts has left in Python. */
export function GET(): Response {
  return Response.json({ prepared: python.eval("prepared") });
}
