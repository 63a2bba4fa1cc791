// The hosted loop of one environment: pumping it, waking the JS thread for it, keeping the process alive while it has work, and the conversions in flight.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "crossing.h"
#include "environment.h"
#include "poller.h"
#include "ready_queue.h"

namespace interloop {

struct JsPromise;

class Guest {
 public:
  explicit Guest(Environment& environment) : environment_(environment) {}
  ~Guest();
  Guest(const Guest&) = delete;

  // All but Wake() are called on the environment's thread, and, where they use Python, with the GIL. False or null: a Python error is set.
  bool Host(PyObject* loop);
  void Unhost();
  PyObject* loop() const { return loop_; }  // borrowed; null when none is hosted
  bool running() const { return running_ > 0; }
  // asyncio's running loop is this one from a pump until Python is next entered for something else: nothing of Python runs on the thread meanwhile, and setting it is dear (a system call before 3.12).
  bool EnterLoop();
  void LeaveLoop();
  bool driving() const;  // the loop drives itself now (run_until_complete): it sits in select()
  PyObject* NewFuture();

  // `ended`: the outcome, when the first step brought it.
  bool StartTask(PyObject* awaitable, double promise, PyObject* loop, std::optional<Settled>& ended);
  // The JS value of an outcome, which this consumes.
  napi_value Outcome(const Settled& settled, bool& fulfilled);
  // What is in flight on the loop fails; it never hangs.
  void LoopClosed(PyObject* loop);
  bool CancelTask(double promise, PyObject* message, bool* found);
  // Around a call that is to be a callback of the hosted loop: the loop runs meanwhile, and when the call queues one callback, a Task's next step, that is run at once. Nothing when the loop cannot
  // run here and now; the callback then waits for a pump.
  std::optional<size_t> BeginStep();
  void EndStep(std::optional<size_t> before);
  // Settles, polls, runs what is ready; how many callbacks are ready now.
  size_t Pump(bool poll, napi_value settled);

  // From any thread: makes core pump soon.
  void Wake();
  // Timers, descriptors or holds of the loop have changed; looked at when the entry ends.
  void Touch() { touched_ = true; }
  void EndEntry(bool outermost);
  // What has ended is told to core in two steps: converted with the GIL, delivered without.
  void ConvertSettled();
  void DeliverSettled();
  // The environment ends: nothing may wake it any more.
  void Detach();

  // The crossings.
  void Remember(Crossing* crossing);
  void Forget(Crossing* crossing);
  void Add(Settled settled) { settled_.push_back(settled); }
  size_t crossings() const { return in_flight_; }
  // A crossing that waits for JS to come back to it, or no longer: it does not keep the process alive.
  void Rest(Crossing* crossing, bool resting);

  std::vector<JsPromise*>& watched_promises() { return watched_promises_; }

 private:
  size_t Ready() const;
  bool UsesNativeHandles() const { return queue_ && queue_->enabled; }
  void FailWithError(Crossing* crossing);
  void AddTriple(const Settled& settled);
  void SettlePromises(napi_value settled);
  void RunReady();
  void Refresh();
  void UpdateAlive();
  bool OpenWake();
  void Post();  // with wake_mutex_
  bool RepeatWake();
  static void OnWake(napi_env env, napi_value, void* context, void*);

  Environment& environment_;
  PyObject* loop_ = nullptr;
  ReadyQueue* queue_ = nullptr;  // the loop's, when the C layer is there
  PyObject* ready_ = nullptr;    // the loop's ready queue, whichever it is
  std::unique_ptr<Poller> poller_;
  double deadline_;         // what the poller was told
  bool loop_busy_ = false;  // the loop has timers, descriptors or holds
  bool touched_ = false;
  bool scheduled_ = false;  // core will pump
  int running_ = 0;
  PyObject* entered_ = nullptr;  // borrowed: the loop that is set as running, which loop_ keeps alive

  // The wake protocol, as between any poster and the JS thread: the poster makes its work visible, then posts if `posted_` was false; the JS thread clears `posted_` before it looks. So either the poster finds
  // `posted_` false and posts, or the JS thread has not looked yet and will see the work. Sequentially consistent.
  std::atomic<bool> posted_{false};
  std::mutex wake_mutex_;  // guards wake_ and poller_ against posters
  napi_threadsafe_function wake_ = nullptr;
  bool keeping_alive_ = false;

  std::vector<Settled> settled_;
  std::vector<napi_value> triples_;   // converted; they live as long as the handle scope of the entry
  std::vector<Crossing*> crossings_;  // by core's number; borrowed
  size_t in_flight_ = 0, resting_ = 0;
  std::vector<JsPromise*> watched_promises_;
};

}  // namespace interloop
