// Values that cross: None, bool, int, float and str are copied, everything else is named (a Ref for JS, a JsId for Python).
#pragma once

#include <node_api.h>

#include "environment.h"

namespace interloop {

// What a value is handed over as.
enum class Handover { value, call_result };  // only what a Python call returned may be thenable

// The JS value of a borrowed Python object. Null with a Python error set, or with a JS exception pending.
napi_value ToJs(Environment& environment, PyObject* object, Handover handover = Handover::value);

// A new reference for a JS value. Null with a Python error set.
PyObject* ToPython(Environment& environment, napi_value value);

napi_value MakeString(napi_env env, PyObject* text);
PyObject* StringToPython(napi_env env, napi_value text);
napi_value MakeNumber(napi_env env, double number);
double GetNumber(napi_env env, napi_value value);

// The Ref that a JS number names, or null with an InterloopError pending in JS.
PyObject* GetRef(Environment& environment, napi_value value);

}  // namespace interloop
