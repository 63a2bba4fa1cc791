// Values that cross: None, bool, int, float and str are copied, and plain data of JS (data_tape.h); everything else is named (a Ref for JS, a JsId for Python).
#pragma once

#include <node_api.h>

#include "environment/environment.h"
#include "values/js_object.h"

namespace interloop {

// What a value is handed over as.
enum class Handover { value, call_result };  // only what a Python call returned may be thenable

// What core's hook `wrap` is told of a Python object (binding.ts, Trait). Whether it is a coroutine function is up to the caller.
enum Trait { kCallable = 1, kAwaitable = 2, kCoroutine = 4, kCoroutineFunction = 8, kClass = 16, kHasThen = 32 };
int TraitsOf(PyObject* object, Handover handover);

// A JS bigint is a sign and 64-bit words, the lowest first.
bool WordsOf(PyObject* number, bool& negative, std::vector<uint64_t>& words);
PyObject* NumberOfWords(bool negative, const std::vector<uint64_t>& words);

constexpr double kMaxSafeInteger = 9007199254740991.0;
inline bool IsSafeInteger(long long number) { return number <= static_cast<long long>(kMaxSafeInteger) && number >= -static_cast<long long>(kMaxSafeInteger); }
// Whether a JS number becomes an int.
bool IsIntegral(double number);

// What kind of Python object stands for a JS one, after core's hook `identify` was asked about it.
JsKind KindOf(Environment& environment, napi_value value, napi_valuetype type);

// The JS value of a borrowed Python object. Null with a Python error set, or with a JS exception pending.
napi_value ToJs(Environment& environment, PyObject* object, Handover handover = Handover::value);

// A new reference for a JS value: plain data is copied. Null with a Python error set.
PyObject* ToPython(Environment& environment, napi_value value);
// The same for a value that keeps its identity, whatever it is: what was thrown.
PyObject* ReferenceToPython(Environment& environment, napi_value value);

napi_value MakeString(napi_env env, PyObject* text);
PyObject* StringToPython(napi_env env, napi_value text);
napi_value MakeNumber(napi_env env, double number);
double GetNumber(napi_env env, napi_value value);
// An element of an array that core has made; undefined where JS cannot run any more, as on a worker that is being terminated.
napi_value ElementOf(napi_env env, napi_value array, uint32_t index);
// Not an assignment: a keyword argument may be called "__proto__".
bool SetOwn(napi_env env, napi_value object, napi_value name, napi_value value);

// The Ref that a JS number names, or null with an InterloopError pending in JS.
PyObject* GetRef(Environment& environment, napi_value value);

}  // namespace interloop
