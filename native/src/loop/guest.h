// The hosted loop of one environment: pumping it, waking the JS thread for it, keeping the process alive while it has work, and the conversions in flight.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "environment/environment.h"
#include "loop/js_mailbox.h"
#include "loop/loop_port.h"
#include "loop/poller.h"
#include "loop/ready_queue.h"
#include "remote/remote_tasks.h"

namespace interloop {

class Guest final : public LoopPort {
 public:
  explicit Guest(Environment& environment) : environment_(environment), remote_tasks_(environment) {}
  ~Guest() override;
  Guest(const Guest&) = delete;

  // All but Wake() are called on the environment's thread, and, where they use Python, with the GIL. False or null: a Python error is set.
  bool Host(PyObject* loop);
  void Unhost();
  PyObject* loop() const override { return loop_; }  // borrowed; null when none is hosted
  bool open() const override { return loop_ != nullptr; }
  bool running() const { return running_ > 0; }
  // asyncio's running loop is this one from a pump until Python is next entered for something else: nothing of Python runs on the thread meanwhile, and setting it is dear (a system call before 3.12).
  bool EnterLoop();
  void LeaveLoop();
  bool driving() const;  // the loop drives itself now (run_until_complete): it sits in select()
  PyObject* NewFuture() override;
  // The ready queue of the C layer; null where that is off.
  ReadyQueue* native_queue() const { return UsesNativeHandles() ? queue_ : nullptr; }

  // `ended`: the outcome, when the first step brought it.
  bool StartTask(PyObject* awaitable, double promise, PyObject* loop, std::optional<Completion>& ended);

  // A conversion begins for the copy of core in force, which makes what its promise gets.
  void NoteCopy(double promise) {
    if (environment_.copy != &environment_.first) copies_[promise] = environment_.copy;
  }

  // Conversions on other threads.
  RemoteTasks& remote_tasks() { return remote_tasks_; }
  PyObject* default_loop() const { return remote_tasks_.default_loop() ? remote_tasks_.default_loop() : loop_; }  // borrowed; null when there is none
  bool IsDefault(PyObject* loop) const { return loop == default_loop(); }
  // Without the GIL; or with it.
  void Submit(const std::shared_ptr<LoopMailbox>& mailbox, Submission submission);
  // A conversion has come back.
  void Return(double promise, bool fulfilled, Value& value);
  // The JS value of an outcome, which this consumes; `traced` as for ErrorToJs().
  napi_value Outcome(const Completion& settled, bool traced, bool& fulfilled);
  // What is in flight on the loop fails; it never hangs.
  void LoopClosed(PyObject* loop);
  // Around a call that is to be a callback of the hosted loop: the loop runs meanwhile, and when the call queues one callback, a Task's next step, that is run at once. Nothing when the loop cannot
  // run here and now; the callback then waits for a pump.
  std::optional<size_t> BeginStep();
  void EndStep(std::optional<size_t> before);
  // Around a call that can do nothing without a running loop. False when the loop cannot run here and now.
  bool BeginCall();
  void EndCall() { --running_; }
  // The part of a pump that needs no GIL, for loops of other threads: gives back what Python dropped there. `settled`: JS has settled promises that are waited for here. False: there is more, for Pump().
  bool PumpRemote(bool poll, bool settled);
  // Settles, polls, runs what is ready; how many callbacks are ready now.
  size_t Pump(bool poll, napi_value settled);

  // Runs Python's handlers of signals that came, the loop being the running one. False: a Python error is set.
  bool RunSignals();

  // From any thread: makes core pump soon.
  void Wake();
  // Timers, descriptors or holds of the loop have changed; looked at when the entry ends.
  void Touch() { touched_ = true; }
  void EndEntry(bool outermost);
  // What has ended is told to core in two steps: converted with the GIL, delivered without.
  void ConvertSettled();
  void DeliverSettled();
  void UpdateAlive();
  // The environment ends: nothing may wake it any more.
  void Detach();
  // JavaScript was ended from outside: its loops do not report what fails because of that.
  void ExpectFailures();
  // After Detach(): ends what runs on the hosted loop, within so many seconds, and closes it.
  void EndLoop(double seconds);

  // In a forked child: the loop that was hosted (owned, may be null) is left to itself.
  PyObject* LeaveParent();

  // The port, for all loops on this thread. The loop holds an asyncio Task only weakly, and what it waits for may be in a reference cycle with it (a StreamReader before CPython 3.12). So a conversion holds its driver, and by
  // it the Task, until it is settled, as asyncio.run() holds its main Task.
  void Start(TaskDriver* driver) override;
  void Settle(TaskDriver* driver, bool fulfilled, PyObject* value, PyObject* task) override;
  void Unref(TaskDriver* driver, bool unreffed) override;
  bool Cancel(Environment& environment, double promise, PyObject* message, bool unseen, bool* found) override;
  bool Release(std::vector<PyObject*>& objects) override;
  bool Post(std::unique_ptr<Message>& message) override;

  void Add(Completion settled) { settled_.push_back(settled); }
  size_t crossings() const { return in_flight_ + remote_tasks_.count(); }
  // The Tasks of those that keep the process alive: a new list. Null with a Python error set.
  PyObject* KeepingTasks() const;

 private:
  PyObject* Forget(TaskDriver* driver);  // the reference that was held; null when there was none
  size_t Ready() const;
  bool UsesNativeHandles() const { return queue_ && queue_->enabled; }
  bool SubmitWithLock(PyObject* awaitable, double promise, PyObject* loop);
  void AddTriple(const Completion& settled);
  void AddTriple(double promise, double kind, napi_value value);
  void SettlePromises(napi_value settled);
  void RunReady();
  void Refresh();
  CoreCopy* TakeCopy(double promise);

  Environment& environment_;
  PyObject* loop_ = nullptr;
  ReadyQueue* queue_ = nullptr;  // the loop's, when the C layer is there
  PyObject* ready_ = nullptr;    // the loop's ready queue, whichever it is
  Poller* poller_ = nullptr;     // the mailbox's
  double deadline_;              // what the poller was told
  bool loop_busy_ = false;       // the loop has timers, descriptors or holds
  bool touched_ = false;
  bool scheduled_ = false;  // core will pump
  int running_ = 0;
  PyObject* entered_ = nullptr;  // borrowed: the loop that is set as running, which loop_ keeps alive

  std::vector<Completion> settled_;
  std::vector<napi_value> triples_;   // converted; they live as long as the handle scope of the entry
  std::vector<TaskDriver*> drivers_;  // by the slot of core's id; owned
  size_t in_flight_ = 0, unreffed_ = 0;
  bool busy_here_ = false;  // at the end of the last entry

  RemoteTasks remote_tasks_;
  std::unordered_map<double, CoreCopy*> copies_;  // of core, that conversions belong to; not those of the first
};

}  // namespace interloop
