#include "remote/remote_tasks.h"

#include "environment/ids.h"

namespace interloop {

bool RemoteTasks::UseLoop(PyObject* loop) {
  Owned before(default_loop_);
  default_loop_ = nullptr;
  default_mailbox_.reset();
  if (!loop) return true;
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Of(loop);
  if (!mailbox) return false;
  default_loop_ = NewRef(loop);
  default_mailbox_ = reached_[loop] = mailbox;
  return true;
}

std::shared_ptr<LoopMailbox> RemoteTasks::Reach(int64_t ref) {
  // Where Python is on this thread's stack, the loop may be running here.
  if (!environment_.started || environment_.finalized || environment_.depth > 0) return nullptr;
  if (ref == 0) return default_mailbox();
  auto found = reached_.find(environment_.refs.Get(ref));
  if (found == reached_.end()) return nullptr;
  if (found->second->open()) return found->second;
  reached_.erase(found);
  return nullptr;
}

void RemoteTasks::Submit(const std::shared_ptr<LoopMailbox>& mailbox, Submission submission) {
  size_t index = SlotOfId(submission.promise);
  if (places_.size() <= index) places_.resize(index + 64 + index / 2);
  places_[index] = {submission.promise, mailbox};
  ++count_;
  PostStart(environment_, mailbox, std::move(submission));
}

void RemoteTasks::Complete(double promise) {
  if (!MailboxOf(promise)) return;
  places_[SlotOfId(promise)].mailbox.reset();
  --count_;
}

std::shared_ptr<LoopMailbox> RemoteTasks::MailboxOf(double promise) const {
  size_t index = SlotOfId(promise);
  return index < places_.size() && places_[index].promise == promise ? places_[index].mailbox : nullptr;
}

bool RemoteTasks::DropObjects() {
  if (!default_mailbox_ || environment_.holding) return false;
  std::vector<PyObject*> objects = environment_.refs.TakeQueue();
  if (objects.empty() || default_mailbox_->Release(objects)) return true;
  for (PyObject* object : objects) environment_.refs.Queue(object);
  return false;
}

void RemoteTasks::LearnContext() {
  if (reached_.empty()) return;
  Owned context(py.PyContext_CopyCurrent());
  if (base_context_ != 0) environment_.refs.Release(base_context_);
  base_context_ = 0;
  if (!context) {
    py.PyErr_Clear();
  } else if (py.PyObject_Size(context.get()) > 0) {
    base_context_ = environment_.refs.Add(context.release());
  }
}

void RemoteTasks::Detach() {
  if (default_mailbox_) PostStop(*default_mailbox_);
}

}  // namespace interloop
