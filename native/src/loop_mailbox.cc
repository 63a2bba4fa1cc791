#include "loop_mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "asyncio_api.h"
#include "convert.h"
#include "crossing.h"
#include "elsewhere.h"
#include "environment.h"
#include "errors.h"
#include "forked_child.h"
#include "js_served.h"
#include "module_members.h"

namespace interloop {

namespace {

// What the loop's selector holds, so that a loop that is freed without having been closed ends its mailbox.
struct Holder {
  PyObject head;
  std::shared_ptr<LoopMailbox>* mailbox;
};
PyTypeObject* holder_type = nullptr;

// The GIL guards it.
std::unordered_map<PyObject*, std::weak_ptr<LoopMailbox>>& AllMailboxes() {
  static auto* all = new std::unordered_map<PyObject*, std::weak_ptr<LoopMailbox>>();
  return *all;
}

void DeallocHolder(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  auto* mailbox = reinterpret_cast<Holder*>(self)->mailbox;
  if (mailbox) {
    PyObject *error_type, *value, *traceback;
    py.PyErr_Fetch(&error_type, &value, &traceback);
    (*mailbox)->End();
    py.PyErr_Restore(error_type, value, traceback);
    delete mailbox;
  }
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

int TraverseHolder(PyObject* self, visitproc visit, void* data) {
  if (int result = visit(reinterpret_cast<PyObject*>(TypeOf(self)), data)) return result;
  auto* mailbox = reinterpret_cast<Holder*>(self)->mailbox;
  return mailbox ? (*mailbox)->Visit(visit, data) : 0;
}

// The loop was not closed, and is garbage.
int ClearHolder(PyObject* self) {
  if (auto* mailbox = reinterpret_cast<Holder*>(self)->mailbox) (*mailbox)->End();
  return 0;
}

}  // namespace

PyObject* Drain(PyObject* self, PyObject*) {
  auto* mailbox = reinterpret_cast<Holder*>(self)->mailbox;
  if (!mailbox) return NewRef(None());
  std::shared_ptr<LoopMailbox> kept = *mailbox;
  return kept->Receive() ? NewRef(None()) : nullptr;
}

bool InitLoopMailbox(PyObject* module) {
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("The mailbox of an event loop.")},
                                {kTpDealloc, SlotOf(DeallocHolder)},
                                {kTpTraverse, SlotOf(TraverseHolder)},
                                {kTpClear, SlotOf(ClearHolder)},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "Mailboxes are made by the addon");
                                   return nullptr;
                                 })},
                                {0, nullptr}};
  holder_type = AddType(module, "_interloop.Mailbox", sizeof(Holder), kHaveGcFlag, slots, nullptr);
  return holder_type != nullptr;
}

std::shared_ptr<LoopMailbox> LoopMailbox::Find(PyObject* loop) {
  auto& all = AllMailboxes();
  auto found = all.find(loop);
  if (found == all.end()) return nullptr;
  std::shared_ptr<LoopMailbox> mailbox = found->second.lock();
  return mailbox && mailbox->open() ? mailbox : nullptr;
}

std::shared_ptr<LoopMailbox> LoopMailbox::Of(PyObject* loop) {
  if (auto found = Find(loop)) return found;
  if (!LoadAsyncio()) return nullptr;
  auto mailbox = std::make_shared<LoopMailbox>();
  mailbox->loop_ = loop;
  // Before anybody can post.
  mailbox->descriptor_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (mailbox->descriptor_ < 0) {
    RaiseFailure("out-of-resources", "Cannot reach this event loop: the system refuses a descriptor");
    return nullptr;
  }
  static PyMethodDef definition = {"drain", Drain, kNoArgs, "Open what was posted to the loop."};
  Owned holder(py.PyType_GenericAlloc(holder_type, 0));
  if (!holder) return nullptr;
  reinterpret_cast<Holder*>(holder.get())->mailbox = new std::shared_ptr<LoopMailbox>(mailbox);
  Owned drain(py.PyCFunction_NewEx(&definition, holder.get(), nullptr));
  AllMailboxes()[loop] = mailbox;
  if (!drain || !ListenElsewhere(loop, mailbox->descriptor_, drain.get())) {
    PyObject *error_type, *value, *traceback;
    py.PyErr_Fetch(&error_type, &value, &traceback);
    mailbox->End();
    py.PyErr_Restore(error_type, value, traceback);
    return nullptr;
  }
  return mailbox;
}

