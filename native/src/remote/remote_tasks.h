// The conversions of one environment that run on loops of other threads, and how those loops are reached. Of the environment's thread alone: but where it is said, nothing here needs the GIL.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "environment/environment.h"
#include "remote/loop_mailbox.h"
#include "remote/remote_loop.h"

namespace interloop {

class RemoteTasks {
 public:
  explicit RemoteTasks(Environment& environment) : environment_(environment) {}

  // Makes `loop` the environment's default one; null: none of these is. With the GIL. False with a Python error set.
  bool UseLoop(PyObject* loop);
  // Borrowed; null when there is none, or it is closed.
  PyObject* default_loop() const { return default_mailbox() ? default_loop_ : nullptr; }
  std::shared_ptr<LoopMailbox> default_mailbox() const { return default_mailbox_ && default_mailbox_->open() ? default_mailbox_ : nullptr; }
  // A loop that conversions have gone to, with the GIL, can be reached without it from now on.
  void Know(PyObject* loop, const std::shared_ptr<LoopMailbox>& mailbox) { reached_[loop] = mailbox; }
  // The mailbox of the loop that a Ref names (0: the default one), where a conversion can go there without the GIL.
  std::shared_ptr<LoopMailbox> Reach(int64_t loop);

  void Submit(const std::shared_ptr<LoopMailbox>& mailbox, Submission submission);
  void Complete(double promise);
  size_t count() const { return count_; }
  // Where a conversion runs; null: nowhere away from here.
  std::shared_ptr<LoopMailbox> MailboxOf(double promise) const;

  // Lets go of Python objects that JS has released, on whichever thread may take the GIL for it. False: this one has to.
  bool DropObjects();
  // At the end of an entry, with the GIL: the context of this thread is that of conversions without one of their own.
  void LearnContext();
  int64_t base_context() const { return base_context_; }  // a Ref; 0: empty

  // The environment ends.
  void Detach();

 private:
  Environment& environment_;
  struct Place {
    double promise = -1;  // core's id
    std::shared_ptr<LoopMailbox> mailbox;
  };
  std::vector<Place> places_;  // by the slot of core's id
  size_t count_ = 0;
  std::unordered_map<PyObject*, std::shared_ptr<LoopMailbox>> reached_;  // by loop; the loops that a closed mailbox names may be gone
  std::shared_ptr<LoopMailbox> default_mailbox_;
  PyObject* default_loop_ = nullptr;
  int64_t base_context_ = 0;
};

}  // namespace interloop
