#include "remote/remote_loop.h"

#include "await/js_promise.h"
#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "environment/standard_streams.h"
#include "loop/guest.h"
#include "loop/js_mailbox.h"
#include "values/context.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/value_to_js.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

// interloop._remote_loop.name(...)
template <class... Arguments>
PyObject* Ask(const char* name, Arguments... arguments) {
  Owned module(py.PyImport_ImportModule("interloop._remote_loop")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* values[] = {nullptr, arguments...};
  return function ? CallVector(function.get(), values + 1, sizeof...(Arguments) | kVectorcallOffset) : nullptr;
}

template <class... Arguments>
bool Call(const char* name, Arguments... arguments) {
  Owned done(Ask(name, arguments...));
  return bool(done);
}

// An error that no promise rejects with; one that ends the loop stays set.
void Report(PyObject* where) {
  if (!EndsLoop(py.PyErr_Occurred())) py.PyErr_WriteUnraisable(where);
}

// To JS: a conversion has ended.
class SettledMessage final : public Message {
 public:
  SettledMessage(Environment& environment, double promise, bool fulfilled, Value value)
      : environment_(environment), promise_(promise), fulfilled_(fulfilled), value_(std::move(value)) {}

  void Run() override { environment_.guest->Return(promise_, fulfilled_, value_); }

 private:
  Environment& environment_;
  double promise_;
  bool fulfilled_;
  Value value_;
};

void PostSettledValue(Environment& environment, double promise, bool fulfilled, Value value) {
  std::unique_ptr<Message> message = std::make_unique<SettledMessage>(environment, promise, fulfilled, std::move(value));
  environment.mailbox->Post(message);  // else there is nobody left to tell
}

void PostSettled(Environment& environment, double promise, bool fulfilled, PyObject* object) {
  FlushOutput();
  Value value;
  if (fulfilled && !FromPython(environment, object, value)) {
    fulfilled = false;
    value = Value();
    Owned exception(TakeException());
    if (exception) ErrorFromPython(environment, exception.get(), value);
  } else if (!fulfilled) {
    ErrorFromPython(environment, object, value);
  }
  PostSettledValue(environment, promise, fulfilled, std::move(value));
}

// To a loop: run an awaitable in a Task.
class StartMessage final : public Message {
 public:
  StartMessage(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, Submission submission)
      : environment_(environment), mailbox_(std::move(mailbox)), submission_(std::move(submission)) {}

  void Own() override {
    interloop::Own(submission_.awaitable);
    interloop::Own(submission_.context);
  }

  void Run() override {
    Owned awaitable(ToPython(environment_, submission_.awaitable));
    Owned coroutine(awaitable ? NewTaskDriver(environment_, awaitable.get(), submission_.promise, mailbox_) : nullptr);
    if (!coroutine) {
      FailWithError();
      Cancel();
      return;
    }
    TaskDriver* driver = reinterpret_cast<TaskDriver*>(coroutine.get());
    Owned context(EnterOwnContext());
    static PyObject* create_task = Interned("create_task");
    Owned loop(NewRef(mailbox_->loop())), task(py.PyErr_Occurred() ? nullptr : CallMethod(loop.get(), create_task, coroutine.get()));
    if (task && !driver->settled) driver->task = NewRef(task.get());
    Owned failure(task ? nullptr : TakeException());
    if (failure) FailTask(driver, failure.get());
    if (context) LeaveContext(context.get());
    // A Ctrl-C, for one, is not the promise's alone.
    if (failure && EndsLoop(failure.get())) Raise(failure.get());
  }

  void Cancel() override {
    if (submission_.promise >= 0) SettleClosed();
    if (submission_.snapshot != 0) environment_.dropped_values->Drop(submission_.snapshot);
    Discard(environment_, submission_.awaitable);
    Discard(environment_, submission_.context);
  }

  // On the environment's thread, without the GIL.
  void Refuse() {
    SettleClosed();
    if (submission_.snapshot != 0) environment_.dropped_values->Drop(submission_.snapshot);
    Leave(environment_, submission_.awaitable);
    Leave(environment_, submission_.context);
  }

 private:
  void SettleClosed() {
    Value failure;
    SayFailure("loop-closed", "Cannot use this event loop: it is closed", failure);
    PostSettledValue(environment_, submission_.promise, false, std::move(failure));
  }

  void FailWithError() {
    Owned exception(TakeException());
    if (exception) PostSettled(environment_, submission_.promise, false, exception.get());
    submission_.promise = -1;
  }

  // A copy of the context, and the JS async context in it. Null without an error: the loop's own, which is empty, will do.
  PyObject* EnterOwnContext() {
    bool given = submission_.context.kind != Value::Kind::none;
    if (!given && submission_.snapshot == 0) return nullptr;
    Owned original(given ? ToPython(environment_, submission_.context) : nullptr);
    if (original && !IsExactly(original.get(), py.PyContext_Type)) {
      py.PyErr_SetString(py.PyExc_TypeError, "TaskLocals need a contextvars.Context");
      return nullptr;
    }
    Owned copy(given ? py.PyContext_Copy(original.get()) : py.PyContext_New());
    if (!copy || py.PyContext_Enter(copy.get()) < 0) return nullptr;
    if (submission_.snapshot != 0) {
      Owned token(EnterSnapshot(environment_, submission_.snapshot));
      submission_.snapshot = 0;
      if (!token) py.PyErr_WriteUnraisable(None());
    }
    return copy.release();
  }

  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  Submission submission_;
};

class CancelMessage final : public Message {
 public:
  CancelMessage(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, double promise, Text message)
      : environment_(environment), mailbox_(std::move(mailbox)), promise_(promise), message_(std::move(message)) {}

  void Run() override {
    TaskDriver* driver = mailbox_->Find(environment_, promise_);
    if (!driver || !driver->task) return;
    static PyObject* cancel = Interned("cancel");
    Owned task(NewRef(driver->task)), message(TextToPython(message_)), done(message ? CallMethod(task.get(), cancel, message.get()) : nullptr);
    if (!done) Report(task.get());
  }

 private:
  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  double promise_;
  Text message_;
};

class AnswerMessage final : public Message {
 public:
  AnswerMessage(Environment& environment, PyObject* future, bool fulfilled) : environment_(environment), future_(future), fulfilled_(fulfilled) {}

  void Own() override { interloop::Own(value); }

  void Run() override {
    Owned future(future_), made(ToPython(environment_, value));
    bool fulfilled = fulfilled_;
    if (!made) {
      fulfilled = false;
      made.reset(TakeException());
    }
    if (!made || !SettleFuture(future.get(), fulfilled, made.get())) Report(future.get());
  }

  void Cancel() override {
    Discard(environment_, value);
    py.Py_DecRef(future_);
  }

  Value value;

 private:
  Environment& environment_;
  PyObject* future_;
  bool fulfilled_;
};

class DropsMessage final : public Message {
 public:
  explicit DropsMessage(std::vector<PyObject*> objects) : objects(std::move(objects)) {}
  void Run() override {
    for (PyObject* object : objects) py.Py_DecRef(object);
  }
  void Cancel() override { Run(); }
  std::vector<PyObject*> objects;
};

class StopMessage final : public Message {
 public:
  explicit StopMessage(LoopMailbox& mailbox) : mailbox_(mailbox) {}
  void Run() override {
    static PyObject* stop = Interned("stop");
    Owned loop(NewRef(mailbox_.loop())), done(CallMethod(loop.get(), stop));
    if (!done) Report(loop.get());
  }

 private:
  LoopMailbox& mailbox_;
};

}  // namespace

