#include "await/task_driver.h"

#include <cstring>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "cpython/tuple.h"
#include "environment/forked_child.h"
#include "values/errors.h"
#include "values/send.h"

namespace interloop {

namespace {

PyTypeObject* driver_type = nullptr;

TaskDriver* Cast(PyObject* object) { return reinterpret_cast<TaskDriver*>(object); }

void Settle(TaskDriver* driver, bool fulfilled, PyObject* value) {
  if (driver->settled) return;
  driver->settled = true;
  if (InForkedChild()) {
    KeepOutcome(fulfilled ? nullptr : value);
    py.Py_DecRef(value);
    return;
  }
  PyObject* task = driver->task;
  driver->task = nullptr;
  driver->port->Settle(driver, fulfilled, value, task);
}

// Settles with the Python error that is set, and leaves it set.
void SettleWithError(TaskDriver* driver) {
  Owned exception(TakeException());
  if (!exception) return;
  DropOwnFrames(exception.get());
  FailTask(driver, exception.get());
  Raise(exception.get());
}

// What is driven: a coroutine itself, anything else through its __await__.
bool Begin(TaskDriver* driver) {
  if (driver->iterator) return true;
  if (IsExactly(driver->awaitable, py.PyCoro_Type)) {
    driver->iterator = NewRef(driver->awaitable);
    return true;
  }
  static PyObject* await = Interned("__await__");
  driver->iterator = CallMethod(driver->awaitable, await);
  return driver->iterator != nullptr;
}

int Send(PyObject* self, PyObject* value, PyObject** result) {
  TaskDriver* driver = Cast(self);
  *result = nullptr;
  if (driver->settled) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    return kSendError;
  }
  int outcome = Begin(driver) ? SendTo(driver->iterator, value, result) : kSendError;
  if (outcome == kSendReturn) Settle(driver, true, NewRef(*result));
  if (outcome == kSendError) SettleWithError(driver);
  return outcome;
}

PyObject* SendMethod(PyObject* self, PyObject* value) {
  PyObject* result = nullptr;
  int outcome = Send(self, value, &result);
  return AsMethodResult(outcome, result);
}

PyObject* Next(PyObject* self) { return SendMethod(self, None()); }

// throw(type_or_exception, value=None, traceback=None)
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  TaskDriver* driver = Cast(self);
  if (count < 1 || count > 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  if (driver->settled) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    return nullptr;
  }
  if (!Begin(driver)) {
    SettleWithError(driver);
    return nullptr;
  }
  static PyObject* throw_name = Interned("throw");
  Owned method(py.PyObject_GetAttr(driver->iterator, throw_name));
  PyObject* result = nullptr;
  if (method) {
    result = CallVector(method.get(), args, static_cast<size_t>(count));
  } else {  // an iterator without throw(): the exception comes out where it was thrown
    py.PyErr_Clear();
    RaiseThrown(args, count);
  }
  if (result) return result;
  if (py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) {
    Owned stop(TakeException());
    PyObject* value = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
    if (value) {
      Settle(driver, true, value);
      py.PyErr_SetObject(py.PyExc_StopIteration, stop.get());
      return nullptr;
    }
  }
  SettleWithError(driver);
  return nullptr;
}

