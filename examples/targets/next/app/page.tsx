import { python } from "@interloop/node";

export const dynamic = "force-dynamic";

export default async function Page() {
  await python.import("asyncio").sleep(0.01);
  return <p>{`sqrt ${python.import("math").sqrt(16)}`}</p>;
}
