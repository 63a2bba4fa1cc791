#include "remote/remote_call.h"

#include "await/js_promise.h"
#include "cpython/asyncio_api.h"
#include "cpython/tuple.h"
#include "environment/js_values.h"
#include "remote/call_request.h"
#include "remote/sync_call.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/value_to_js.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

// What is asked of JS, and its answer. Shared with the JS thread, which may still be at it when this thread has left.
struct Question {
  explicit Question(Environment& environment) : environment(environment) {}
  Environment& environment;
  Arguments arguments;
  CallRequest caller;
  Value answer;
  bool failed = false, absent = false;
  bool promises = false;  // the answer is a promise that core follows
};

using Ask = std::function<napi_value(Question&)>;

// What `ask` answers on the environment's thread.
PyObject* AskThere(const std::shared_ptr<Question>& question, Ask ask, bool* missing) {
  Environment& environment = question->environment;
  SyncCallEnd visited = CallJsThread(
      environment,
      [question, ask = std::move(ask)] {
        Environment& environment = question->environment;
        environment.call_slots[kMissing] = 0;
        environment.call_slots[kPromise] = 0;
        napi_value result = ask(*question);
        question->promises = environment.call_slots[kPromise] != 0;
        question->absent = result && environment.call_slots[kMissing] != 0;
        environment.call_slots[kPromise] = 0;
        environment.call_slots[kMissing] = 0;
        question->failed = !question->absent && (!result || !FromJs(environment, result, question->answer));
        if (question->failed) PendingErrorFromJs(environment, question->answer);
      },
      [question] {
        question->caller.LetGo(question->environment);
        Leave(question->environment, question->answer);
      });
  if (visited == SyncCallEnd::left) return nullptr;
  if (visited == SyncCallEnd::refused) {
    question->arguments.Drop(environment);
    question->caller.Drop();
    Discard(environment, question->answer);
    return nullptr;
  }
  question->caller.Drop();
  if (question->failed && environment.calls_ended) {  // what it asked of JS has ended the thread of JS, as sys.exit() does
    Discard(environment, question->answer);
    py.PyErr_SetObject(py.PyExc_SystemExit, None());
    return nullptr;
  }
  if (question->absent) {
    if (missing) *missing = true;
    return nullptr;
  }
  return question->failed ? RaiseValue(environment, question->answer) : ToPython(environment, question->answer);
}

PyObject* CallRemote(PyObject* self, PyObject* const* args, size_t count, PyObject* names) {
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
  if (!CheckSyncCall(function->environment)) return nullptr;
  Environment& environment = *function->environment;
  auto question = std::make_shared<Question>(environment);
  Arguments& arguments = question->arguments;
  bool whole = true;
  for (size_t index = 0; index < count + named && whole; ++index) {
    whole = (index < count || arguments.AddName(py.PyTuple_GetItem(names, static_cast<Py_ssize_t>(index - count)))) && arguments.Add(environment, args[index]);
  }
  Owned loop(whole ? RunningLoop() : nullptr);
  if (!loop || !question->caller.Capture(environment, self, loop.get())) {
    arguments.Drop(environment);
    return nullptr;
  }
  Owned result(AskThere(question, [](Question& asked) { return asked.caller.Call(asked.environment, asked.arguments); }, nullptr));
  // A rejection that nobody waits for is to be told, and a cancellation is to reach the function.
  if (result && question->promises && !WatchPromise(result.get())) return nullptr;
  return result.release();
}

PyObject* OperateRemote(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) {
  JsObject* object = reinterpret_cast<JsObject*>(self);
  if (!CheckSyncCall(object->environment)) return nullptr;
  Environment& environment = *object->environment;
  auto question = std::make_shared<Question>(environment);
  for (PyObject* argument : {a, b}) {
    if (!argument || question->arguments.Add(environment, argument)) continue;
    question->arguments.Drop(environment);
    return nullptr;
  }
  auto ask = [operation, id = object->id, owner = object->copy](Question& asked) -> napi_value {
    Environment& environment = asked.environment;
    const InCopy copy(environment, owner);
    std::vector<napi_value> values = {MakeNumber(environment.env, operation), MakeNumber(environment.env, id)};
    return asked.arguments.ToJs(environment, values) ? environment.CallHook(Hook::operate, values.size(), values.data()) : nullptr;
  };
  return AskThere(question, ask, missing);
}

PyObject* ConstructRemote(PyObject* constructor, PyObject* sequence, PyObject* named) {
  JsObject* object = reinterpret_cast<JsObject*>(constructor);
  if (!CheckSyncCall(object->environment)) return nullptr;
  auto question = std::make_shared<Question>(*object->environment);
  if (!question->arguments.AddAll(question->environment, sequence, named)) {
    question->arguments.Drop(question->environment);
    return nullptr;
  }
  auto ask = [id = object->id, owner = object->copy](Question& asked) -> napi_value {
    Environment& environment = asked.environment;
    const InCopy copy(environment, owner);
    napi_env env = environment.env;
    std::vector<napi_value> items;
    if (!asked.arguments.ToJs(environment, items)) return nullptr;
    const napi_value values[3] = {MakeNumber(env, kOperationConstruct), MakeNumber(env, id), MakeArray(env, items.data(), items.size())};
    return environment.CallHook(Hook::operate, 3, values);
  };
  return AskThere(question, ask, nullptr);
}

class Calls final : public CallPort {
 public:
  PyObject* Call(PyObject* function, PyObject* const* args, size_t count, PyObject* names) override { return CallRemote(function, args, count, names); }
  PyObject* Operate(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) override {
    return OperateRemote(self, operation, a, b, missing);
  }
  PyObject* Construct(PyObject* constructor, PyObject* sequence, PyObject* named) override { return ConstructRemote(constructor, sequence, named); }
  bool Run(Environment& environment, std::function<void()> body) override {
    return CallJsThread(environment, std::move(body), [] {}) == SyncCallEnd::done;
  }
};

Calls calls;

}  // namespace

CallPort& RemoteCalls() { return calls; }

}  // namespace interloop
