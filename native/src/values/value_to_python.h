// Values on their way from JS to Python, on any of its threads.
#pragma once

#include "values/value.h"

namespace interloop {

// From JS, on its thread, without the GIL. False with a JS exception pending.
bool FromJs(Environment& environment, napi_value source, Value& value);
// What JS threw. Never fails.
void ErrorFromJs(Environment& environment, napi_value thrown, Value& value);
// The same for the JS exception that is pending.
void PendingErrorFromJs(Environment& environment, Value& value);
bool TextFromJs(napi_env env, napi_value source, Text& text);

// To Python, with the GIL. A new reference; null with a Python error set. Consumes what the value owns.
PyObject* ToPython(Environment& environment, Value& value);
PyObject* TextToPython(const Text& text);
// Sets the error that the value is as Python's. Null.
PyObject* RaiseValue(Environment& environment, Value& value);

}  // namespace interloop
