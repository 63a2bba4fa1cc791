// Poller on macOS: one kqueue over the loop's descriptor (EV_DISPATCH), a timer (EVFILT_TIMER, EV_ONESHOT) and a user event that ends the thread. As in poller_epoll.cc, arming is one system call
// from the JS thread and does not wake this one, and the argument why no wake is lost is the same one: read EV_DISPATCH for EPOLLONESHOT, and EV_ENABLE for EPOLL_CTL_MOD.

#include <fcntl.h>
#include <pthread.h>
#include <sys/event.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <thread>

#include "loop/poller.h"
#include "platform/clock.h"
#include "platform/threads.h"

namespace interloop {

namespace {

class KqueuePoller final : public Poller {
 public:
  explicit KqueuePoller(const Client& client) : client_(client) {}

  ~KqueuePoller() override {
    if (thread_.joinable()) {
      ending_ = true;
      Tell();
      thread_.join();
    }
    if (queue_ >= 0) close(queue_);
  }

  bool Start() {
    queue_ = kqueue();
    if (queue_ < 0 || fcntl(queue_, F_SETFD, FD_CLOEXEC) != 0 || !Change(kTold, EVFILT_USER, EV_ADD | EV_CLEAR)) return false;
    // Signals are for the threads of the runtime and of Python.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { Run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  void Watch(int descriptor) override {
    if (descriptor_ >= 0) Change(static_cast<uintptr_t>(descriptor_), EVFILT_READ, EV_DELETE);
    descriptor_ = descriptor;
    fired_ = false;
    if (descriptor >= 0) Change(static_cast<uintptr_t>(descriptor), EVFILT_READ, EV_ADD | EV_DISPATCH);
  }

  void Rearm() override {
    if (fired_.exchange(false) && descriptor_ >= 0) Change(static_cast<uintptr_t>(descriptor_), EVFILT_READ, EV_ENABLE | EV_DISPATCH);
  }

  void SetDeadline(double seconds) override {
    if (!std::isfinite(seconds)) {
      Change(kTimer, EVFILT_TIMER, EV_DELETE);  // fails when it has fired
      return;
    }
    // Relative, rounded up, and a day at most: what fires too early is set again.
    constexpr double kDay = 86400;
    const double left = std::fmin(std::fmax(seconds - MonotonicSeconds(), 0), kDay);
    Change(kTimer, EVFILT_TIMER, EV_ADD | EV_ONESHOT, NOTE_NSECONDS, std::max<int64_t>(1, static_cast<int64_t>(std::ceil(left * 1e9))));
  }

  void WatchSignals(const WakeDescriptor& wake) override {
    signals_ = &wake;
    Change(static_cast<uintptr_t>(wake.readable()), EVFILT_READ, EV_ADD);
  }

  void Posted() override {
    if (client_.repeat) Tell();
  }

 private:
  static constexpr uintptr_t kTold = 1, kTimer = 2;

  bool Change(uintptr_t ident, int filter, int flags, uint32_t filter_flags = 0, int64_t data = 0) {
    struct kevent change;
    EV_SET(&change, ident, static_cast<int16_t>(filter), static_cast<uint16_t>(flags), filter_flags, data, nullptr);
    return kevent(queue_, &change, 1, nullptr, 0, nullptr) == 0;
  }

  void Tell() { Change(kTold, EVFILT_USER, 0, NOTE_TRIGGER); }

  void Run() {
    NameThisThread("interloop-poll");
    int patience = kForever;
    for (;;) {
      struct kevent events[4];
      const timespec limit = {patience / 1000, (patience % 1000) * 1000000L};
      const int count = kevent(queue_, nullptr, 0, events, 4, patience == kForever ? nullptr : &limit);
      if (count < 0 && errno != EINTR) return;
      if (count == 0) patience = client_.repeat && client_.repeat(client_.data) ? std::min(patience * 2, kMostPatience) : kForever;
      bool due = false, told = false, signalled = false;
      for (int index = 0; index < count; ++index) {
        const WakeDescriptor* signals = signals_;
        const bool readable = events[index].filter == EVFILT_READ;
        if (events[index].filter == EVFILT_USER) {
          told = true;
        } else if (readable && signals && events[index].ident == static_cast<uintptr_t>(signals->readable())) {
          signalled |= signals->Clear();
        } else {
          if (readable) fired_ = true;
          due = true;
        }
      }
      if (ending_) return;
      if (signalled) client_.signalled(client_.data);
      if (due) client_.due(client_.data);
      if ((due || told || signalled) && client_.repeat) patience = kFirstPatience;
    }
  }

  static constexpr int kForever = -1, kFirstPatience = 2, kMostPatience = 64;  // milliseconds

  Client client_;
  int queue_ = -1;
  std::atomic<bool> ending_{false};
  int descriptor_ = -1;  // of the JS thread; the poller's knows it from its events
  std::atomic<bool> fired_{false};
  std::atomic<const WakeDescriptor*> signals_{nullptr};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Poller> Poller::Create(const Client& client) {
  auto poller = std::make_unique<KqueuePoller>(client);
  return poller->Start() ? std::move(poller) : nullptr;
}

}  // namespace interloop
