import { python, spawnBlocking } from "@interloop/node";
import { NextResponse } from "next/server";

export const dynamic = "force-dynamic";

export async function GET() {
  await python.import("asyncio").sleep(0.01);
  return NextResponse.json({ sqrt: python.import("math").sqrt(16), job: await spawnBlocking((n: number) => n * n, 7) });
}
