import { python } from "@interloop/node";

export const dynamic = "force-dynamic";

export function GET() {
  return Response.json(python.import("math"));
}
