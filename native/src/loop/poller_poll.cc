// Poller for any POSIX system, with poll(2). What the thread waits for is fixed while it sleeps, so arming and a sooner deadline wake it, and deadlines are rounded up to milliseconds: only where there is nothing better.
//
// Why no wake is lost. All that both threads touch is under one mutex, and whoever changes what the poller thread must wait for notifies `told_` after the change. The thread reads what to wait for under the mutex, then
// sleeps in poll() with `told_` in its set, which stays readable: a change that it has not read ends that sleep at once.

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <limits>
#include <mutex>
#include <thread>

#include "loop/poller.h"
#include "platform/clock.h"
#include "platform/threads.h"

namespace interloop {

namespace {

class PollPoller final : public Poller {
 public:
  explicit PollPoller(const Client& client) : client_(client) {}

  ~PollPoller() override {
    if (!thread_.joinable()) return;
    ending_ = true;
    told_.Notify();
    thread_.join();
  }

  bool Start() {
    if (!told_.Open()) return false;
    // Signals are for the threads of the runtime and of Python.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { Run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  void Watch(int descriptor) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      descriptor_ = descriptor;
      armed_ = descriptor >= 0;
      ++watches_;
    }
    told_.Notify();
  }

  void Rearm() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (armed_ || descriptor_ < 0) return;
      armed_ = true;
    }
    told_.Notify();
  }

  void SetDeadline(double seconds) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      deadline_ = seconds;
      if (seconds >= sleeping_until_) return;
    }
    told_.Notify();
  }

  void WatchSignals(const WakeDescriptor& wake) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      signals_ = &wake;
    }
    told_.Notify();
  }

  void Posted() override {
    if (!client_.repeat) return;
    posted_ = true;
    told_.Notify();
  }

 private:
  enum Source { kTold, kLoop, kSignals, kSources };

  // What to sleep for, in milliseconds, and at which descriptors. Gives the number of the watch that `sources` is for.
  unsigned Prepare(pollfd (&sources)[kSources], int& wait) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (armed_) sources[kLoop].fd = descriptor_;
    if (const WakeDescriptor* signals = signals_) sources[kSignals].fd = signals->readable();
    sleeping_until_ = deadline_;
    if (std::isfinite(deadline_)) {
      constexpr double kDay = 86400e3;
      const int left = static_cast<int>(std::fmin(std::ceil(std::fmax(deadline_ - MonotonicSeconds(), 0) * 1e3), kDay));
      wait = wait == kForever ? left : std::min(wait, left);
    }
    return watches_;
  }

  // Whether the descriptor or the deadline is due; either is then disarmed.
  bool TakeDue(bool readable, unsigned watch) {
    std::lock_guard<std::mutex> lock(mutex_);
    sleeping_until_ = -kNever;
    const bool fired = readable && watch == watches_ && armed_, passed = deadline_ <= MonotonicSeconds();
    if (fired) armed_ = false;
    if (passed) deadline_ = kNever;
    return fired || passed;
  }

  void Run() {
    NameThisThread("interloop-poll");
    int patience = kForever;
    for (;;) {
      pollfd sources[kSources] = {{told_.readable(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
      int wait = patience;
      const unsigned watch = Prepare(sources, wait);
      const int count = poll(sources, kSources, wait);
      if (count < 0 && errno != EINTR) return;
      if (ending_) return;
      if (count > 0 && sources[kTold].revents != 0) told_.Clear();
      const bool signalled = count > 0 && sources[kSignals].revents != 0 && signals_.load()->Clear();
      const bool due = TakeDue(count > 0 && sources[kLoop].revents != 0, watch);
      if (count == 0 && !due && patience != kForever) patience = client_.repeat(client_.data) ? std::min(patience * 2, kMostPatience) : kForever;
      if (signalled) client_.signalled(client_.data);
      if (due) client_.due(client_.data);
      if ((due || signalled || posted_.exchange(false)) && client_.repeat) patience = kFirstPatience;
    }
  }

  static constexpr double kNever = std::numeric_limits<double>::infinity();
  static constexpr int kForever = -1, kFirstPatience = 2, kMostPatience = 64;  // milliseconds

  Client client_;
  WakeDescriptor told_;
  std::atomic<bool> ending_{false}, posted_{false};
  std::atomic<const WakeDescriptor*> signals_{nullptr};
  std::mutex mutex_;
  int descriptor_ = -1;
  bool armed_ = false;
  unsigned watches_ = 0;
  double deadline_ = kNever, sleeping_until_ = -kNever;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Poller> Poller::Create(const Client& client) {
  auto poller = std::make_unique<PollPoller>(client);
  return poller->Start() ? std::move(poller) : nullptr;
}

}  // namespace interloop
