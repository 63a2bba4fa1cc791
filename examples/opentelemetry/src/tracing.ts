/** Sets both SDKs up, each with an exporter that keeps its spans in memory. An application would export to a collector instead. */
import { fileURLToPath } from "node:url";
import { python } from "@interloop/core";
import { context, propagation, trace } from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import "./runtime.ts";
import { InterloopContextManager } from "./context-manager.ts";

python.import("sys").path.insert(0, fileURLToPath(new URL("../python", import.meta.url)));

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
context.setGlobalContextManager(new InterloopContextManager());
const pythonTracing = python.import("tracing");

/** A span of either side that has ended. */
export interface Span {
  readonly side: "JS" | "Python";
  readonly name: string;
  readonly traceId: string;
  readonly id: string;
  /** Of the span that it is within. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The spans of both sides that have ended since this was last called. */
export function takeSpans(): Span[] {
  const ours = exporter.getFinishedSpans().map((span): Span => {
    const { traceId, spanId } = span.spanContext();
    return { side: "JS", name: span.name, traceId, id: spanId, parent: span.parentSpanContext?.spanId, attributes: span.attributes };
  });
  exporter.reset();
  const theirs = python.toJs<(Omit<Span, "side" | "parent"> & { readonly parent: string | null })[]>(pythonTracing.take_spans());
  return [...ours, ...theirs.map((span): Span => ({ ...span, side: "Python", parent: span.parent ?? undefined }))];
}
