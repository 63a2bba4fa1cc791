// Values on their way from Python, on any of its threads, to JS.
#pragma once

#include "values/convert.h"
#include "values/value.h"

namespace interloop {

// From Python, on any thread, with the GIL. False with a Python error set.
bool FromPython(Environment& target, PyObject* object, Value& value, Handover handover = Handover::value);
// Never fails.
void ErrorFromPython(Environment& target, PyObject* exception, Value& value);
bool TextFromPython(PyObject* text, Text& result);

// To JS, on its thread, without the GIL. Null with a JS exception pending. Consumes what the value owns.
napi_value ToJs(Environment& environment, Value& value);
napi_value TextToJs(napi_env env, const Text& text);

}  // namespace interloop
