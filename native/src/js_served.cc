#include "js_served.h"

#include <atomic>

#include "elsewhere.h"
#include "errors.h"
#include "js_caller.h"
#include "js_mailbox.h"
#include "js_values.h"
#include "module_members.h"
#include "standard_streams.h"
#include "value_to_js.h"
#include "value_to_python.h"

namespace interloop {

namespace {

class ServeLetter final : public Letter {
 public:
  ServeLetter(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) : environment(environment), mailbox(std::move(mailbox)) {}

  void Open() override {
    environment.served->Add(caller.number, {mailbox, future});
    if (caller.Call(environment, arguments)) return;  // core will answer
    Value error;
    ReadPending(environment, error);
    environment.served->Answer(environment, caller.number, false, error);
  }

  bool IsCall() const override { return true; }

  void Abandon() override {  // on the environment's thread
    environment.served->Add(caller.number, {mailbox, future});
    Value error;
    SayFailure("finalized", "Cannot call JavaScript: its runtime is ending", error);
    environment.served->Answer(environment, caller.number, false, error);
    caller.LetGo(environment);
    for (Value& value : arguments.values) Leave(environment, value);
  }

  Environment& environment;
  std::shared_ptr<LoopMailbox> mailbox;
  PyObject* future = nullptr;  // owned
  Caller caller;
  Arguments arguments;
};

class CancelCallLetter final : public Letter {
 public:
  CancelCallLetter(Environment& environment, double number) : environment_(environment), number_(number) {}

  void Open() override {
    napi_value arguments[3] = {MakeNumber(environment_.env, kOperationCancelCall), MakeNumber(environment_.env, number_), Deliver(environment_, error)};
    if (!arguments[2]) arguments[2] = MakeUndefined(environment_.env);
    environment_.CallHook(Hook::operate, 3, arguments);
    ClearPending(environment_);
  }

  Value error;

 private:
  Environment& environment_;
  double number_;
};

class LoopEndedLetter final : public Letter {
 public:
  LoopEndedLetter(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) : environment_(environment), mailbox_(std::move(mailbox)) {}
  void Open() override { environment_.served->LoopEnded(environment_, mailbox_.get()); }

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
  if (!environment || !environment->alive || environment->finalized || environment->given) {
    CheckEnvironment(environment);
    return nullptr;
  }
  if (environment->calls_ended) return RaiseFailure("finalized", kNoAnswer);
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Of(args[2]);
  if (!mailbox) return nullptr;
  FlushOutput();
  auto serve = std::make_unique<ServeLetter>(*environment, mailbox);
  if (!serve->arguments.AddAll(*environment, args[3], args[4]) || !serve->caller.Capture(*environment, args[0], args[2])) {
    serve->arguments.Drop(*environment);
    return nullptr;
  }
  serve->caller.number = static_cast<double>(next_number++);
  serve->future = NewRef(args[1]);
  double number = serve->caller.number;
  std::unique_ptr<Letter> letter = std::move(serve);
  if (environment->mailbox->Post(letter)) return py.PyLong_FromLongLong(static_cast<long long>(number));
  static_cast<ServeLetter*>(letter.get())->caller.Drop();
  static_cast<ServeLetter*>(letter.get())->arguments.Drop(*environment);
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
  auto cancel = std::make_unique<CancelCallLetter>(environment, static_cast<double>(py.PyLong_AsLongLongAndOverflow(args[1], &overflow)));
  DescribeError(environment, args[2], cancel->error);
  std::unique_ptr<Letter> letter = std::move(cancel);
  if (!environment.mailbox->Post(letter)) Discard(environment, static_cast<CancelCallLetter*>(letter.get())->error);
  return NewRef(None());
}

}  // namespace

void Served::Answer(Environment& environment, double number, bool fulfilled, Value& value) {
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

void Served::End(Environment& environment) {
  while (!calls_.empty()) {
    Value failure;
    SayFailure("finalized", "The JavaScript that was to answer has ended", failure);
    Answer(environment, static_cast<double>(calls_.begin()->first), false, failure);
  }
}

void Served::LoopEnded(Environment& environment, LoopMailbox* mailbox) {
  std::vector<int64_t> numbers;
  for (auto& [number, call] : calls_) {
    if (call.mailbox.get() == mailbox) numbers.push_back(number);
  }
  for (int64_t number : numbers) {
    auto found = calls_.find(number);
    if (found == calls_.end()) continue;
    environment.refs.Queue(found->second.future);
    calls_.erase(found);
    CancelCallLetter letter(environment, static_cast<double>(number));
    SayFailure("loop-closed", "The Python event loop that waited for this call was closed", letter.error);
    letter.Open();
  }
}

void TellLoopEnded(Environment& environment, std::shared_ptr<LoopMailbox> mailbox) {
  if (!environment.mailbox) return;
  std::unique_ptr<Letter> letter = std::make_unique<LoopEndedLetter>(environment, std::move(mailbox));
  environment.mailbox->Post(letter);
}

bool InitServed(PyObject* module) {
  static PyMethodDef definitions[] = {
      {"post_call", MethodOf(PostCall), kFastCall, "Call an async JavaScript function on its thread; a future gets the answer."},
      {"cancel_call", MethodOf(CancelCall), kFastCall, "Tell such a call that nobody waits for it."},
      {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, definitions);
}

}  // namespace interloop
