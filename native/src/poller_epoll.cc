// Poller on Linux: one epoll over the loop's descriptor (EPOLLONESHOT), a timerfd and an eventfd that ends the thread. Arming is one system call from the JS thread and does not wake this one.
//
// Why no wake is lost. The poller thread P: epoll_wait returns the descriptor, now disarmed by ONESHOT; fired = true; callback. The JS thread J: looks at the descriptors (select(0)), then Rearm():
// if fired.exchange(false), epoll_ctl(MOD). All flags are sequentially consistent.
//  1. Readiness before J's look: J sees it. P may fire for it all the same; that costs one look in vain.
//  2. Readiness after J's look, `fired` already true when Rearm reads it: MOD arms again, and arming is level-triggered, so the kernel reports it at once.
//  3. Readiness after J's look, `fired` still false when Rearm reads it: either the descriptor is armed and P will fire for it, or P is between epoll_wait and `fired = true`; then P's callback comes after
//     that store and so after Rearm, and the look that it causes ends in a Rearm that sees `fired`.
// The timerfd is absolute and set anew by J only; a deadline that has passed when it is set fires at once.

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <pthread.h>
#include <thread>

#include "poller.h"

namespace interloop {

namespace {

class EpollPoller final : public Poller {
 public:
  EpollPoller(Callback callback, void* data) : callback_(callback), data_(data) {}

  ~EpollPoller() override {
    if (thread_.joinable()) {
      eventfd_write(stop_, 1);
      thread_.join();
    }
    for (int descriptor : {epoll_, timer_, stop_}) {
      if (descriptor >= 0) close(descriptor);
    }
  }

  bool Start() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    stop_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (epoll_ < 0 || timer_ < 0 || stop_ < 0 || !Add(timer_, EPOLLIN) || !Add(stop_, EPOLLIN)) return false;
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

 private:
  bool Add(int descriptor, uint32_t events) {
    epoll_event event = {events, {.fd = descriptor}};
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void Run() {
    pthread_setname_np(pthread_self(), "interloop-poll");
    for (;;) {
      epoll_event events[4];
      int count = epoll_wait(epoll_, events, 4, -1);
      if (count < 0 && errno != EINTR) return;
      bool due = false;
      for (int index = 0; index < count; ++index) {
        int descriptor = events[index].data.fd;
        if (descriptor == stop_) return;
        if (descriptor == timer_) {
          uint64_t expirations;
          due |= read(timer_, &expirations, sizeof expirations) > 0;
        } else {
          fired_ = true;
          due = true;
        }
      }
      if (due) callback_(data_);
    }
  }

  Callback callback_;
  void* data_;
  int epoll_ = -1, timer_ = -1, stop_ = -1;
  int descriptor_ = -1;  // of the JS thread; the poller's knows it from its events
  std::atomic<bool> fired_{false};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Poller> Poller::Create(Callback callback, void* data) {
  auto poller = std::make_unique<EpollPoller>(callback, data);
  return poller->Start() ? std::move(poller) : nullptr;
}

}  // namespace interloop