void PostStart(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, Submission submission) {
  std::unique_ptr<Message> message = std::make_unique<StartMessage>(environment, mailbox, std::move(submission));
  if (!mailbox->Post(message)) static_cast<StartMessage*>(message.get())->Refuse();
}

void PostCancel(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, double promise, Text reason) {
  std::unique_ptr<Message> message = std::make_unique<CancelMessage>(environment, mailbox, promise, std::move(reason));
  mailbox->Post(message);  // a closed loop has nothing left to cancel
}

bool PostAnswer(Environment& environment, LoopMailbox& mailbox, PyObject* future, bool fulfilled, Value& value) {
  auto answer = std::make_unique<AnswerMessage>(environment, future, fulfilled);
  AnswerMessage* kept = answer.get();
  kept->value = std::move(value);
  std::unique_ptr<Message> message = std::move(answer);
  if (mailbox.Post(message)) return true;
  value = std::move(kept->value);
  return false;
}

void PostStop(LoopMailbox& mailbox) {
  std::unique_ptr<Message> message = std::make_unique<StopMessage>(mailbox);
  mailbox.Post(message);
}

bool ListenRemote(PyObject* loop, int descriptor, PyObject* drain) {
  Owned number(py.PyLong_FromLongLong(descriptor));
  return number && Call("listen", loop, number.get(), drain);
}

void LoopMailbox::Settle(TaskDriver* driver, bool fulfilled, PyObject* value, PyObject* task) {
  Owned owned_value(value), owned_task(task), held(Forget(driver));
  PostSettled(*driver->environment, driver->promise, fulfilled, value);
  // The error is delivered; asyncio is not to report it.
  if (!fulfilled && task && !Call("quiet", driver->loop, task)) py.PyErr_Clear();
}

bool LoopMailbox::Cancel(Environment& environment, double promise, PyObject* message, bool, bool* found) {
  Text text;
  *found = true;
  if (!TextFromPython(message, text)) return false;
  PostCancel(environment, shared_from_this(), promise, std::move(text));
  return true;
}

PyObject* LoopMailbox::NewFuture() {
  static PyObject* create_future = Interned("create_future");
  return CallMethod(loop_, create_future);
}

bool LoopMailbox::Release(std::vector<PyObject*>& objects) {
  auto drops = std::make_unique<DropsMessage>(std::move(objects));
  DropsMessage* kept = drops.get();
  std::unique_ptr<Message> message = std::move(drops);
  if (Mailbox::Post(message)) return true;
  objects = std::move(kept->objects);
  return false;
}

}  // namespace interloop
