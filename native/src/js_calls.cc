#include "js_calls.h"

#include "asyncio_api.h"
#include "errors.h"
#include "js_caller.h"
#include "js_visit.h"
#include "value_to_js.h"
#include "value_to_python.h"

namespace interloop {

PyObject* CallThere(PyObject* self, PyObject* const* args, size_t count, PyObject* names) {
  JsObject* function = reinterpret_cast<JsObject*>(self);
  size_t named = names ? static_cast<size_t>(py.PyTuple_Size(names)) : 0;
  if (reinterpret_cast<JsFunction*>(self)->is_async) {
    Owned module(py.PyImport_ImportModule("interloop._js_call")), call(module ? py.PyObject_GetAttrString(module.get(), "call_there") : nullptr);
    Owned positional(py.PyTuple_New(static_cast<Py_ssize_t>(count) + 1)), keywords(py.PyDict_New());
    if (!call || !positional || !keywords) return nullptr;
    py.PyTuple_SetItem(positional.get(), 0, NewRef(self));
    for (size_t index = 0; index < count; ++index) py.PyTuple_SetItem(positional.get(), static_cast<Py_ssize_t>(index) + 1, NewRef(args[index]));
    for (size_t index = 0; index < named; ++index) {
      if (py.PyDict_SetItem(keywords.get(), py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index)), args[count + index]) < 0) return nullptr;
    }
    return py.PyObject_Call(call.get(), positional.get(), keywords.get());
  }
  if (!CheckVisit(function->environment)) return nullptr;
  Environment& environment = *function->environment;
  Arguments arguments;
  for (size_t index = 0; index < count + named; ++index) {
    if (index >= count && !arguments.AddName(py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index - count)))) return nullptr;
    if (!arguments.Add(environment, args[index])) return nullptr;
  }
  Owned loop(RunningLoop());
  Caller caller;
  if (!loop || !caller.Capture(environment, self, loop.get())) return nullptr;
  Value answer;
  bool failed = false;
  bool visited = VisitJs(environment, [&] {
    napi_value result = caller.Call(environment, arguments);
    failed = !result || !Read(environment, result, answer);
    if (failed) ReadPending(environment, answer);
  });
  caller.Drop();
  if (!visited) {
    for (Value& value : arguments.values) Discard(environment, value);
    Discard(environment, answer);
    return nullptr;
  }
  return failed ? RaiseValue(environment, answer) : Make(environment, answer);
}

PyObject* OperateThere(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) {
  JsObject* object = reinterpret_cast<JsObject*>(self);
  if (!CheckVisit(object->environment)) return nullptr;
  Environment& environment = *object->environment;
  Arguments arguments;
  for (PyObject* argument : {a, b}) {
    if (argument && !arguments.Add(environment, argument)) return nullptr;
  }
  Value answer;
  bool failed = false, absent = false;
  bool visited = VisitJs(environment, [&] {
    napi_env env = environment.env;
    std::vector<napi_value> values = {MakeNumber(env, operation), MakeNumber(env, object->id)};
    environment.registers[kMissing] = 0;
    napi_value result = arguments.Deliver(environment, values) ? environment.CallHook(Hook::operate, values.size(), values.data()) : nullptr;
    environment.registers[kPromise] = 0;
    absent = result && environment.registers[kMissing] != 0;
    environment.registers[kMissing] = 0;
    failed = !absent && (!result || !Read(environment, result, answer));
    if (failed) ReadPending(environment, answer);
  });
  if (!visited) {
    for (Value& value : arguments.values) Discard(environment, value);
    Discard(environment, answer);
    return nullptr;
  }
  if (absent) {
    if (missing) *missing = true;
    return nullptr;
  }
  return failed ? RaiseValue(environment, answer) : Make(environment, answer);
}

}  // namespace interloop
