#include "remote/loop_mailbox.h"

#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "remote/async_call.h"
#include "remote/remote_loop.h"
#include "values/convert.h"
#include "values/errors.h"

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
  if (!mailbox->wake_.Open()) {
    RaiseFailure("out-of-resources", "Cannot reach this event loop: the system refuses a descriptor");
    return nullptr;
  }
  static PyMethodDef definition = {"drain", Drain, kNoArgs, "Open what was posted to the loop."};
  Owned holder(py.PyType_GenericAlloc(holder_type, 0));
  if (!holder) return nullptr;
  reinterpret_cast<Holder*>(holder.get())->mailbox = new std::shared_ptr<LoopMailbox>(mailbox);
  Owned drain(py.PyCFunction_NewEx(&definition, holder.get(), nullptr));
  AllMailboxes()[loop] = mailbox;
  if (!drain || !ListenRemote(loop, mailbox->wake_.readable(), drain.get())) {
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

LoopMailbox::~LoopMailbox() = default;

void LoopMailbox::Notify() {
  std::lock_guard<std::mutex> lock(notify_mutex_);
  if (wake_.is_open()) wake_.Notify();
}

bool LoopMailbox::Receive() {
  if (InForkedChild()) return true;  // the descriptor is the parent's, too
  if (wake_.is_open()) wake_.Clear();
  Messages messages = Take();
  for (auto& message : messages) message->Own();
  Owned ending;
  for (auto& message : messages) {
    // A message may close the loop.
    if (open()) {
      message->Run();
    } else {
      message->Cancel();
    }
    // Those that follow are opened all the same: nobody else will.
    if (py.PyErr_Occurred()) ending.reset(TakeException());
  }
  messages.clear();  // what they hold is not to be freed while an error is set
  if (ending) Raise(ending.get());
  return !ending;
}

void LoopMailbox::End() {
  if (InForkedChild()) return;
  Messages messages = Close();
  {
    std::lock_guard<std::mutex> lock(notify_mutex_);
    wake_.Close();
  }
  auto& all = AllMailboxes();
  auto found = all.find(loop_);
  if (found != all.end() && found->second.lock().get() == this) all.erase(found);
  for (auto& message : messages) message->Own();
  for (auto& message : messages) message->Cancel();
  for (Environment* environment : Environments()) {
    if (environment->alive && !environment->finalized) TellLoopEnded(*environment, shared_from_this());
  }
  std::vector<Owned> running;
  for (auto& [environment, crossings] : drivers_) {
    for (auto& [promise, driver] : crossings) running.emplace_back(NewRef(reinterpret_cast<PyObject*>(driver)));
  }
  for (Owned& driver : running) {
    FailTask(reinterpret_cast<TaskDriver*>(driver.get()), "loop-closed", "The Python event loop was closed before the awaitable ended");
  }
}

void LoopMailbox::Remember(TaskDriver* driver) {
  PyObject* held = NewRef(reinterpret_cast<PyObject*>(driver));
  drivers_[driver->environment][static_cast<int64_t>(driver->promise)] = reinterpret_cast<TaskDriver*>(held);
}

PyObject* LoopMailbox::Forget(TaskDriver* driver) {
  auto& crossings = drivers_[driver->environment];
  auto found = crossings.find(static_cast<int64_t>(driver->promise));
  if (found == crossings.end() || found->second != driver) return nullptr;
  crossings.erase(found);
  return reinterpret_cast<PyObject*>(driver);
}

int LoopMailbox::Visit(visitproc visit, void* data) const {
  for (const auto& [environment, crossings] : drivers_) {
    for (const auto& [promise, driver] : crossings) {
      if (int result = visit(reinterpret_cast<PyObject*>(driver), data)) return result;
    }
  }
  return 0;
}

TaskDriver* LoopMailbox::Find(Environment& environment, double promise) {
  auto crossings = drivers_.find(&environment);
  if (crossings == drivers_.end()) return nullptr;
  auto found = crossings->second.find(static_cast<int64_t>(promise));
  return found == crossings->second.end() ? nullptr : found->second;
}

}  // namespace interloop
