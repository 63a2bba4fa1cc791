#include "js_calls.h"

#include "asyncio_api.h"
#include "convert.h"
#include "errors.h"
#include "js_caller.h"
#include "js_promise.h"
#include "js_visit.h"
#include "tuple.h"
#include "value_to_js.h"
#include "value_to_python.h"

namespace interloop {

namespace {

// What `ask` answers on the environment's thread. `promises`: whether it is a promise that core wants to be watched.
PyObject* AskThere(Environment& environment, Arguments& arguments, const std::function<napi_value()>& ask, bool* missing, bool* promises = nullptr) {
  Value answer;
  bool failed = false, absent = false;
  bool visited = VisitJs(environment, [&] {
    environment.registers[kMissing] = 0;
    environment.registers[kPromise] = 0;
    napi_value result = ask();
    if (promises) *promises = environment.registers[kPromise] != 0;
    absent = result && environment.registers[kMissing] != 0;
    environment.registers[kPromise] = 0;
    environment.registers[kMissing] = 0;
    failed = !absent && (!result || !Read(environment, result, answer));
    if (failed) ReadPending(environment, answer);
  });
  if (!visited) {
    arguments.Drop(environment);
    Discard(environment, answer);
    return nullptr;
  }
  if (absent) {
    if (missing) *missing = true;
    return nullptr;
  }
  return failed ? RaiseValue(environment, answer) : Make(environment, answer);
}

}  // namespace

PyObject* CallThere(PyObject* self, PyObject* const* args, size_t count, PyObject* names) {
  JsObject* function = reinterpret_cast<JsObject*>(self);
  size_t named = names ? static_cast<size_t>(py.PyTuple_Size(names)) : 0;
  if (reinterpret_cast<JsFunction*>(self)->is_async) {
    Owned module(py.PyImport_ImportModule("interloop._js_call")), call(module ? py.PyObject_GetAttrString(module.get(), "call_there") : nullptr);
    std::vector<PyObject*> given(1, self);
    given.insert(given.end(), args, args + count);
    Owned keywords(py.PyDict_New()), positional(NewTuple(given.data(), given.size()));
    if (!call || !positional || !keywords) return nullptr;
    for (size_t index = 0; index < named; ++index) {
      if (py.PyDict_SetItem(keywords.get(), py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index)), args[count + index]) < 0) return nullptr;
    }
    return py.PyObject_Call(call.get(), positional.get(), keywords.get());
  }
  if (!CheckVisit(function->environment)) return nullptr;
  Environment& environment = *function->environment;
  Arguments arguments;
  bool whole = true;
  for (size_t index = 0; index < count + named && whole; ++index) {
    whole = (index < count || arguments.AddName(py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index - count)))) && arguments.Add(environment, args[index]);
  }
  Owned loop(whole ? RunningLoop() : nullptr);
  Caller caller;
  if (!loop || !caller.Capture(environment, self, loop.get())) {
    arguments.Drop(environment);
    return nullptr;
  }
  bool promises = false;
  Owned result(AskThere(environment, arguments, [&] { return caller.Call(environment, arguments); }, nullptr, &promises));
  caller.Drop();
  // A rejection that nobody waits for is to be told, and a cancellation is to reach the function.
  if (result && promises && !WatchPromise(result.get())) return nullptr;
  return result.release();
}

PyObject* OperateThere(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) {
  JsObject* object = reinterpret_cast<JsObject*>(self);
  if (!CheckVisit(object->environment)) return nullptr;
  Environment& environment = *object->environment;
  Arguments arguments;
  for (PyObject* argument : {a, b}) {
    if (!argument || arguments.Add(environment, argument)) continue;
    arguments.Drop(environment);
    return nullptr;
  }
  auto ask = [&]() -> napi_value {
    std::vector<napi_value> values = {MakeNumber(environment.env, operation), MakeNumber(environment.env, object->id)};
    return arguments.Deliver(environment, values) ? environment.CallHook(Hook::operate, values.size(), values.data()) : nullptr;
  };
  return AskThere(environment, arguments, ask, missing);
}

PyObject* ConstructThere(PyObject* constructor, PyObject* sequence, PyObject* named) {
  JsObject* object = reinterpret_cast<JsObject*>(constructor);
  if (!CheckVisit(object->environment)) return nullptr;
  Environment& environment = *object->environment;
  Arguments arguments;
  if (!arguments.AddAll(environment, sequence, named)) {
    arguments.Drop(environment);
    return nullptr;
  }
  auto ask = [&]() -> napi_value {
    napi_env env = environment.env;
    std::vector<napi_value> items;
    if (!arguments.Deliver(environment, items)) return nullptr;
    napi_value values[3] = {MakeNumber(env, kOperationConstruct), MakeNumber(env, object->id)};
    napi_create_array(env, &values[2]);
    for (uint32_t index = 0; index < items.size(); ++index) napi_set_element(env, values[2], index, items[index]);
    return environment.CallHook(Hook::operate, 3, values);
  };
  return AskThere(environment, arguments, ask, nullptr);
}

}  // namespace interloop
