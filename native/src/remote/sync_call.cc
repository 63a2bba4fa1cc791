#include "remote/sync_call.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "environment/standard_streams.h"
#include "loop/js_mailbox.h"
#include "values/errors.h"
#include "values/memory_copies.h"

namespace interloop {

namespace {

constexpr auto kLook = std::chrono::milliseconds(100);

struct Visit {
  enum class State { posted, running, done, left, abandoned };
  std::mutex mutex;
  std::condition_variable changed;
  State state = State::posted;
  std::atomic<bool> counted{true};

  // False: too late, or too early.
  bool Become(State before, State next) {
    std::lock_guard<std::mutex> lock(mutex);
    if (state != before) return false;
    state = next;
    changed.notify_one();
    return true;
  }
};

// A call waits for JS until JS has answered, and not until its own thread comes to run again.
void Uncount(Environment& environment, Visit& visit) {
  if (visit.counted.exchange(false)) --environment.callers;
}

class SyncCallMessage final : public Message {
 public:
  SyncCallMessage(Environment& environment, std::shared_ptr<Visit> visit, std::function<void()> body, std::function<void()> unasked)
      : environment_(environment), visit_(std::move(visit)), body_(std::move(body)), unasked_(std::move(unasked)) {}
  bool IsCall() const override { return true; }
  void Run() override {
    if (!visit_->Become(Visit::State::posted, Visit::State::running)) return;
    body_();
    environment_.copies->ToPython();
    Uncount(environment_, *visit_);
    if (!visit_->Become(Visit::State::running, Visit::State::done)) unasked_();
  }
  void Cancel() override { visit_->Become(Visit::State::posted, Visit::State::abandoned); }

 private:
  Environment& environment_;
  std::shared_ptr<Visit> visit_;
  std::function<void()> body_, unasked_;
};

struct Waiting {
  Waiting(Environment& environment, Visit& visit) : environment(environment), visit(visit) { ++environment.callers; }
  ~Waiting() { Uncount(environment, visit); }
  Waiting(const Waiting&) = delete;
  Environment& environment;
  Visit& visit;
};

// What makes it hopeless to wait for that thread, in words, None, or null with a Python error set. `seen`: where it was found standing still, and since when.
PyObject* WhyBlocked(uintptr_t thread, PyObject* seen, WaitKind wait) {
  const char* text = wait == WaitKind::lock ? "lock" : wait == WaitKind::loop ? "loop" : "";
  Owned ident(py.PyLong_FromLongLong(static_cast<long long>(thread))), kind(py.PyUnicode_FromStringAndSize(text, static_cast<Py_ssize_t>(std::strlen(text))));
  Owned module(ident && kind ? py.PyImport_ImportModule("interloop._remote_loop") : nullptr);
  Owned function(module ? py.PyObject_GetAttrString(module.get(), "blocked") : nullptr);
  PyObject* arguments[] = {nullptr, ident.get(), seen, kind.get()};
  return function ? CallVector(function.get(), arguments + 1, 3 | kVectorcallOffset) : nullptr;
}

// Sets would-deadlock, and answers true, when the JS thread cannot come to this thread's call. `seen` is where it was found standing still, and since when.
bool WouldDeadlock(Environment& environment, Owned& seen) {
  if (environment.depth == 0) return false;  // it is in JS
  if (!seen) seen.reset(py.PyList_New(0));
  Owned why(seen ? WhyBlocked(environment.ident, seen.get(), environment.look.Wait()) : nullptr);
  if (!why) return py.PyErr_Occurred() != nullptr;
  if (why.get() == None()) return false;
  const char* text = py.PyUnicode_AsUTF8AndSize(why.get(), nullptr);
  RaiseFailure("would-deadlock", std::string("Cannot call JavaScript from this thread: the JavaScript thread ") + (text ? text : "waits") +
                                     ", and so cannot answer; await the coroutine from JavaScript instead of blocking its thread");
  return true;
}

}  // namespace

bool CheckSyncCall(Environment* environment) {
  if (!environment || !environment->alive || environment->finalized || !environment->mailbox) return CheckEnvironment(environment);
  // Two JS threads that wait for each other would never end; and JS that stands still never answers.
  Environment* own = CurrentEnvironment();
  if (environment->js_stopped || (own && !own->js_stopped)) return CheckEnvironment(environment);
  if (!environment->calls_ended) return true;
  RaiseFailure("finalized", kNoAnswer);
  return false;
}

SyncCallEnd CallJsThread(Environment& environment, std::function<void()> body, std::function<void()> unasked) {
  if (!CheckSyncCall(&environment)) return SyncCallEnd::refused;
  FlushOutput();
  Owned seen;
  if (WouldDeadlock(environment, seen)) return SyncCallEnd::refused;
  auto visit = std::make_shared<Visit>();
  std::unique_ptr<Message> message = std::make_unique<SyncCallMessage>(environment, visit, std::move(body), std::move(unasked));
  if (!environment.mailbox->Post(message)) {
    RaiseFailure("finalized", "Cannot call JavaScript: its runtime has ended");
    return SyncCallEnd::refused;
  }
  const Waiting waiting(environment, *visit);
  for (bool leaving = false;;) {
    PyThreadState* state = py.PyEval_SaveThread();
    Visit::State now;
    {
      std::unique_lock<std::mutex> lock(visit->mutex);
      visit->changed.wait_for(lock, kLook, [&] { return visit->state == Visit::State::done || visit->state == Visit::State::abandoned; });
      now = visit->state;
    }
    py.PyEval_RestoreThread(state);
    if (now == Visit::State::done) return leaving ? SyncCallEnd::refused : SyncCallEnd::done;
    if (now == Visit::State::abandoned) {
      if (!leaving) RaiseFailure("finalized", "Cannot call JavaScript: its runtime has ended");
      return SyncCallEnd::refused;
    }
    if (environment.calls_ended) {
      const bool began = !visit->Become(Visit::State::posted, Visit::State::left);
      if (began && !visit->Become(Visit::State::running, Visit::State::left)) continue;
      if (!leaving && !began) RaiseFailure("finalized", kNoAnswer);
      // The call itself has ended the process, as sys.exit() does.
      if (!leaving && began) py.PyErr_SetObject(py.PyExc_SystemExit, None());
      return began ? SyncCallEnd::left : SyncCallEnd::refused;
    }
    if (leaving) continue;  // JS has begun: it has to be waited for
    leaving = py.PyErr_CheckSignals() < 0 || WouldDeadlock(environment, seen);
    if (leaving && visit->Become(Visit::State::posted, Visit::State::left)) return SyncCallEnd::refused;
  }
}

}  // namespace interloop
