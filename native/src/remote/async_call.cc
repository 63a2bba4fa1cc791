#include "remote/async_call.h"

#include <atomic>

#include "cpython/module_members.h"
#include "environment/js_values.h"
#include "environment/standard_streams.h"
#include "loop/js_mailbox.h"
#include "remote/call_request.h"
#include "remote/remote_loop.h"
#include "values/errors.h"
#include "values/value_to_js.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

class ServeMessage final : public Message {
 public:
  ServeMessage(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) : environment(environment), mailbox(std::move(mailbox)) {}

  void Run() override {
    environment.async_calls->Add(caller.number, {mailbox, future});
    if (caller.Call(environment, arguments)) return;  // core will answer
    Value error;
    PendingErrorFromJs(environment, error);
    environment.async_calls->Answer(environment, caller.number, false, error);
  }

  bool IsCall() const override { return true; }

  void Cancel() override {  // on the environment's thread
    environment.async_calls->Add(caller.number, {mailbox, future});
    Value error;
    SayFailure("finalized", "Cannot call JavaScript: its runtime is ending", error);
    environment.async_calls->Answer(environment, caller.number, false, error);
    caller.LetGo(environment);
    for (Value& value : arguments.values) Leave(environment, value);
  }

  Environment& environment;
  std::shared_ptr<LoopMailbox> mailbox;
  PyObject* future = nullptr;  // owned
  CallRequest caller;
  Arguments arguments;
};

class CancelCallMessage final : public Message {
 public:
  CancelCallMessage(Environment& environment, double number) : environment_(environment), number_(number) {}

  void Run() override {
    napi_value arguments[3] = {MakeNumber(environment_.env, kOperationCancelCall), MakeNumber(environment_.env, number_), ToJs(environment_, error)};
    if (!arguments[2]) arguments[2] = MakeUndefined(environment_.env);
    environment_.CallHook(Hook::operate, 3, arguments);
    ClearPending(environment_);
  }

  Value error;

 private:
  Environment& environment_;
  double number_;
};

class LoopEndedMessage final : public Message {
 public:
  LoopEndedMessage(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) : environment_(environment), mailbox_(std::move(mailbox)) {}
  void Run() override { environment_.async_calls->LoopEnded(environment_, mailbox_.get()); }

 private:
  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
};

std::atomic<int64_t> next_number{1};

// post_call(function, future, loop, args, kwargs): calls an async function on its thread; the future gets what it answers. Returns the call's number.
PyObject* PostCall(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 5 || !IsJsObject(args[0])) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a JavaScript function, a future, its loop, arguments and keyword arguments");
    return nullptr;
  }
  Environment* environment = EnvironmentOf(args[0]);
  if (!environment || !environment->alive || environment->finalized || environment->js_stopped) {
    CheckEnvironment(environment);
    return nullptr;
  }
  if (environment->calls_ended) return RaiseFailure("finalized", kNoAnswer);
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Of(args[2]);
  if (!mailbox) return nullptr;
  FlushOutput();
  auto serve = std::make_unique<ServeMessage>(*environment, mailbox);
  if (!serve->arguments.AddAll(*environment, args[3], args[4]) || !serve->caller.Capture(*environment, args[0], args[2])) {
    serve->arguments.Drop(*environment);
    return nullptr;
  }
  serve->caller.number = static_cast<double>(next_number++);
  serve->future = NewRef(args[1]);
  double number = serve->caller.number;
  std::unique_ptr<Message> message = std::move(serve);
  if (environment->mailbox->Post(message)) return py.PyLong_FromLongLong(static_cast<long long>(number));
  static_cast<ServeMessage*>(message.get())->caller.Drop();
  static_cast<ServeMessage*>(message.get())->arguments.Drop(*environment);
  py.Py_DecRef(args[1]);
  return RaiseFailure("finalized", "Cannot call JavaScript: its runtime has ended");
}

// cancel_call(function, number, error)
PyObject* CancelCall(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3 || !IsJsObject(args[0]) || !EnvironmentOf(args[0])) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a JavaScript function, a number and an error");
    return nullptr;
  }
  Environment& environment = *EnvironmentOf(args[0]);
  int overflow = 0;
  auto cancel = std::make_unique<CancelCallMessage>(environment, static_cast<double>(py.PyLong_AsLongLongAndOverflow(args[1], &overflow)));
  ErrorFromPython(environment, args[2], cancel->error);
  std::unique_ptr<Message> message = std::move(cancel);
  if (!environment.mailbox->Post(message)) Discard(environment, static_cast<CancelCallMessage*>(message.get())->error);
  return NewRef(None());
}

}  // namespace

void AsyncCalls::Answer(Environment& environment, double number, bool fulfilled, Value& value) {
  auto found = calls_.find(static_cast<int64_t>(number));
  if (found == calls_.end()) {
    Leave(environment, value);
    return;
  }
  Call call = std::move(found->second);
  calls_.erase(found);
  if (PostAnswer(environment, *call.mailbox, call.future, fulfilled, value)) return;
  environment.refs.Queue(call.future);
  Leave(environment, value);
}

void AsyncCalls::End(Environment& environment) {
  while (!calls_.empty()) {
    Value failure;
    SayFailure("finalized", "The JavaScript that was to answer has ended", failure);
    Answer(environment, static_cast<double>(calls_.begin()->first), false, failure);
  }
}

void AsyncCalls::LoopEnded(Environment& environment, LoopMailbox* mailbox) {
  std::vector<int64_t> numbers;
  for (auto& [number, call] : calls_) {
    if (call.mailbox.get() == mailbox) numbers.push_back(number);
  }
  for (int64_t number : numbers) {
    auto found = calls_.find(number);
    if (found == calls_.end()) continue;
    environment.refs.Queue(found->second.future);
    calls_.erase(found);
    CancelCallMessage message(environment, static_cast<double>(number));
    SayFailure("loop-closed", "The Python event loop that waited for this call was closed", message.error);
    message.Run();
  }
}

void TellLoopEnded(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) {
  if (!environment.mailbox) return;
  std::unique_ptr<Message> message = std::make_unique<LoopEndedMessage>(environment, std::move(mailbox));
  environment.mailbox->Post(message);
}

bool InitAsyncCalls(PyObject* module) {
  static PyMethodDef definitions[] = {
      {"post_call", MethodOf(PostCall), kFastCall, "Call an async JavaScript function on its thread; a future gets the answer."},
      {"cancel_call", MethodOf(CancelCall), kFastCall, "Tell such a call that nobody waits for it."},
      {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, definitions);
}

}  // namespace interloop
