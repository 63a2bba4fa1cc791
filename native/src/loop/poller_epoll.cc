// Poller on Linux: one epoll over the loop's descriptor (EPOLLONESHOT), a timerfd and an eventfd that ends the thread. Arming is one system call from the JS thread and does not wake this one.
//
// Why no wake is lost. The poller thread P: epoll_wait returns the descriptor, now disarmed by ONESHOT; fired = true; callback. The JS thread J: looks at the descriptors (select(0)), then Rearm():
// if fired.exchange(false), epoll_ctl(MOD). All flags are sequentially consistent.
//  1. Readiness before J's look: J sees it. P may fire for it all the same; that costs one look in vain.
//  2. Readiness after J's look, `fired` already true when Rearm reads it: MOD arms again, and arming is level-triggered, so the kernel reports it at once.
//  3. Readiness after J's look, `fired` still false when Rearm reads it: either the descriptor is armed and P will fire for it, or P is between epoll_wait and `fired = true`; then P's callback comes after
//     that store and so after Rearm, and the look that it causes ends in a Rearm that sees `fired`.
// Repeated wakes. Deno 2.9 loses one in about 10^5: its loop looks for posted calls, then registers its waker, without looking again. A repeated call finds the loop asleep and works. So while a wake is
// unanswered this thread sleeps for 2 ms, then twice as long each time (JS may just be busy), and repeats it; Posted() tells it of wakes posted by others.
// The timerfd is absolute and set anew by J only; a deadline that has passed when it is set fires at once.

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <pthread.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <thread>

#include "loop/poller.h"
#include "platform/threads.h"

namespace interloop {

namespace {

class EpollPoller final : public Poller {
 public:
  explicit EpollPoller(const Client& client) : client_(client) {}

  ~EpollPoller() override {
    if (thread_.joinable()) {
      ending_ = true;
      eventfd_write(told_, 1);
      thread_.join();
    }
    for (int descriptor : {epoll_, timer_, told_}) {
      if (descriptor >= 0) close(descriptor);
    }
  }

  bool Start() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    told_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (epoll_ < 0 || timer_ < 0 || told_ < 0 || !Add(timer_, EPOLLIN) || !Add(told_, EPOLLIN)) return false;
    // Signals are for the threads of the runtime and of Python.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { Run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  void Watch(int descriptor) override {
    if (descriptor_ >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor_, nullptr);
    descriptor_ = descriptor;
    fired_ = false;
    if (descriptor >= 0) Add(descriptor, EPOLLIN | EPOLLONESHOT);
  }

  void Rearm() override {
    if (!fired_.exchange(false) || descriptor_ < 0) return;
    epoll_event event = {EPOLLIN | EPOLLONESHOT, {.fd = descriptor_}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor_, &event);
  }

  void SetDeadline(double seconds) override {
    itimerspec spec = {};  // zero disarms
    if (std::isfinite(seconds)) {
      double whole = std::floor(std::fmax(seconds, 0));
      spec.it_value.tv_sec = static_cast<time_t>(whole);
      spec.it_value.tv_nsec = static_cast<long>(std::fmin(std::ceil((seconds - whole) * 1e9), 999999999.0));
      if (spec.it_value.tv_sec <= 0 && spec.it_value.tv_nsec <= 0) spec.it_value.tv_nsec = 1;
    }
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
  }

  void WatchSignals(const WakeDescriptor& wake) override {
    signals_ = &wake;
    Add(wake.readable(), EPOLLIN);
  }

  void Posted() override {
    if (client_.repeat) eventfd_write(told_, 1);
  }

 private:
  bool Add(int descriptor, uint32_t events) {
    epoll_event event = {events, {.fd = descriptor}};
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void Run() {
    NameThisThread("interloop-poll");
    int patience = kForever;
    for (;;) {
      epoll_event events[4];
      int count = epoll_wait(epoll_, events, 4, patience);
      if (count < 0 && errno != EINTR) return;
      if (count == 0) patience = client_.repeat(client_.data) ? std::min(patience * 2, kMostPatience) : kForever;
      bool due = false, told = false, signalled = false;
      for (int index = 0; index < count; ++index) {
        int descriptor = events[index].data.fd;
        const WakeDescriptor* signals = signals_;
        if (descriptor == told_ || descriptor == timer_) {
          uint64_t times;
          bool any = read(descriptor, &times, sizeof times) > 0;
          (descriptor == timer_ ? due : told) |= any;
        } else if (signals && descriptor == signals->readable()) {
          signalled |= signals->Clear();
        } else {
          fired_ = true;
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
  int epoll_ = -1, timer_ = -1, told_ = -1;
  std::atomic<bool> ending_{false};
  int descriptor_ = -1;  // of the JS thread; the poller's knows it from its events
  std::atomic<bool> fired_{false};
  std::atomic<const WakeDescriptor*> signals_{nullptr};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Poller> Poller::Create(const Client& client) {
  auto poller = std::make_unique<EpollPoller>(client);
  return poller->Start() ? std::move(poller) : nullptr;
}

}  // namespace interloop
