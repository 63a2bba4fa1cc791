#include "cpython/asyncio_api.h"

#include <utility>

namespace interloop {

Asyncio asyncio;

bool LoadAsyncio() {
  if (asyncio.get_running_loop) return true;
  Owned module(py.PyImport_ImportModule("asyncio"));
  if (!module) return false;
  for (auto [place, name] :
       {std::pair(&asyncio.create_task, "create_task"), std::pair(&asyncio.timeout, "timeout"), std::pair(&asyncio.timeout_at, "timeout_at")}) {
    if (!(*place = py.PyObject_GetAttrString(module.get(), name))) py.PyErr_Clear();
  }
  struct {
    PyObject** place;
    const char* name;
  } const members[] = {{&asyncio.task, "Task"},
                       {&asyncio.future, "Future"},
                       {&asyncio.cancelled_error, "CancelledError"},
                       {&asyncio.enter_task, "_enter_task"},
                       {&asyncio.leave_task, "_leave_task"},
                       {&asyncio.set_running_loop, "_set_running_loop"},
                       {&asyncio.get_running_loop, "_get_running_loop"}};
  for (const auto& member : members) {
    *member.place = py.PyObject_GetAttrString(module.get(), member.name);
    if (!*member.place) return false;
  }
  return true;
}

PyObject* RunningLoop() {
  if (!LoadAsyncio()) return nullptr;
  PyObject* unused[1];
  return CallVector(asyncio.get_running_loop, unused + 1, 0 | kVectorcallOffset);
}

bool SetRunningLoop(PyObject* loop_or_none) {
  PyObject* arguments[] = {nullptr, loop_or_none};
  Owned done(CallVector(asyncio.set_running_loop, arguments + 1, 1 | kVectorcallOffset));
  return bool(done);
}

PyObject* CallMethod(PyObject* object, PyObject* name) {
  PyObject* arguments[] = {object};
  return py.PyObject_VectorcallMethod(name, arguments, 1, nullptr);
}

PyObject* CallMethod(PyObject* object, PyObject* name, PyObject* argument) {
  PyObject* arguments[] = {object, argument};
  return py.PyObject_VectorcallMethod(name, arguments, 2, nullptr);
}

}  // namespace interloop
