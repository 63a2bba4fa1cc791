// The mailbox of an environment's JS thread: a threadsafe function wakes it.
#pragma once

#include <node_api.h>

#include "environment/mailbox.h"
#include "loop/poller.h"

namespace interloop {

struct Environment;

class JsMailbox final : public Mailbox {
 public:
  explicit JsMailbox(Environment& environment) : environment_(environment) {}
  // On the environment's thread, with the GIL. False with a Python error set.
  bool Start();
  // The hosted loop has something to do: the hook `wake` is called soon. From any thread.
  void Due();
  // A signal came for which Python has a handler. From the poller's thread.
  void Signalled();
  // The thread that sleeps for the hosted loop and repeats lost wakes. Null with a Python error set.
  Poller* NeedPoller();
  void KeepAlive(bool keep);
  // On the environment's thread. Calls are abandoned that have not begun, be it that they wait behind the one that runs now.
  void CancelCalls();
  void End();                   // on the environment's thread
  void LeaveParent() override;  // there is no poller's thread in the child

 private:
  void Notify() override;
  bool Repeat();
  void Receive();
  static void OnWake(napi_env env, napi_value, void* mailbox, void*);

  Environment& environment_;
  std::mutex notify_mutex_;  // guards the two that follow against whoever notifies
  napi_threadsafe_function function_ = nullptr;
  std::unique_ptr<Poller> poller_;
  std::atomic<bool> due_{false}, signalled_{false};
  // The messages that are being run, and the first of them that has not been.
  struct Batch {
    Messages& messages;
    size_t next = 0;
    Batch* outer = nullptr;
  };
  Batch* batch_ = nullptr;
  bool keeping_alive_ = false;
};

}  // namespace interloop
