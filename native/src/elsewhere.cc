#include "elsewhere.h"

#include "asyncio_api.h"
#include "context.h"
#include "crossing.h"
#include "errors.h"
#include "guest.h"
#include "js_mailbox.h"
#include "js_promise.h"
#include "standard_streams.h"
#include "value_to_js.h"
#include "value_to_python.h"

namespace interloop {

namespace {

// interloop._elsewhere.name(...)
template <class... Arguments>
PyObject* Ask(const char* name, Arguments... arguments) {
  Owned module(py.PyImport_ImportModule("interloop._elsewhere")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* values[] = {nullptr, arguments...};
  return function ? CallVector(function.get(), values + 1, sizeof...(Arguments) | kVectorcallOffset) : nullptr;
}

template <class... Arguments>
bool Call(const char* name, Arguments... arguments) {
  Owned done(Ask(name, arguments...));
  return bool(done);
}

// An error that no promise hears of; one that ends the loop stays set.
void Report(PyObject* where) {
  if (!EndsLoop(py.PyErr_Occurred())) py.PyErr_WriteUnraisable(where);
}

// To JS: a conversion has ended.
class SettledLetter final : public Letter {
 public:
  SettledLetter(Environment& environment, double promise, bool fulfilled, Value value)
      : environment_(environment), promise_(promise), fulfilled_(fulfilled), value_(std::move(value)) {}

  void Open() override { environment_.guest->Return(promise_, fulfilled_, value_); }

 private:
  Environment& environment_;
  double promise_;
  bool fulfilled_;
  Value value_;
};

void PostSettledValue(Environment& environment, double promise, bool fulfilled, Value value) {
  std::unique_ptr<Letter> letter = std::make_unique<SettledLetter>(environment, promise, fulfilled, std::move(value));
  environment.mailbox->Post(letter);  // else there is nobody left to tell
}

// To a loop: run an awaitable in a Task.
class StartLetter final : public Letter {
 public:
  StartLetter(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, Departure departure)
      : environment_(environment), mailbox_(std::move(mailbox)), departure_(std::move(departure)) {}

  void Claim() override {
    interloop::Claim(departure_.awaitable);
    interloop::Claim(departure_.context);
  }

  void Open() override {
    Owned awaitable(Make(environment_, departure_.awaitable));
    Owned coroutine(awaitable ? NewCrossing(environment_, awaitable.get(), departure_.promise, mailbox_->loop(), mailbox_) : nullptr);
    if (!coroutine) {
      FailWithError();
      Abandon();
      return;
    }
    Crossing* crossing = reinterpret_cast<Crossing*>(coroutine.get());
    Owned context(EnterOwnContext());
    static PyObject* create_task = Interned("create_task");
    Owned loop(NewRef(mailbox_->loop())), task(py.PyErr_Occurred() ? nullptr : CallMethod(loop.get(), create_task, coroutine.get()));
    if (task && !crossing->settled) crossing->task = NewRef(task.get());
    Owned failure(task ? nullptr : TakeException());
    if (failure) FailCrossing(crossing, failure.get());
    if (context) LeaveContext(context.get());
    // A Ctrl-C, for one, is not the promise's alone.
    if (failure && EndsLoop(failure.get())) Raise(failure.get());
  }

  void Abandon() override {
    if (departure_.promise >= 0) SettleClosed();
    if (departure_.snapshot != 0) environment_.Drop(departure_.snapshot);
    Discard(environment_, departure_.awaitable);
    Discard(environment_, departure_.context);
  }

  // On the environment's thread, without the GIL.
  void Refuse() {
    SettleClosed();
    if (departure_.snapshot != 0) environment_.Drop(departure_.snapshot);
    Leave(environment_, departure_.awaitable);
    Leave(environment_, departure_.context);
  }

 private:
  void SettleClosed() {
    Value failure;
    SayFailure("loop-closed", "Cannot use this event loop: it is closed", failure);
    PostSettledValue(environment_, departure_.promise, false, std::move(failure));
  }

  void FailWithError() {
    Owned exception(TakeException());
    if (exception) PostSettled(environment_, departure_.promise, false, exception.get());
    departure_.promise = -1;
  }

  // A copy of the context, and the JS async context in it. Null without an error: the loop's own, which is empty, will do.
  PyObject* EnterOwnContext() {
    bool given = departure_.context.kind != Value::Kind::none;
    if (!given && departure_.snapshot == 0) return nullptr;
    Owned original(given ? Make(environment_, departure_.context) : nullptr);
    if (original && !IsExactly(original.get(), py.PyContext_Type)) {
      py.PyErr_SetString(py.PyExc_TypeError, "TaskLocals need a contextvars.Context");
      return nullptr;
    }
    Owned copy(given ? py.PyContext_Copy(original.get()) : py.PyContext_New());
    if (!copy || py.PyContext_Enter(copy.get()) < 0) return nullptr;
    if (departure_.snapshot != 0) {
      Owned token(EnterSnapshot(environment_, departure_.snapshot));
      departure_.snapshot = 0;
      if (!token) py.PyErr_WriteUnraisable(None());
    }
    return copy.release();
  }

  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  Departure departure_;
};

class CancelLetter final : public Letter {
 public:
  CancelLetter(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, double promise, Text message)
      : environment_(environment), mailbox_(std::move(mailbox)), promise_(promise), message_(std::move(message)) {}

  void Open() override {
    Crossing* crossing = mailbox_->Find(environment_, promise_);
    if (!crossing || !crossing->task) return;
    static PyObject* cancel = Interned("cancel");
    Owned task(NewRef(crossing->task)), message(MakeText(message_)), done(message ? CallMethod(task.get(), cancel, message.get()) : nullptr);
    if (!done) Report(task.get());
  }

 private:
  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  double promise_;
  Text message_;
};

class AnswerLetter final : public Letter {
 public:
  AnswerLetter(Environment& environment, PyObject* future, bool fulfilled) : environment_(environment), future_(future), fulfilled_(fulfilled) {}

  void Claim() override { interloop::Claim(value); }

  void Open() override {
    Owned future(future_), made(Make(environment_, value));
    bool fulfilled = fulfilled_;
    if (!made) {
      fulfilled = false;
      made.reset(TakeException());
    }
    if (!made || !SettleFuture(future.get(), fulfilled, made.get())) Report(future.get());
  }

  void Abandon() override {
    Discard(environment_, value);
    py.Py_DecRef(future_);
  }

  Value value;

 private:
  Environment& environment_;
  PyObject* future_;
  bool fulfilled_;
};

class DropsLetter final : public Letter {
 public:
  explicit DropsLetter(std::vector<PyObject*> objects) : objects(std::move(objects)) {}
  void Open() override {
    for (PyObject* object : objects) py.Py_DecRef(object);
  }
  void Abandon() override { Open(); }
  std::vector<PyObject*> objects;
};

class StopLetter final : public Letter {
 public:
  explicit StopLetter(LoopMailbox& mailbox) : mailbox_(mailbox) {}
  void Open() override {
    static PyObject* stop = Interned("stop");
    Owned loop(NewRef(mailbox_.loop())), done(CallMethod(loop.get(), stop));
    if (!done) Report(loop.get());
  }

 private:
  LoopMailbox& mailbox_;
};

}  // namespace

void PostStart(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, Departure departure) {
  std::unique_ptr<Letter> letter = std::make_unique<StartLetter>(environment, mailbox, std::move(departure));
  if (!mailbox->Post(letter)) static_cast<StartLetter*>(letter.get())->Refuse();
}

void PostCancel(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, double promise, Text message) {
  std::unique_ptr<Letter> letter = std::make_unique<CancelLetter>(environment, mailbox, promise, std::move(message));
  mailbox->Post(letter);  // a closed loop has nothing left to cancel
}

void PostSettled(Environment& environment, double promise, bool fulfilled, PyObject* object) {
  FlushOutput();
  Value value;
  if (fulfilled && !Describe(environment, object, value)) {
    fulfilled = false;
    value = Value();
    Owned exception(TakeException());
    if (exception) DescribeError(environment, exception.get(), value);
  } else if (!fulfilled) {
    DescribeError(environment, object, value);
  }
  PostSettledValue(environment, promise, fulfilled, std::move(value));
}

bool PostAnswer(Environment& environment, LoopMailbox& mailbox, PyObject* future, bool fulfilled, Value& value) {
  auto answer = std::make_unique<AnswerLetter>(environment, future, fulfilled);
  AnswerLetter* kept = answer.get();
  kept->value = std::move(value);
  std::unique_ptr<Letter> letter = std::move(answer);
  if (mailbox.Post(letter)) return true;
  value = std::move(kept->value);
  return false;
}

bool PostDrops(LoopMailbox& mailbox, std::vector<PyObject*>& objects) {
  auto drops = std::make_unique<DropsLetter>(std::move(objects));
  DropsLetter* kept = drops.get();
  std::unique_ptr<Letter> letter = std::move(drops);
  if (mailbox.Post(letter)) return true;
  objects = std::move(kept->objects);
  return false;
}

void PostStop(LoopMailbox& mailbox) {
  std::unique_ptr<Letter> letter = std::make_unique<StopLetter>(mailbox);
  mailbox.Post(letter);
}

bool ObserveElsewhere(PyObject* future, PyObject* callback) { return Call("observe", future, callback); }

bool AdoptLoop(PyObject* loop) { return Call("adopt", loop); }

bool ListenElsewhere(PyObject* loop, int descriptor, PyObject* drain) {
  Owned number(py.PyLong_FromLongLong(descriptor));
  return number && Call("listen", loop, number.get(), drain);
}

bool SettleElsewhere(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value) {
  return Call("settle", loop, future, fulfilled ? py._Py_TrueStruct : py._Py_FalseStruct, value);
}

void QuietElsewhere(PyObject* loop, PyObject* task) {
  if (!Call("quiet", loop, task)) py.PyErr_Clear();
}

PyObject* BlockedElsewhere(uintptr_t thread, PyObject* seen) {
  Owned ident(py.PyLong_FromLongLong(static_cast<long long>(thread)));
  return ident ? Ask("blocked", ident.get(), seen) : nullptr;
}

bool PythonThreadsRemain() {
  Owned answer(Ask("threads_remain"));
  if (!answer) py.PyErr_WriteUnraisable(None());
  return answer && py.PyObject_IsTrue(answer.get()) == 1;
}

void LeaveInterpreter() {
  if (!Call("leave")) py.PyErr_WriteUnraisable(None());
}

}  // namespace interloop
