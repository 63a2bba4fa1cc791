#include "guest.h"

#include <algorithm>
#include <cmath>

#include "asyncio_api.h"
#include "convert.h"
#include "elsewhere.h"
#include "errors.h"
#include "js_promise.h"
#include "js_served.h"
#include "value_to_js.h"
#include "watched.h"

namespace interloop {

namespace {
constexpr double kNever = INFINITY;
// How a conversion has ended, for Hooks.settle.
constexpr double kRejected = 0, kFulfilled = 1, kUnseen = 2;
}  // namespace

Guest::~Guest() = default;

// Waking

void Guest::Wake() {
  // On its own thread inside an entry nothing needs waking: the entry's end looks.
  if (!environment_.OnThread() || !environment_.holding) environment_.mailbox->Due();
}

void Guest::Detach() {
  poller_ = nullptr;
  environment_.served->End(environment_);
  environment_.watched->End();
  environment_.mailbox->End();
  away_.Detach();
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

void Guest::LoopClosed(PyObject* loop) {
  if (loop == away_.default_loop() && environment_.OnThread()) away_.UseLoop(nullptr);
  for (size_t index = 0; index < crossings_.size(); ++index) {
    Crossing* crossing = crossings_[index];
    if (crossing && crossing->loop == loop) FailCrossing(crossing, "loop-closed", "The Python event loop was closed before the awaitable ended");
  }
  FailWaiters(environment_, loop);
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

bool Guest::PumpElsewhere(bool poll, napi_value& settled) {
  if (settled) settled = environment_.watched->PostOutcomes(settled);
  if (settled || !environment_.cancellations.empty() || (loop_ && (poll || scheduled_))) return false;
  if (!loop_) environment_.TellDropped();
  return true;
}

void Guest::SettlePromises(napi_value settled) {
  napi_env env = environment_.env;
  uint32_t length = 0;
  if (napi_get_array_length(env, settled, &length) != napi_ok) return;
  for (uint32_t index = 0; index + 2 < length; index += 3) {
    ValueScope scope(env);
    napi_value id = ElementOf(env, settled, index), value = ElementOf(env, settled, index + 2);
    bool fulfilled = GetNumber(env, ElementOf(env, settled, index + 1)) != 0;
    Owned converted(fulfilled ? ToPython(environment_, value) : ErrorToPython(environment_, value));
    if (!converted) {
      fulfilled = false;
      converted.reset(TakeException());
    }
    if (converted) SettleWatched(environment_, GetNumber(env, id), fulfilled, converted.get(), loop_);
  }
}

void Guest::RunReady() {
  // What is queued now, as _run_once() does; what these callbacks queue waits for the next turn.
  for (size_t left = queue_->items->size(); left > 0 && loop_; --left) {
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

void Guest::EndStep(std::optional<size_t> before) {
  if (before && queue_ && queue_->items->size() == *before + 1) {
    Owned loop(NewRef(loop_)), step(PopNewest(queue_));
    RunHandle(loop.get(), step.get());
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
      RunReady();
    } else if (loop_) {
      static PyObject* run_once = Interned("_run_once");
      Owned done(CallMethod(loop.get(), run_once));
      if (!done) ReportError(loop.get(), "Exception in callback", nullptr);
      touched_ = true;
      poller_->Rearm();
    }
    --running_;
  } else {
    ReportError(loop.get(), "The running loop could not be set", nullptr);
  }
  size_t ready = Ready();
  scheduled_ = ready > 0;
  return ready;
}

napi_value Guest::Outcome(const Settled& settled, bool traced, bool& fulfilled) {
  Owned value(settled.value), task(settled.task);
  napi_value result = settled.fulfilled ? ToJs(environment_, value.get()) : ErrorToJs(environment_, value.get(), traced);
  fulfilled = settled.fulfilled && result;
  if (!result && py.PyErr_Occurred()) {
    Owned exception(TakeException());
    result = ErrorToJs(environment_, exception.get(), traced);
  }
  // The error is delivered; asyncio's "never retrieved" would be false.
  if (task && py.PyObject_SetAttrString(task.get(), "_log_traceback", py._Py_FalseStruct) < 0) py.PyErr_Clear();
  if (!result) napi_get_undefined(environment_.env, &result);
  return result;
}

void Guest::Depart(const std::shared_ptr<LoopMailbox>& mailbox, Departure departure) {
  away_.Depart(mailbox, std::move(departure));
  UpdateAlive();
}

void Guest::Return(double promise, bool fulfilled, Value& value) {
  away_.Arrive(promise);
  napi_env env = environment_.env;
  napi_value result = Deliver(environment_, value);
  if (!result) {
    fulfilled = false;
    if (napi_get_and_clear_last_exception(env, &result) != napi_ok) napi_get_undefined(env, &result);
  }
  AddTriple(promise, fulfilled ? kFulfilled : kRejected, result);
}

void Guest::AddTriple(double promise, double kind, napi_value value) {
  triples_.push_back(MakeNumber(environment_.env, promise));
  triples_.push_back(MakeNumber(environment_.env, kind));
  triples_.push_back(value);
}

void Guest::AddTriple(const Settled& settled) {
  if (settled.unseen) {
    Owned error(settled.value), task(settled.task);
    napi_value nothing;
    napi_get_undefined(environment_.env, &nothing);
    AddTriple(settled.promise, kUnseen, nothing);
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
    std::vector<Settled> taken;
    taken.swap(settled_);
    size_t next = 0;
    while (taken.size() - next > kBatch) {
      ValueScope scope(environment_.env);
      for (size_t end = next + kBatch; next < end; ++next) AddTriple(taken[next]);
      environment_.holding = false;
      environment_.state = py.PyEval_SaveThread();
      DeliverSettled();
      py.PyEval_RestoreThread(environment_.state);
      environment_.holding = true;
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

void Guest::UpdateAlive() { environment_.mailbox->KeepAlive(busy_here_ || away_.count() > 0); }

void Guest::EndEntry(bool outermost) {
  // The values of an inner entry would not live until the outer one delivers.
  if (outermost) ConvertSettled();
  if (touched_) Refresh();
  if (Ready() > 0 && !scheduled_ && loop_) {
    scheduled_ = true;
    environment_.CallHook(Hook::schedule, 0, nullptr);
  }
  if (outermost) away_.LearnContext();
  busy_here_ = in_flight_ > resting_ || loop_busy_ || Ready() > 0;
  UpdateAlive();
}

// Conversions

void Guest::Remember(Crossing* crossing) {
  size_t index = static_cast<size_t>(crossing->promise);
  if (crossings_.size() <= index) crossings_.resize(index + 64 + index / 2);
  crossings_[index] = crossing;
  ++in_flight_;
}

void Guest::Forget(Crossing* crossing) {
  crossings_[static_cast<size_t>(crossing->promise)] = nullptr;
  --in_flight_;
  if (crossing->resting) --resting_;
  crossing->resting = false;
}

void Guest::Rest(Crossing* crossing, bool resting) {
  if (crossing->settled || crossing->resting == resting) return;
  crossing->resting = resting;
  resting_ += resting ? 1 : -1;
}

// A conversion for a loop that runs on another thread, or not yet.
bool Guest::DepartWithLock(PyObject* awaitable, double promise, PyObject* loop) {
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Of(loop);
  Departure departure;
  departure.promise = promise;
  Owned context(mailbox ? py.PyContext_CopyCurrent() : nullptr);
  if (context) {
    away_.Know(loop, mailbox);
    departure.awaitable.kind = departure.context.kind = Value::Kind::object;
    departure.awaitable.owned = departure.context.owned = true;
    departure.awaitable.object = NewRef(awaitable);
    departure.context.object = context.release();
    Depart(mailbox, std::move(departure));
    return true;
  }
  PyObject* exception = TakeException();
  if (exception) Add({promise, false, exception, nullptr, false});
  return true;
}

bool Guest::StartTask(PyObject* awaitable, double promise, PyObject* loop, std::optional<Settled>& ended) {
  if (!LoadAsyncio()) return false;
  Owned owned_loop(NewRef(loop));
  // With no Python on this thread's stack no loop runs here.
  Owned running(environment_.depth > 1 || running_ > 0 ? RunningLoop() : NewRef(None()));
  if (!running) return false;
  if (loop != loop_ && running.get() != loop) return DepartWithLock(awaitable, promise, loop);
  Owned coroutine(NewCrossing(environment_, awaitable, promise, loop));
  if (!coroutine) return false;
  Crossing* crossing = reinterpret_cast<Crossing*>(coroutine.get());
  Owned name(NameOf(awaitable));
  if (!name) py.PyErr_Clear();
  bool idle = running.get() == None();
  if (loop != loop_ && !AdoptLoop(loop)) {
    FailCrossingWithError(crossing);
    return true;
  }
  bool first_step_now = false;
  Owned task;
  if (UsesNativeHandles() && loop == loop_ && queue_->plain_tasks && name) {
    Owned arguments(py.PyTuple_New(1));
    py.PyTuple_SetItem(arguments.get(), 0, NewRef(coroutine.get()));
    static PyObject* name_key = Interned("name");
    if (py.PyDict_SetItem(queue_->task_options, name_key, name.get()) < 0) return false;
    size_t before = queue_->items->size();
    task.reset(py.PyObject_Call(asyncio.task, arguments.get(), queue_->task_options));
    first_step_now = idle && queue_ && queue_->items->size() == before + 1;
  } else {
    static PyObject* create_task = Interned("create_task");
    task.reset(CallMethod(loop, create_task, coroutine.get()));
  }
  if (!task) {
    FailCrossingWithError(crossing);
    return true;
  }
  if (!crossing->settled) crossing->task = NewRef(task.get());
  if (!task || !first_step_now) return true;
  // The Task has just queued its first step: nobody is running, so it may as well run now.
  Owned step(PopNewest(queue_));
  if (!EnterLoop()) return false;
  ++running_;
  RunHandle(loop, step.get());
  --running_;
  // Its own end is the last thing that a step settles, but for what its frame let go of.
  auto last = std::find_if(settled_.rbegin(), settled_.rend(), [promise](const Settled& settled) { return settled.promise == promise; });
  if (last != settled_.rend()) {
    ended = *last;
    settled_.erase(std::next(last).base());
  }
  return true;
}

bool Guest::CancelTask(double promise, PyObject* message, bool unseen, bool* found) {
  if (auto mailbox = away_.Whereabouts(promise)) {
    Text text;
    *found = true;
    if (!DescribeText(message, text)) return false;
    PostCancel(environment_, mailbox, promise, std::move(text));
    return true;
  }
  size_t index = static_cast<size_t>(promise);
  Crossing* crossing = promise >= 0 && index < crossings_.size() ? crossings_[index] : nullptr;
  *found = crossing != nullptr;
  if (!*found) return true;
  Owned kept(NewRef(reinterpret_cast<PyObject*>(crossing))), loop(NewRef(crossing->loop)), task(crossing->task ? NewRef(crossing->task) : nullptr);
  crossing->unseen = unseen;
  static PyObject* cancel = Interned("cancel");
  Owned done(task ? CallMethod(task.get(), cancel, message) : NewRef(None()));
  return bool(done);
}

}  // namespace interloop
