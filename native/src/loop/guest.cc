#include "loop/guest.h"

#include <algorithm>
#include <cmath>

#include "cpython/asyncio_api.h"
#include "values/convert.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/main_frame.h"
#include "values/value_to_js.h"

namespace interloop {

namespace {
constexpr double kNever = INFINITY;
}  // namespace

Guest::~Guest() = default;

// Waking

void Guest::Wake() {
  // On its own thread inside an entry nothing needs waking: the entry's end looks.
  if (!environment_.OnThread() || !environment_.holding) environment_.mailbox->Due();
}

void Guest::Detach() {
  poller_ = nullptr;
  environment_.mailbox->End();
  remote_tasks_.Detach();
}

namespace {

void CallShutdown(const char* function, PyObject* loop, PyObject* argument) {
  Owned module(py.PyImport_ImportModule("interloop._shutdown")), called(module ? py.PyObject_GetAttrString(module.get(), function) : nullptr);
  PyObject* arguments[] = {nullptr, loop, argument};
  Owned done(called ? CallVector(called.get(), arguments + 1, (argument ? 2 : 1) | kVectorcallOffset) : nullptr);
  if (!done) py.PyErr_WriteUnraisable(loop);
}

}  // namespace

void Guest::ExpectFailures() {
  for (PyObject* loop : {loop_, remote_tasks_.default_loop()}) {
    Owned kept(loop ? NewRef(loop) : nullptr);
    if (kept) CallShutdown("expect_failures", kept.get(), nullptr);
  }
}

void Guest::EndLoop(double seconds) {
  if (loop_) {
    Owned loop(NewRef(loop_)), limit(py.PyFloat_FromDouble(seconds));
    LeaveLoop();
    CallShutdown("shutdown_now", loop.get(), limit.get());
  }
  // Nobody is left to be told.
  std::vector<Completion> settled;
  settled.swap(settled_);
  for (const Completion& each : settled) Owned value(each.value), task(each.task);
}

// Hosting

bool Guest::Host(PyObject* loop) {
  if (!LoadAsyncio() || !(poller_ = environment_.mailbox->NeedPoller())) return false;
  if (loop_) Unhost();
  static PyObject *host = Interned("_host"), *ready = Interned("_ready");
  Owned descriptor(CallMethod(loop, host)), queue(descriptor ? py.PyObject_GetAttr(loop, ready) : nullptr);
  int overflow = 0;
  if (!queue) return false;
  ready_ = queue.release();
  loop_ = NewRef(loop);
  queue_ = IsReadyQueue(ready_) ? reinterpret_cast<ReadyQueue*>(ready_) : nullptr;
  if (queue_) queue_->host = this;
  poller_->Watch(static_cast<int>(py.PyLong_AsLongLongAndOverflow(descriptor.get(), &overflow)));
  deadline_ = kNever;
  touched_ = true;
  return true;
}

void Guest::Unhost() {
  if (!loop_) return;
  LeaveLoop();
  if (poller_) {  // gone when the environment has ended
    poller_->Watch(-1);
    poller_->SetDeadline(kNever);
  }
  deadline_ = kNever;
  LoopClosed(loop_);
  if (queue_) queue_->host = nullptr;
  queue_ = nullptr;
  Owned loop(loop_), ready(ready_);
  loop_ = ready_ = nullptr;
  loop_busy_ = touched_ = false;
  static PyObject* unhost = Interned("_unhost");
  Owned done(CallMethod(loop.get(), unhost));
  if (!done) py.PyErr_WriteUnraisable(loop.get());
}

PyObject* Guest::LeaveParent() {
  poller_ = nullptr;
  entered_ = nullptr;
  loop_busy_ = touched_ = false;
  if (queue_) queue_->host = nullptr;
  queue_ = nullptr;
  ready_ = nullptr;
  PyObject* loop = loop_;
  loop_ = nullptr;
  return loop;
}

bool Guest::driving() const {
  if (!loop_) return false;
  static PyObject* name = Interned("_driving");
  Owned value(py.PyObject_GetAttr(loop_, name));
  if (!value) py.PyErr_Clear();
  return value && value.get() == py._Py_TrueStruct;
}

PyObject* Guest::NewFuture() {
  if (UsesNativeHandles()) {
    // What create_future() does, without a call of Python code and a new dict.
    static PyObject* nothing = py.PyTuple_New(0);
    return py.PyObject_Call(asyncio.future, nothing, queue_->future_options);
  }
  static PyObject* create_future = Interned("create_future");
  return CallMethod(loop_, create_future);
}

bool Guest::EnterLoop() {
  if (entered_ != loop_ && !SetRunningLoop(loop_)) return false;
  entered_ = loop_;
  return true;
}

void Guest::LeaveLoop() {
  if (!entered_ || running_ > 0) return;
  entered_ = nullptr;
  if (!SetRunningLoop(None())) ReportError(loop_, "The running loop could not be reset", nullptr);
}

// Pumping

size_t Guest::Ready() const {
  if (queue_) return queue_->items->size();
  if (!ready_) return 0;
  Py_ssize_t size = py.PyObject_Size(ready_);
  if (size < 0) py.PyErr_Clear();
  return size > 0 ? static_cast<size_t>(size) : 0;
}

bool Guest::PumpRemote(bool poll, bool settled) {
  if (settled || environment_.dropped_values->cancelled() || (loop_ && (poll || scheduled_))) return false;
  if (!loop_) environment_.dropped_values->Tell();
  return true;
}

void Guest::RunReady() {
  // What is queued now, as _run_once() does; what these callbacks queue waits for the next turn.
  PyObject* loop = loop_;  // a callback may end the hosting, and begin another
  for (size_t left = queue_->items->size(); left > 0 && queue_ && loop_ == loop; --left) {
    Owned handle(PopOldest(queue_));
    if (!handle) return;
    RunHandle(loop_, handle.get());
  }
}

std::optional<size_t> Guest::BeginStep() {
  if (environment_.depth > 1 || running_ > 0 || !loop_ || !UsesNativeHandles() || !EnterLoop()) {
    py.PyErr_Clear();
    LeaveLoop();
    return std::nullopt;
  }
  ++running_;
  return queue_->items->size();
}

bool Guest::BeginCall() {
  if (environment_.depth > 1 || running_ > 0 || !loop_) return false;
  if (!EnterLoop()) {
    py.PyErr_Clear();
    return false;
  }
  ++running_;
  return true;
}

void Guest::EndStep(std::optional<size_t> before) {
  if (before && queue_ && queue_->items->size() == *before + 1) {
    Owned loop(NewRef(loop_)), step(PopNewest(queue_));
    RunAllAboveMain([&] { RunHandle(loop.get(), step.get()); });
  }
  --running_;
}

size_t Guest::Pump(bool poll, napi_value settled) {
  // Inside an entry of this thread Python is on the stack, and a loop may be running there: the end of the outer entry schedules again.
  bool nested = environment_.depth > 1;
  scheduled_ = !nested;
  if (!loop_) {
    if (settled) SettlePromises(settled);
    return scheduled_ = 0;
  }
  if (nested) {
    if (settled) SettlePromises(settled);
    return 0;
  }
  Owned loop(NewRef(loop_));
  if (EnterLoop()) {
    ++running_;
    if (settled) SettlePromises(settled);
    if (UsesNativeHandles() && !poll) {
      if (!queue_->items->empty()) RunAllAboveMain([this] { RunReady(); });
    } else if (loop_) {
      static PyObject* run_once = Interned("_run_once");
      Owned done(CallMethod(loop.get(), run_once));
      if (!done) ReportError(loop.get(), "Exception in callback", nullptr);
      touched_ = true;
      if (poller_) poller_->Rearm();  // not in a child that a callback has forked
    }
    --running_;
  } else {
    ReportError(loop.get(), "The running loop could not be set", nullptr);
  }
  size_t ready = Ready();
  scheduled_ = ready > 0;
  return ready;
}

bool Guest::RunSignals() {
  const bool within = environment_.depth == 1 && running_ == 0 && loop_ && EnterLoop();
  if (within) ++running_;
  const bool good = py.PyErr_CheckSignals() == 0;
  if (within) --running_;
  return good;
}

void Guest::Refresh() {
  touched_ = false;
  if (!loop_) return;
  static PyObject* next_wake = Interned("_next_wake");
  Owned answer(CallMethod(loop_, next_wake));
  if (!answer) {
    ReportError(loop_, "The next timer could not be found", nullptr);
    return;
  }
  double when = py.PyFloat_AsDouble(answer.get());
  loop_busy_ = when >= 0;
  double deadline = when >= 0 ? when : kNever;
  if (deadline == deadline_ && deadline == kNever) return;
  // Set even when unchanged: a timer that has fired must fire again if its time had not quite come.
  deadline_ = deadline;
  poller_->SetDeadline(deadline);
}

void Guest::UpdateAlive() {
  const bool busy = busy_here_ || remote_tasks_.count() > 0 || environment_.holds > 0;
  environment_.mailbox->KeepAlive(busy && !environment_.unreffed);
}

void Guest::EndEntry(bool outermost) {
  // The values of an inner entry would not live until the outer one delivers.
  if (outermost) ConvertSettled();
  if (touched_) Refresh();
  if (Ready() > 0 && !scheduled_ && loop_) {
    scheduled_ = true;
    environment_.CallHook(Hook::schedule, 0, nullptr);
  }
  if (outermost) remote_tasks_.LearnContext();
  busy_here_ = in_flight_ > unreffed_ || loop_busy_ || Ready() > 0;
  UpdateAlive();
}

}  // namespace interloop
