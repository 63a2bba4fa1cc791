// The C layer of the guest loop: a ready queue with the methods of collections.deque that asyncio uses, its own call_soon and call_soon_threadsafe, which make Handles in C.
// It can be switched off (asyncio's debug mode does): nothing else depends on it but speed.
#pragma once

#include <deque>

#include "environment/environment.h"
#include "loop/handle.h"

namespace interloop {

struct ReadyQueue {
  PyObject head;
  std::deque<PyObject*>* items;  // owned references
  PyObject* loop;
  PyObject* task_options;    // {"loop": loop, "name": ...} for the Task class, kept so that a Task costs no new dict
  PyObject* future_options;  // {"loop": loop}
  Guest* host;               // who pumps the loop, or null
  bool closed;
  bool enabled;      // call_soon() is ours; not in asyncio's debug mode
  bool plain_tasks;  // no task factory is set
};

bool InitReadyQueue(PyObject* module);
bool IsReadyQueue(PyObject* object);

// Takes the newest handle out again; null when there is none. For a Task's first step, which may run at once.
PyObject* PopNewest(ReadyQueue* queue);
PyObject* PopOldest(ReadyQueue* queue);

}  // namespace interloop
