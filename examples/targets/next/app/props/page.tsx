import { python } from "@interloop/node";
import { Shown } from "./shown";

export const dynamic = "force-dynamic";

export default function Page() {
  return <Shown value={python.eval("{'a': [1, {'b': None}]}")} />;
}
