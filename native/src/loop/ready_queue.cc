#include "loop/ready_queue.h"

#include <cstddef>
#include <cstring>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "loop/guest.h"
#include "values/errors.h"

namespace interloop {

namespace {

PyTypeObject* queue_type = nullptr;

ReadyQueue* AsQueue(PyObject* object) { return reinterpret_cast<ReadyQueue*>(object); }

int QueueTraverse(PyObject* self, visitproc visit, void* data) {
  ReadyQueue* queue = AsQueue(self);
  for (PyObject* item : *queue->items) {
    if (int result = visit(item, data)) return result;
  }
  for (PyObject* field : {queue->loop, queue->task_options, queue->future_options}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return VisitType(self, visit, data);
}

int QueueClear(PyObject* self) {
  ReadyQueue* queue = AsQueue(self);
  std::deque<PyObject*> items;
  items.swap(*queue->items);
  for (PyObject* item : items) py.Py_DecRef(item);
  ClearField(queue->task_options);
  ClearField(queue->future_options);
  ClearField(queue->loop);
  return 0;
}

void QueueDealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  if (AsQueue(self)->items) {
    QueueClear(self);
    delete AsQueue(self)->items;
  }
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

PyObject* QueueNew(PyTypeObject* type, PyObject* args, PyObject*) {
  if (py.PyTuple_Size(args) != 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "ReadyQueue takes the loop");
    return nullptr;
  }
  PyObject* loop = py.PyTuple_GetItem(args, 0);
  Owned task_options(py.PyDict_New()), future_options(py.PyDict_New());
  for (PyObject* options : {task_options.get(), future_options.get()}) {
    if (!options || py.PyDict_SetItemString(options, "loop", loop) < 0) return nullptr;
  }
  PyObject* self = py.PyType_GenericAlloc(type, 0);
  if (!self) return nullptr;
  ReadyQueue* queue = AsQueue(self);
  queue->items = new std::deque<PyObject*>();
  queue->loop = NewRef(loop);
  queue->task_options = task_options.release();
  queue->future_options = future_options.release();
  queue->plain_tasks = true;
  return self;
}

PyObject* QueueAppend(PyObject* self, PyObject* handle) {
  AsQueue(self)->items->push_back(NewRef(handle));
  return NewRef(None());
}

PyObject* QueuePopLeft(PyObject* self, PyObject*) {
  if (PyObject* handle = PopOldest(AsQueue(self))) return handle;
  py.PyErr_SetString(py.PyExc_IndexError, "pop from an empty deque");
  return nullptr;
}

PyObject* QueueEmpty(PyObject* self, PyObject*) {
  std::deque<PyObject*> items;
  items.swap(*AsQueue(self)->items);
  for (PyObject* item : items) py.Py_DecRef(item);
  return NewRef(None());
}

PyObject* QueueClose(PyObject* self, PyObject*) {
  AsQueue(self)->closed = true;
  return QueueEmpty(self, nullptr);
}

Py_ssize_t QueueLength(PyObject* self) { return static_cast<Py_ssize_t>(AsQueue(self)->items->size()); }

PyObject* QueueIterate(PyObject* self) {
  Owned list(py.PyList_New(0));
  if (!list) return nullptr;
  std::deque<PyObject*> items = *AsQueue(self)->items;
  for (PyObject* item : items) {
    if (py.PyList_Append(list.get(), item) < 0) return nullptr;
  }
  return py.PyObject_GetIter(list.get());
}

// call_soon(callback, *args, context=None). A new reference to the handle; null with a Python error set.
PyObject* Enqueue(ReadyQueue* queue, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (queue->closed) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "Event loop is closed");
    return nullptr;
  }
  Py_ssize_t named = names ? py.PyTuple_Size(names) : 0;
  PyObject* context = nullptr;
  if (named > 1 || (named == 1 && count < 1)) {
    py.PyErr_SetString(py.PyExc_TypeError, "call_soon() takes a callback, its arguments and the keyword 'context'");
    return nullptr;
  }
  if (named == 1) {
    Py_ssize_t size = 0;
    const char* name = py.PyUnicode_AsUTF8AndSize(py.PyTuple_GetItem(names, 0), &size);
    if (!name || std::strcmp(name, "context") != 0) {
      py.PyErr_SetString(py.PyExc_TypeError, "call_soon() got an unexpected keyword argument");
      return nullptr;
    }
    context = args[count];
    if (context != None() && !IsExactly(context, py.PyContext_Type)) {
      py.PyErr_SetString(py.PyExc_TypeError, "call_soon(): context is not a contextvars.Context");
      return nullptr;
    }
  }
  if (count < 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "call_soon() missing 1 required positional argument: 'callback'");
    return nullptr;
  }
  PyObject* handle = NewHandle(args[0], args + 1, static_cast<size_t>(count - 1), context);
  if (handle) queue->items->push_back(NewRef(handle));
  return handle;
}

