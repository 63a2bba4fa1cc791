// JavaScript values as Python sees them: JsObject, JsArray, JsMapping, JsFunction, JsBuffer, and (js_promise.h) JsPromise. Each holds one count of a JsId, given back from whatever thread frees it.
#pragma once

#include "environment/environment.h"

namespace interloop {

// `memory` is a buffer that Python gets as a memoryview.
enum class JsKind { object, function, promise, buffer, iterator, array, mapping, async_iterator, memory, async_iterable };
constexpr int kKinds = 10;

// What Python does to a JS object (binding.ts, Operation).
enum Operation {
  kOperationGet,
  kOperationSet,
  kOperationDelete,
  kOperationGetItem,
  kOperationSetItem,
  kOperationDeleteItem,
  kOperationLength,
  kOperationIterate,
  kOperationNext,
  kOperationContains,
  kOperationString,
  kOperationDescribe,
  kOperationNames,
  kOperationWatch,
  kOperationAbandon,
  kOperationConstruct,
  kOperationCancel,
  kOperationAddPythonFrames,
  kOperationMemory,
  kOperationMember,
  kOperationInstanceOf,
  kOperationSubclassOf,
  kOperationIterateAsync,
  kOperationCancelCall,
  kOperationCurrentLoop,
  kOperationCallSite,
  kOperationLoosen,
  kOperationRevive,
  kOperationThrow,
  kOperationClose,
  kOperationLeave,
  kOperationFunctionKind,
  kOperationCollect,
  kOperationRunSignals,
  kOperationTakeSignal,
  kOperationProcessChanged,
};

struct JsObject {
  PyObject head;
  Environment* environment;
  double id;
  PyObject* receiver;  // of a function read from an object: a JsObject, or null. Of an Arrow table: its description, once Python has asked
  CoreCopy* copy;      // of core, that Python has it from
};

struct JsFunction {
  JsObject base;
  vectorcallfunc vectorcall;
  bool is_async;
  enum class Kind : uint8_t { unknown, function, constructor } kind;  // js_function.h
  PyObject* parameters;                                               // where keyword arguments go, once that was asked; or null
};

// What a JS object that is a promise does besides; await/js_promise.cc gives it.
struct PromiseType {
  PyTypeObject* (*add)(PyObject* module, PyTypeObject* base);
  PyObject* (*make)(Environment& environment, double id);  // for a promise that core watches already
  bool (*revive)(PyObject* promise);                       // before Python uses it
  bool (*take)(PyObject* promise);                         // JS gets it back
};
// Before the types are made.
void UsePromiseType(const PromiseType& type);
// A new reference, for a promise that core watches already.
PyObject* NewPromise(Environment& environment, double id);
// Before Python uses a JS object, which may be a promise that core does not keep any longer. False with a Python error set.
bool Revive(PyObject* object);

// Made once, with the interpreter; adds the types to the built-in module `_interloop`.
bool InitJsObject(PyObject* module);

// A new reference; takes over one count of `id`. `receiver` is borrowed.
PyObject* NewJsObject(Environment& environment, JsKind kind, double id, PyObject* receiver);
// Says of a JsFunction whether JS declares it async.
void MarkAsync(PyObject* function, bool is_async);
// Says of a JsIterator or JsAsyncIterator whether a generator function returned it to Python (js_iterator.h).
void MarkOwned(PyObject* iterator, bool is_owned);
// The slot of the types of JS values.
void DeallocJsObject(PyObject* self);
bool IsJsObject(PyObject* object);
bool IsJsFunction(PyObject* object);
Environment* EnvironmentOf(PyObject* js_object);
double JsIdOf(Environment& environment, PyObject* js_object);  // 0 when it belongs to another environment
napi_value JsValueOf(Environment& environment, PyObject* js_object);

// Runs an operation in JS with up to two arguments. A new reference; null with a Python error set, or, with `*missing`, none set and none there.
PyObject* Operate(PyObject* self, Operation operation, PyObject* a = nullptr, PyObject* b = nullptr, bool* missing = nullptr);

}  // namespace interloop