void LoopMailbox::ForgetAll() {
  for (auto& [loop, known] : AllMailboxes()) {
    if (auto mailbox = known.lock()) mailbox->LeaveParent();
  }
}

LoopMailbox::~LoopMailbox() {
  if (descriptor_ >= 0) close(descriptor_);
}

void LoopMailbox::Ring() {
  std::lock_guard<std::mutex> lock(ring_mutex_);
  if (descriptor_ >= 0) eventfd_write(descriptor_, 1);
}

bool LoopMailbox::Receive() {
  if (InForkedChild()) return true;  // the eventfd is the parent's, too
  eventfd_t count;
  if (descriptor_ >= 0) eventfd_read(descriptor_, &count);
  Letters letters = Take();
  for (auto& letter : letters) letter->Claim();
  Owned ending;
  for (auto& letter : letters) {
    // A letter may close the loop.
    if (open()) {
      letter->Open();
    } else {
      letter->Abandon();
    }
    // Those that follow are opened all the same: nobody else will.
    if (py.PyErr_Occurred()) ending.reset(TakeException());
  }
  letters.clear();  // what they hold is not to be freed while an error is set
  if (ending) Raise(ending.get());
  return !ending;
}

void LoopMailbox::End() {
  if (InForkedChild()) return;
  Letters letters = Close();
  {
    std::lock_guard<std::mutex> lock(ring_mutex_);
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }
  auto& all = AllMailboxes();
  auto found = all.find(loop_);
  if (found != all.end() && found->second.lock().get() == this) all.erase(found);
  for (auto& letter : letters) letter->Claim();
  for (auto& letter : letters) letter->Abandon();
  for (Environment* environment : Environments()) {
    if (environment->alive && !environment->finalized) TellLoopEnded(*environment, shared_from_this());
  }
  std::vector<Owned> running;
  for (auto& [environment, crossings] : crossings_) {
    for (auto& [promise, crossing] : crossings) running.emplace_back(NewRef(reinterpret_cast<PyObject*>(crossing)));
  }
  for (Owned& crossing : running) {
    FailCrossing(reinterpret_cast<Crossing*>(crossing.get()), "loop-closed", "The Python event loop was closed before the awaitable ended");
  }
}

void LoopMailbox::Remember(Crossing* crossing) {
  PyObject* held = NewRef(reinterpret_cast<PyObject*>(crossing));
  crossings_[crossing->environment][static_cast<int64_t>(crossing->promise)] = reinterpret_cast<Crossing*>(held);
}

PyObject* LoopMailbox::Forget(Crossing* crossing) {
  auto& crossings = crossings_[crossing->environment];
  auto found = crossings.find(static_cast<int64_t>(crossing->promise));
  if (found == crossings.end() || found->second != crossing) return nullptr;
  crossings.erase(found);
  return reinterpret_cast<PyObject*>(crossing);
}

int LoopMailbox::Visit(visitproc visit, void* data) const {
  for (const auto& [environment, crossings] : crossings_) {
    for (const auto& [promise, crossing] : crossings) {
      if (int result = visit(reinterpret_cast<PyObject*>(crossing), data)) return result;
    }
  }
  return 0;
}

Crossing* LoopMailbox::Find(Environment& environment, double promise) {
  auto crossings = crossings_.find(&environment);
  if (crossings == crossings_.end()) return nullptr;
  auto found = crossings->second.find(static_cast<int64_t>(promise));
  return found == crossings->second.end() ? nullptr : found->second;
}

}  // namespace interloop