PyObject* Close(PyObject* self, PyObject*) {
  TaskDriver* driver = Cast(self);
  Owned result;
  static PyObject* close = Interned("close");
  PyObject* inner = driver->iterator ? driver->iterator : driver->awaitable;
  if (!driver->settled && py.PyObject_HasAttrString(inner, "close")) {
    result.reset(CallMethod(inner, close));
    if (!result) {
      SettleWithError(driver);
      return nullptr;
    }
  }
  FailTask(driver, "abandoned", "The Python coroutine was closed before it ended");
  return NewRef(None());
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// Tells the driver of its Task, when it was made on another thread.
PyObject* Attach(PyObject* self, PyObject* task) {
  if (!Cast(self)->settled && !Cast(self)->task) Cast(self)->task = NewRef(task);
  return NewRef(None());
}

PyObject* Unref(PyObject* self, PyObject* unreffed) {
  int truth = py.PyObject_IsTrue(unreffed);
  if (truth < 0) return nullptr;
  TaskDriver* driver = Cast(self);
  driver->port->Unref(driver, truth == 1);
  return NewRef(None());
}

PyObject* GetTask(PyObject* self, void*) { return NewRef(Cast(self)->task ? Cast(self)->task : None()); }

// cr_frame, cr_code, cr_running, __name__ ...: those of the coroutine inside, for tracebacks and debuggers.
PyObject* GetAttribute(PyObject* self, PyObject* name) {
  if (PyObject* own = py.PyObject_GenericGetAttr(self, name)) return own;
  if (!Cast(self)->awaitable || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return nullptr;
  py.PyErr_Clear();
  if (PyObject* inner = py.PyObject_GetAttr(Cast(self)->awaitable, name)) return inner;
  // Of what is no coroutine, a Future for one, asyncio says "<TaskDriver without __name__>" otherwise.
  Py_ssize_t size = 0;
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  const char* text = py.PyUnicode_AsUTF8AndSize(name, &size);
  bool named = text && (!std::strcmp(text, "__name__") || !std::strcmp(text, "__qualname__"));
  py.PyErr_Restore(type, value, traceback);
  if (!named) return nullptr;
  py.PyErr_Clear();
  return NameOf(Cast(self)->awaitable);
}

PyObject* Repr(PyObject* self) { return Cast(self)->awaitable ? py.PyObject_Repr(Cast(self)->awaitable) : py.PyUnicode_InternFromString("<ended TaskDriver>"); }

int Traverse(PyObject* self, visitproc visit, void* data) {
  TaskDriver* driver = Cast(self);
  for (PyObject* field : {driver->awaitable, driver->iterator, driver->task, driver->loop, reinterpret_cast<PyObject*>(TypeOf(self))}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return 0;
}

int ClearFields(PyObject* self) {
  TaskDriver* driver = Cast(self);
  PyObject* fields[] = {driver->iterator, driver->awaitable, driver->task, driver->loop};
  driver->iterator = driver->awaitable = driver->task = driver->loop = nullptr;
  for (PyObject* field : fields) {
    if (field) py.Py_DecRef(field);
  }
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  if (!Cast(self)->settled && Cast(self)->environment) {
    PyObject *error_type, *value, *traceback;
    py.PyErr_Fetch(&error_type, &value, &traceback);
    FailTask(Cast(self), "abandoned", "The Python task was destroyed before it ended: nothing could have completed what it waited for");
    py.PyErr_Restore(error_type, value, traceback);
  }
  ClearFields(self);
  delete Cast(self)->kept;
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

bool InitTaskDriver(PyObject* module) {
  static PyMethodDef methods[] = {{"send", SendMethod, kOneArg, "As coroutine.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
                                  {"close", Close, kNoArgs, "As coroutine.close()."},
                                  {"attach", Attach, kOneArg, "Tell the driver of its Task."},
                                  {"rest", Unref, kOneArg, "Whether it waits for JavaScript to come back to it: then it does not keep the process alive."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef fields[] = {{"task", GetTask, nullptr, "The Task, while it runs.", nullptr}, {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Drives an awaitable for a JavaScript promise.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpGetAttro, SlotOf(GetAttribute)},
                                {kTpRepr, SlotOf(Repr)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {kTpGetSet, fields},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "Crossings are made by JavaScript");
                                   return nullptr;
                                 })},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  driver_type = AddType(module, "_interloop.TaskDriver", sizeof(TaskDriver), kHaveGcFlag, slots, nullptr);
  return driver_type != nullptr;
}

PyObject* NewTaskDriver(Environment& environment, PyObject* awaitable, double promise, LoopPort& port, PyObject* loop) {
  PyObject* self = py.PyType_GenericAlloc(driver_type, 0);
  if (!self) return nullptr;
  TaskDriver* driver = Cast(self);
  driver->environment = &environment;
  driver->promise = promise;
  driver->awaitable = NewRef(awaitable);
  driver->loop = NewRef(loop);
  driver->port = &port;
  port.Start(driver);
  return self;
}

PyObject* NewTaskDriver(Environment& environment, PyObject* awaitable, double promise, const std::shared_ptr<LoopPort>& port) {
  PyObject* self = NewTaskDriver(environment, awaitable, promise, *port, port->loop());
  if (self) Cast(self)->kept = new std::shared_ptr<LoopPort>(port);
  return self;
}

void FailTask(TaskDriver* driver, const char* code, const char* message) {
  if (driver->settled) return;
  RaiseFailure(code, message);
  Owned failure(TakeException());
  if (failure) FailTask(driver, failure.get());
}

void FailTask(TaskDriver* driver, PyObject* exception) {
  if (!driver->settled) Settle(driver, false, NewRef(exception));
}

PyObject* NameOf(PyObject* awaitable) {
  static PyObject* qualified_name = Interned("__qualname__");
  if (PyObject* name = py.PyObject_GetAttr(awaitable, qualified_name)) return name;
  py.PyErr_Clear();
  return py.PyObject_GetAttrString(reinterpret_cast<PyObject*>(TypeOf(awaitable)), "__name__");
}

}  // namespace interloop