PyObject* CallSoon(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) { return Enqueue(AsQueue(self), args, count, names); }

PyObject* CallSoonThreadsafe(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  ReadyQueue* queue = AsQueue(self);
  Owned handle(Enqueue(queue, args, count, names));
  if (!handle) return nullptr;
  if (queue->host && !queue->host->driving()) {
    queue->host->Wake();
  } else {
    static PyObject* write_to_self = py.PyUnicode_InternFromString("_write_to_self");
    PyObject* arguments[] = {queue->loop};
    Owned done(py.PyObject_VectorcallMethod(write_to_self, arguments, 1, nullptr));
    if (!done) return nullptr;
  }
  return handle.release();
}

PyObject* GetDebug(PyObject*, PyObject*) { return NewRef(py._Py_FalseStruct); }

PyObject* GetEnabled(PyObject* self, void*) { return py.PyBool_FromLong(AsQueue(self)->enabled); }
int SetEnabled(PyObject* self, PyObject* value, void*) {
  int enabled = value ? py.PyObject_IsTrue(value) : -1;
  if (enabled < 0) return -1;
  AsQueue(self)->enabled = enabled;
  return 0;
}
PyObject* GetPlainTasks(PyObject* self, void*) { return py.PyBool_FromLong(AsQueue(self)->plain_tasks); }
int SetPlainTasks(PyObject* self, PyObject* value, void*) {
  int plain = value ? py.PyObject_IsTrue(value) : -1;
  if (plain < 0) return -1;
  AsQueue(self)->plain_tasks = plain;
  return 0;
}

}  // namespace

bool InitReadyQueue(PyObject* module) {
  static PyMethodDef queue_methods[] = {
      {"append", QueueAppend, kOneArg, "Add a handle."},
      {"popleft", QueuePopLeft, kNoArgs, "Take the oldest handle."},
      {"clear", QueueEmpty, kNoArgs, "Drop all handles."},
      {"close", QueueClose, kNoArgs, "Drop all handles and take no more."},
      {"call_soon", MethodOf(CallSoon), kFastCall | kKeywords, "As loop.call_soon()."},
      {"call_soon_threadsafe", MethodOf(CallSoonThreadsafe), kFastCall | kKeywords, "As loop.call_soon_threadsafe()."},
      {"get_debug", GetDebug, kNoArgs, "As loop.get_debug(), for a loop that is not in debug mode: every Task and Future asks."},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef queue_fields[] = {{"enabled", GetEnabled, SetEnabled, "Whether call_soon() and Handles are the queue's own.", nullptr},
                                       {"plain_tasks", GetPlainTasks, SetPlainTasks, "Whether the loop has no task factory.", nullptr},
                                       {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot queue_slots[] = {{kTpDoc, const_cast<char*>("The ready queue of a GuestLoop, with call_soon() in C.")},
                                      {kTpNew, SlotOf(QueueNew)},
                                      {kTpDealloc, SlotOf(QueueDealloc)},
                                      {kTpTraverse, SlotOf(QueueTraverse)},
                                      {kTpClear, SlotOf(QueueClear)},
                                      {kSqLength, SlotOf(QueueLength)},
                                      {kTpIter, SlotOf(QueueIterate)},
                                      {kTpMethods, queue_methods},
                                      {kTpGetSet, queue_fields},
                                      {0, nullptr}};
  queue_type = AddType(module, "_interloop.ReadyQueue", sizeof(ReadyQueue), kHaveGcFlag, queue_slots, nullptr);
  return queue_type != nullptr;
}

bool IsReadyQueue(PyObject* object) { return TypeOf(object) == queue_type; }

PyObject* PopNewest(ReadyQueue* queue) {
  if (queue->items->empty()) return nullptr;
  PyObject* handle = queue->items->back();
  queue->items->pop_back();
  return handle;
}

PyObject* PopOldest(ReadyQueue* queue) {
  if (queue->items->empty()) return nullptr;
  PyObject* handle = queue->items->front();
  queue->items->pop_front();
  return handle;
}

}  // namespace interloop
