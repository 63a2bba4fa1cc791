// The conversions in flight of a Guest: how they begin, are cancelled, and how what has ended is told to core.
#include <algorithm>

#include "await/js_promise.h"
#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "cpython/tuple.h"
#include "environment/ids.h"
#include "environment/js_values.h"
#include "loop/guest.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/main_frame.h"
#include "values/value_to_js.h"

namespace interloop {

namespace {
// How a conversion has ended, for Hooks.settle.
constexpr double kRejected = 0, kFulfilled = 1, kUnseen = 2;
}  // namespace

void Guest::Start(TaskDriver* driver) {
  size_t index = SlotOfId(driver->promise);
  if (drivers_.size() <= index) drivers_.resize(index + 64 + index / 2);
  drivers_[index] = reinterpret_cast<TaskDriver*>(NewRef(reinterpret_cast<PyObject*>(driver)));
  ++in_flight_;
}

PyObject* Guest::Forget(TaskDriver* driver) {
  TaskDriver*& kept = drivers_[SlotOfId(driver->promise)];
  if (kept != driver) return nullptr;
  kept = nullptr;
  --in_flight_;
  if (driver->unreffed) --unreffed_;
  driver->unreffed = false;
  return reinterpret_cast<PyObject*>(driver);
}

void Guest::Settle(TaskDriver* driver, bool fulfilled, PyObject* value, PyObject* task) {
  if (fulfilled && task) {
    py.Py_DecRef(task);
    task = nullptr;
  }
  Owned held(Forget(driver));
  const bool unseen = !fulfilled && driver->unseen && IsExactly(value, asyncio.cancelled_error);
  Add({driver->promise, fulfilled, value, task, unseen});
  Wake();  // on its own thread the end of the entry looks
}

// It does not keep the process alive while it waits for JS.
void Guest::Unref(TaskDriver* driver, bool unreffed) {
  if (!environment_.OnThread() || driver->settled || driver->unreffed == unreffed) return;
  driver->unreffed = unreffed;
  unreffed_ += unreffed ? 1 : -1;
}

PyObject* Guest::KeepingTasks() const {
  Owned tasks(py.PyList_New(0));
  for (const TaskDriver* driver : drivers_) {
    if (!tasks || (driver && driver->task && !driver->unreffed && py.PyList_Append(tasks.get(), driver->task) < 0)) return nullptr;
  }
  return tasks.release();
}

// A conversion for a loop that runs on another thread, or not yet.
bool Guest::SubmitWithLock(PyObject* awaitable, double promise, PyObject* loop) {
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Of(loop);
  Submission submission;
  submission.promise = promise;
  Owned context(mailbox ? py.PyContext_CopyCurrent() : nullptr);
  if (context) {
    remote_tasks_.Know(loop, mailbox);
    submission.awaitable.kind = submission.context.kind = Value::Kind::object;
    submission.awaitable.owned = submission.context.owned = true;
    submission.awaitable.object = NewRef(awaitable);
    submission.context.object = context.release();
    Submit(mailbox, std::move(submission));
    return true;
  }
  PyObject* exception = TakeException();
  if (exception) Add({promise, false, exception, nullptr, false});
  return true;
}

bool Guest::StartTask(PyObject* awaitable, double promise, PyObject* loop, std::optional<Completion>& ended) {
  if (!LoadAsyncio()) return false;
  Owned owned_loop(NewRef(loop));
  // With no Python on this thread's stack no loop runs here.
  Owned running(environment_.depth > 1 || running_ > 0 ? RunningLoop() : NewRef(None()));
  if (!running) return false;
  if (loop != loop_ && running.get() != loop) return SubmitWithLock(awaitable, promise, loop);
  Owned coroutine(NewTaskDriver(environment_, awaitable, promise, *this, loop));
  if (!coroutine) return false;
  TaskDriver* driver = reinterpret_cast<TaskDriver*>(coroutine.get());
  Owned name(NameOf(awaitable));
  if (!name) py.PyErr_Clear();
  bool idle = running.get() == None();
  auto fail = [driver] {
    Owned failure(TakeException());
    if (failure) FailTask(driver, failure.get());
    return true;
  };
  if (loop != loop_ && !AdoptLoop(loop)) return fail();
  bool first_step_now = false;
  Owned task;
  if (UsesNativeHandles() && loop == loop_ && queue_->plain_tasks && name) {
    Owned arguments(NewTuple({coroutine.get()}));
    if (!arguments) return false;
    static PyObject* name_key = Interned("name");
    if (py.PyDict_SetItem(queue_->task_options, name_key, name.get()) < 0) return false;
    size_t before = queue_->items->size();
    task.reset(py.PyObject_Call(asyncio.task, arguments.get(), queue_->task_options));
    first_step_now = idle && queue_ && queue_->items->size() == before + 1;
  } else {
    static PyObject* create_task = Interned("create_task");
    task.reset(CallMethod(loop, create_task, coroutine.get()));
  }
  if (!task) return fail();
  if (!driver->settled) driver->task = NewRef(task.get());
  if (!task || !first_step_now) return true;
  // The Task has just queued its first step: nobody is running, so it may as well run now.
  Owned step(PopNewest(queue_));
  if (!EnterLoop()) return false;
  ++running_;
  RunAllAboveMain([&] { RunHandle(loop, step.get()); });
  --running_;
  // Its own end is the last thing that a step settles, but for what its frame let go of.
  auto last = std::find_if(settled_.rbegin(), settled_.rend(), [promise](const Completion& settled) { return settled.promise == promise; });
  if (last != settled_.rend()) {
    ended = *last;
    settled_.erase(std::next(last).base());
  }
  return true;
}

bool Guest::Cancel(Environment&, double promise, PyObject* message, bool unseen, bool* found) {
  size_t index = SlotOfId(promise);
  TaskDriver* driver = index < drivers_.size() ? drivers_[index] : nullptr;
  *found = driver && driver->promise == promise;
  if (!*found) return true;
  Owned kept(NewRef(reinterpret_cast<PyObject*>(driver))), loop(NewRef(driver->loop)), task(driver->task ? NewRef(driver->task) : nullptr);
  driver->unseen = unseen;
  static PyObject* cancel = Interned("cancel");
  Owned done(task ? CallMethod(task.get(), cancel, message) : NewRef(None()));
  return bool(done);
}

bool Guest::Release(std::vector<PyObject*>&) { return false; }

// What is for this thread goes to the environment's own mailbox.
bool Guest::Post(std::unique_ptr<Message>& message) { return environment_.inbox->Post(message); }

void Guest::LoopClosed(PyObject* loop) {
  if (loop == remote_tasks_.default_loop() && environment_.OnThread()) remote_tasks_.UseLoop(nullptr);
  for (size_t index = 0; index < drivers_.size(); ++index) {
    TaskDriver* driver = drivers_[index];
    Owned kept(driver && driver->loop == loop ? NewRef(reinterpret_cast<PyObject*>(driver)) : nullptr);
    if (kept) FailTask(driver, "loop-closed", "The Python event loop was closed before the awaitable ended");
  }
  FailWaiters(environment_, loop);
}

void Guest::SettlePromises(napi_value settled) {
  napi_env env = environment_.env;
  uint32_t length = 0;
  if (napi_get_array_length(env, settled, &length) != napi_ok) return;
  for (uint32_t index = 0; index + 2 < length; index += 3) {
    HandleScope scope(env);
    napi_value id = ElementOf(env, settled, index), value = ElementOf(env, settled, index + 2);
    bool fulfilled = GetNumber(env, ElementOf(env, settled, index + 1)) != 0;
    Owned converted(fulfilled ? ToPython(environment_, value) : ErrorToPython(environment_, value));
    if (!converted) {
      fulfilled = false;
      converted.reset(TakeException());
    }
    if (converted) SettlePending(environment_, GetNumber(env, id), fulfilled, converted.get(), loop_);
  }
}

// What has ended

CoreCopy* Guest::TakeCopy(double promise) {
  if (copies_.empty()) return &environment_.first;
  auto found = copies_.find(promise);
  if (found == copies_.end()) return &environment_.first;
  CoreCopy* copy = found->second;
  copies_.erase(found);
  return copy;
}

napi_value Guest::Outcome(const Completion& settled, bool traced, bool& fulfilled) {
  const InCopy copy(environment_, TakeCopy(settled.promise));
  Owned value(settled.value), task(settled.task);
  napi_value result = settled.fulfilled ? ToJs(environment_, value.get()) : ErrorToJs(environment_, value.get(), traced);
  fulfilled = settled.fulfilled && result;
  if (!result && py.PyErr_Occurred()) {
    Owned exception(TakeException());
    result = ErrorToJs(environment_, exception.get(), traced);
  }
  // The error is delivered; asyncio's "never retrieved" would be false.
  if (task && py.PyObject_SetAttrString(task.get(), "_log_traceback", py._Py_FalseStruct) < 0) py.PyErr_Clear();
  if (!result) result = TakeThrown(environment_.env);  // the conversion threw in JS
  if (!result) result = MakeUndefined(environment_.env);
  return result;
}

void Guest::Submit(const std::shared_ptr<LoopMailbox>& mailbox, Submission submission) {
  remote_tasks_.Submit(mailbox, std::move(submission));
  UpdateAlive();
}

void Guest::Return(double promise, bool fulfilled, Value& value) {
  remote_tasks_.Complete(promise);
  const InCopy copy(environment_, TakeCopy(promise));
  napi_env env = environment_.env;
  napi_value result = ToJs(environment_, value);
  if (!result) {
    fulfilled = false;
    result = TakeThrown(env);
    if (!result) result = MakeUndefined(env);
  }
  AddTriple(promise, fulfilled ? kFulfilled : kRejected, result);
}

void Guest::AddTriple(double promise, double kind, napi_value value) {
  triples_.push_back(MakeNumber(environment_.env, promise));
  triples_.push_back(MakeNumber(environment_.env, kind));
  triples_.push_back(value);
}

void Guest::AddTriple(const Completion& settled) {
  if (settled.unseen) {
    Owned error(settled.value), task(settled.task);
    TakeCopy(settled.promise);
    AddTriple(settled.promise, kUnseen, MakeUndefined(environment_.env));
    return;
  }
  bool fulfilled = false;
  napi_value value = Outcome(settled, false, fulfilled);
  AddTriple(settled.promise, fulfilled ? kFulfilled : kRejected, value);
}

void Guest::ConvertSettled() {
  constexpr size_t kBatch = 40;  // conversions in one call of the hook
  while (!settled_.empty()) {
    // Converting an error runs its __str__, which may come back here.
    std::vector<Completion> taken;
    taken.swap(settled_);
    size_t next = 0;
    while (taken.size() - next > kBatch) {
      HandleScope scope(environment_.env);
      for (size_t end = next + kBatch; next < end; ++next) AddTriple(taken[next]);
      const GilReleased released(environment_);
      DeliverSettled();
    }
    for (; next < taken.size(); ++next) AddTriple(taken[next]);
    taken.clear();
    if (settled_.empty()) {  // keeps the memory
      settled_.swap(taken);
      return;
    }
  }
}

void Guest::DeliverSettled() {
  if (triples_.empty()) return;
  // The hook resolves promises, which may run code of the program that comes back here.
  std::vector<napi_value> triples;
  triples.swap(triples_);
  environment_.CallHook(Hook::settle, triples.size(), triples.data());
  triples.clear();
  if (triples_.empty()) triples_.swap(triples);  // keeps the memory
}

}  // namespace interloop
