// The local side of the call port: Python and the JavaScript that it uses are on one thread.
#include <cfenv>

#include "environment/js_values.h"
#include "values/call_port.h"
#include "values/call_scope.h"
#include "values/context.h"
#include "values/convert.h"
#include "values/errors.h"

namespace interloop {

namespace {

JsObject* Cast(PyObject* object) { return reinterpret_cast<JsObject*>(object); }

// numpy looks at the flags of floating-point exceptions when a loop has ended that called a function for each item, and engines set them in code of their own: what JavaScript set is cleared.
class FloatStatus {
 public:
  FloatStatus() : before_(std::fetestexcept(kLookedAt)) {}
  ~FloatStatus() {
    const int more = std::fetestexcept(kLookedAt) & ~before_;
    if (more != 0) std::feclearexcept(more);
  }
  FloatStatus(const FloatStatus&) = delete;

 private:
  static constexpr int kLookedAt = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW;
  const int before_;
};

PyObject* CallHere(Environment& environment, JsObject* function, PyObject* const* args, size_t count, PyObject* names) {
  napi_env env = environment.env;
  constexpr size_t kFixed = 4, kInline = 12;
  size_t named = names ? static_cast<size_t>(py.PyTuple_Size(names)) : 0;
  napi_value inline_arguments[kInline];
  std::vector<napi_value> more;
  napi_value* arguments = inline_arguments;
  if (kFixed + count + 1 > kInline) {
    more.resize(kFixed + count + 1);
    arguments = more.data();
  }
  for (size_t index = 0; index < count; ++index) {
    arguments[kFixed + index] = ToJs(environment, args[index]);
    if (!arguments[kFixed + index]) return RaisePending(environment);
  }
  if (named > 0) {
    napi_value object = MakeObject(env, {});
    if (!object) return RaisePending(environment);
    for (size_t index = 0; index < named; ++index) {
      napi_value name = MakeString(env, py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index))), value = ToJs(environment, args[count + index]);
      if (!name || !value || !SetOwn(env, object, name, value)) return RaisePending(environment);
    }
    arguments[kFixed + count++] = object;
  }
  if (function->receiver && !Revive(function->receiver)) return nullptr;
  int64_t context = CaptureContext(environment);
  if (!context) return nullptr;
  arguments[0] = MakeNumber(env, function->id);
  arguments[1] = MakeNumber(env, function->receiver ? Cast(function->receiver)->id : 0);
  arguments[2] = MakeNumber(env, CurrentSnapshot(environment));
  arguments[3] = MakeNumber(env, static_cast<double>(context));
  environment.call_slots[kPromise] = 0;
  napi_value result = nullptr;
  {
    AllowJsScope exit(environment);
    result = environment.CallHook(Hook::call, kFixed + count, arguments);
  }
  if (!result) return RaisePending(environment);
  double promise = environment.call_slots[kPromise];
  if (promise != 0) {
    environment.call_slots[kPromise] = 0;
    return NewPromise(environment, promise);
  }
  return ToPython(environment, result);
}

// Calls the hook with converted arguments.
PyObject* RunOperation(Environment& environment, const napi_value* arguments, size_t count, bool* missing) {
  environment.call_slots[kMissing] = 0;
  napi_value result = nullptr;
  {
    AllowJsScope exit(environment);
    result = environment.CallHook(Hook::operate, count, arguments);
  }
  if (!result) return RaisePending(environment);
  if (environment.call_slots[kMissing] != 0) {
    environment.call_slots[kMissing] = 0;
    if (missing) *missing = true;
    return nullptr;
  }
  return ToPython(environment, result);
}

PyObject* ConstructHere(Environment& environment, PyObject* const* args) {
  napi_env env = environment.env;
  napi_value arguments[3] = {MakeNumber(env, kOperationConstruct), MakeNumber(env, Cast(args[0])->id)};
  arguments[2] = MakeArray(env, nullptr, 0);
  if (!arguments[2]) return RaisePending(environment);
  Owned iterator(py.PyObject_GetIter(args[1]));
  uint32_t index = 0;
  while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
    Owned argument(item);
    napi_value value = ToJs(environment, item);
    if (!value || napi_set_element(env, arguments[2], index++, value) != napi_ok) return RaisePending(environment);
  }
  if (py.PyErr_Occurred()) return nullptr;
  if (py.PyDict_Size(args[2]) > 0) {
    napi_value object = MakeObject(env, {});
    if (!object) return RaisePending(environment);
    Py_ssize_t position = 0;
    PyObject *key, *item;
    while (py.PyDict_Next(args[2], &position, &key, &item)) {
      napi_value name = MakeString(env, key), value = ToJs(environment, item);
      if (!name || !value || !SetOwn(env, object, name, value)) return RaisePending(environment);
    }
    if (napi_set_element(env, arguments[2], index, object) != napi_ok) return RaisePending(environment);
  }
  return RunOperation(environment, arguments, 3, nullptr);
}

PyObject* OperateHere(Environment& environment, PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) {
  if (!Revive(self)) return nullptr;
  napi_value arguments[4];
  size_t count = 2;
  napi_create_int32(environment.env, operation, &arguments[0]);
  arguments[1] = MakeNumber(environment.env, Cast(self)->id);
  for (PyObject* argument : {a, b}) {
    if (!argument) break;
    arguments[count] = ToJs(environment, argument);
    if (!arguments[count++]) return RaisePending(environment);
  }
  return RunOperation(environment, arguments, count, missing);
}

}  // namespace

PyObject* CallLocally(PyObject* self, PyObject* const* args, size_t count, PyObject* names) {
  JsObject* function = Cast(self);
  if (!CheckEnvironment(function->environment)) return nullptr;
  FloatStatus status;
  const InCopy copy(*function->environment, function->copy);
  PyObject* result = nullptr;
  const bool ran = RunInScope(*function->environment, [&] { result = CallHere(*function->environment, function, args, count, names); });
  return ran ? result : RaisePending(*function->environment);
}

namespace {

class LocalCalls final : public CallPort {
 public:
  PyObject* Call(PyObject* function, PyObject* const* args, size_t count, PyObject* names) override { return CallLocally(function, args, count, names); }

  PyObject* Construct(PyObject* constructor, PyObject* sequence, PyObject* named) override {
    if (!CheckEnvironment(EnvironmentOf(constructor))) return nullptr;
    Environment& environment = *EnvironmentOf(constructor);
    PyObject* const args[3] = {constructor, sequence, named};
    PyObject* result = nullptr;
    return RunInScope(environment, [&] { result = ConstructHere(environment, args); }) ? result : RaisePending(environment);
  }

  PyObject* Operate(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) override {
    JsObject* object = Cast(self);
    if (!CheckEnvironment(object->environment)) return nullptr;
    Environment& environment = *object->environment;
    const InCopy copy(environment, object->copy);
    PyObject* result = nullptr;
    const bool ran = RunInScope(environment, [&] { result = OperateHere(environment, self, operation, a, b, missing); });
    return ran ? result : RaisePending(environment);
  }

  bool Run(Environment& environment, std::function<void()> body) override {
    if (!CheckEnvironment(&environment)) return false;
    body();
    return true;
  }
};

LocalCalls calls;

}  // namespace

CallPort& local_calls = calls;
CallPort* remote_calls = nullptr;

}  // namespace interloop
