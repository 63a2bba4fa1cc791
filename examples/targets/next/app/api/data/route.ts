import { python } from "@interloop/node";
import { NextResponse } from "next/server";

export const dynamic = "force-dynamic";

export function GET() {
  return NextResponse.json(python.eval("{'a': [1, {'b': None}]}"));
}
