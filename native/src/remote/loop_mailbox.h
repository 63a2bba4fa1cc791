// The mailbox of a Python loop, which waits at a descriptor of ours (platform/wake.h).
#pragma once

#include <memory>
#include <unordered_map>

#include "cpython/python_api.h"
#include "environment/mailbox.h"
#include "loop/loop_port.h"
#include "platform/wake.h"

namespace interloop {

struct Environment;
struct TaskDriver;

class LoopMailbox final : public Mailbox, public LoopPort, public std::enable_shared_from_this<LoopMailbox> {
 public:
  // The mailbox of a loop, which is made when there is none. With the GIL. Null with a Python error set (loop-closed).
  static std::shared_ptr<LoopMailbox> Of(PyObject* loop);
  // The one that there is.
  static std::shared_ptr<LoopMailbox> Find(PyObject* loop);
  ~LoopMailbox() override;

  // In a forked child: no message comes any more.
  static void ForgetAll();

  PyObject* loop() const override { return loop_; }  // borrowed, and gone when the mailbox is closed
  // With the GIL: what is in flight on the loop fails.
  void End();

  // The conversions that run on the loop, by environment and number; the GIL guards them. They are held until they are settled (see Guest::Start), or until the garbage collector finds
  // a loop that nobody closed: Visit() shows it the references.
  void Remember(TaskDriver* driver);
  PyObject* Forget(TaskDriver* driver);
  int Visit(visitproc visit, void* data) const;
  TaskDriver* Find(Environment& environment, double promise);

  // The port (remote_loop.cc).
  void Start(TaskDriver* driver) override { Remember(driver); }
  void Settle(TaskDriver* driver, bool fulfilled, PyObject* value, PyObject* task) override;
  // A driver there always keeps the process alive: by the time that the loop heard of JS's coming back, JS could have ended.
  void Unref(TaskDriver*, bool) override {}
  bool Cancel(Environment& environment, double promise, PyObject* message, bool unseen, bool* found) override;
  PyObject* NewFuture() override;
  bool Release(std::vector<PyObject*>& objects) override;
  bool Post(std::unique_ptr<Message>& message) override { return Mailbox::Post(message); }
  bool open() const override { return Mailbox::open(); }

 private:
  friend bool InitLoopMailbox(PyObject* module);
  friend PyObject* Drain(PyObject* self, PyObject*);
  void Notify() override;
  // False with the Python error set that ends the loop.
  bool Receive();

  PyObject* loop_ = nullptr;
  std::mutex notify_mutex_;  // guards the descriptor against whoever notifies
  WakeDescriptor wake_;
  std::unordered_map<Environment*, std::unordered_map<int64_t, TaskDriver*>> drivers_;
};

// Made once, with the interpreter.
bool InitLoopMailbox(PyObject* module);

}  // namespace interloop
