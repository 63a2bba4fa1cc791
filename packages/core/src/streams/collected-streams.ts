/** Streams whose JS iterator is collected while its source has not ended. */
import { environment } from "../environment/environment.ts";

interface Stream {
  readonly ended: boolean;
  /** Nobody can ask for more. */
  forget(): void;
}

const registry = new FinalizationRegistry<Stream>((stream) => stream.forget());
let young: [holder: object, stream: Stream][] = [];

/** Engines treat whatever is in a registry as long-lived, and many streams are short: those are registered that outlive a turn. */
export function closeWhenCollected(holder: object, stream: Stream): void {
  if (young.push([holder, stream]) === 1) environment.runMacrotask(sweep);
}

function sweep(): void {
  const streams = young;
  young = [];
  for (const [holder, stream] of streams) if (!stream.ended) registry.register(holder, stream);
}
