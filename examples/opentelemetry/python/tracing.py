"""Sets the Python SDK up, with an exporter that keeps its spans in memory."""

from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)


def take_spans() -> "list[dict[str, Any]]":
    spans = exporter.get_finished_spans()
    exporter.clear()
    return [
        {
            "name": span.name,
            "traceId": trace.format_trace_id(span.context.trace_id),
            "id": trace.format_span_id(span.context.span_id),
            "parent": trace.format_span_id(span.parent.span_id) if span.parent else None,
            "attributes": dict(span.attributes or {}),
        }
        for span in spans
    ]
