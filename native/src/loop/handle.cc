#include "loop/handle.h"

#include <string>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "cpython/tuple.h"
#include "environment/forked_child.h"
#include "values/errors.h"

namespace interloop {

namespace {

PyTypeObject* handle_type = nullptr;

// Handle: callback(*args) in a context. Up to two arguments are kept inline, with a free place before them for the vectorcall protocol.
struct Handle {
  PyObject head;
  PyObject* callback;
  PyObject* context;
  PyObject* more;  // a tuple of all arguments when there are more than two
  PyObject* inline_arguments[3];
  uint8_t count;
  bool cancelled;
};

Handle* AsHandle(PyObject* object) { return reinterpret_cast<Handle*>(object); }

int64_t live_handles = 0;

int HandleTraverse(PyObject* self, visitproc visit, void* data) {
  Handle* handle = AsHandle(self);
  PyObject* fields[] = {handle->callback, handle->context, handle->more, handle->inline_arguments[1], handle->inline_arguments[2]};
  for (PyObject* field : fields) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return VisitType(self, visit, data);
}

int HandleClear(PyObject* self) {
  Handle* handle = AsHandle(self);
  handle->count = 0;
  ClearField(handle->callback);
  ClearField(handle->more);
  ClearField(handle->inline_arguments[1]);
  ClearField(handle->inline_arguments[2]);
  ClearField(handle->context);
  return 0;
}

void HandleDealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  HandleClear(self);
  --live_handles;
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

PyObject* HandleCancel(PyObject* self, PyObject*) {
  // As asyncio.Handle.cancel(): what it holds is let go at once.
  Handle* handle = AsHandle(self);
  if (!handle->cancelled) {
    handle->cancelled = true;
    handle->count = 0;
    ClearField(handle->callback);
    ClearField(handle->more);
    ClearField(handle->inline_arguments[1]);
    ClearField(handle->inline_arguments[2]);
  }
  return NewRef(None());
}

PyObject* HandleCancelled(PyObject* self, PyObject*) { return py.PyBool_FromLong(AsHandle(self)->cancelled); }
PyObject* HandleContext(PyObject* self, PyObject*) { return NewRef(AsHandle(self)->context ? AsHandle(self)->context : None()); }
PyObject* GetCancelled(PyObject* self, void*) { return py.PyBool_FromLong(AsHandle(self)->cancelled); }
PyObject* GetCallback(PyObject* self, void*) { return NewRef(AsHandle(self)->callback ? AsHandle(self)->callback : None()); }

PyObject* GetArguments(PyObject* self, void*) {
  Handle* handle = AsHandle(self);
  if (handle->cancelled) return NewRef(None());
  if (handle->more) return NewRef(handle->more);
  return NewTuple(handle->inline_arguments + 1, handle->count);
}

// The call itself; null with a Python error set.
PyObject* Invoke(Handle* handle) {
  Owned callback(NewRef(handle->callback)), context(NewRef(handle->context));
  if (py.PyContext_Enter(context.get()) < 0) return nullptr;
  PyObject* result;
  if (handle->more) {
    Owned arguments(NewRef(handle->more));
    result = py.PyObject_CallObject(callback.get(), arguments.get());
  } else {
    // cancel() from inside the callback clears the fields, so the call has references of its own.
    Owned first(handle->count > 0 ? NewRef(handle->inline_arguments[1]) : nullptr), second(handle->count > 1 ? NewRef(handle->inline_arguments[2]) : nullptr);
    PyObject* arguments[3] = {nullptr, first.get(), second.get()};
    result = CallVector(callback.get(), arguments + 1, handle->count | kVectorcallOffset);
  }
  if (py.PyContext_Exit(context.get()) < 0) {
    if (result) py.Py_DecRef(result);
    return nullptr;
  }
  return result;
}

PyObject* HandleRun(PyObject* self, PyObject*) {
  Handle* handle = AsHandle(self);
  if (!handle->cancelled) {
    Owned kept(NewRef(self)), context(NewRef(handle->context));
    Owned result(Invoke(handle));
    if (!result) {
      if (EndsLoop(py.PyErr_Occurred())) return nullptr;
      PyObject *type, *value, *traceback;
      py.PyErr_Fetch(&type, &value, &traceback);
      Owned loop(RunningLoop());
      py.PyErr_Restore(type, value, traceback);
      if (loop) ReportError(loop.get(), "Exception in callback", self);
    }
  }
  return NewRef(None());
}

PyObject* HandleRepr(PyObject* self) {
  Handle* handle = AsHandle(self);
  std::string text = "<Handle";
  if (handle->cancelled) text += " cancelled";
  if (handle->callback) {
    Owned kept(NewRef(handle->callback)), callback(py.PyObject_Repr(kept.get()));  // __repr__ may cancel the handle
    if (!callback) return nullptr;
    Py_ssize_t size = 0;
    if (const char* data = py.PyUnicode_AsUTF8AndSize(callback.get(), &size)) {
      text += " " + std::string(data, static_cast<size_t>(size));
    } else {
      py.PyErr_Clear();
    }
  }
  text += '>';
  return py.PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

}  // namespace

bool InitHandle(PyObject* module) {
  static PyMethodDef handle_methods[] = {{"cancel", HandleCancel, kNoArgs, "Cancel the callback."},
                                         {"cancelled", HandleCancelled, kNoArgs, "Whether the callback was cancelled."},
                                         {"get_context", HandleContext, kNoArgs, "The context that the callback runs in."},
                                         {"_run", HandleRun, kNoArgs, "Run the callback."},
                                         {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef handle_fields[] = {{"_cancelled", GetCancelled, nullptr, nullptr, nullptr},
                                        {"_callback", GetCallback, nullptr, nullptr, nullptr},
                                        {"_args", GetArguments, nullptr, nullptr, nullptr},
                                        {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot handle_slots[] = {{kTpDoc, const_cast<char*>("A callback that a GuestLoop will run.")},
                                       {kTpDealloc, SlotOf(HandleDealloc)},
                                       {kTpTraverse, SlotOf(HandleTraverse)},
                                       {kTpClear, SlotOf(HandleClear)},
                                       {kTpRepr, SlotOf(HandleRepr)},
                                       {kTpMethods, handle_methods},
                                       {kTpGetSet, handle_fields},
                                       {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                          py.PyErr_SetString(py.PyExc_TypeError, "Handles are made by call_soon()");
                                          return nullptr;
                                        })},
                                       {0, nullptr}};
  handle_type = AddType(module, "_interloop.Handle", sizeof(Handle), kHaveGcFlag, handle_slots, nullptr);
  return handle_type != nullptr;
}

int64_t LiveHandles() { return live_handles; }

PyObject* NewHandle(PyObject* callback, PyObject* const* args, size_t count, PyObject* context) {
  Owned owned_context(context && context != None() ? NewRef(context) : py.PyContext_CopyCurrent());
  if (!owned_context) return nullptr;
  PyObject* self = py.PyType_GenericAlloc(handle_type, 0);
  if (!self) return nullptr;
  ++live_handles;
  Handle* handle = AsHandle(self);
  handle->callback = NewRef(callback);
  handle->context = owned_context.release();
  if (count <= 2) {
    handle->count = static_cast<uint8_t>(count);
    for (size_t index = 0; index < count; ++index) handle->inline_arguments[1 + index] = NewRef(args[index]);
  } else {
    handle->more = NewTuple(args, count);
    if (!handle->more) {
      py.Py_DecRef(self);
      return nullptr;
    }
  }
  return self;
}

void RunHandle(PyObject* loop, PyObject* object) {
  Owned result;
  if (TypeOf(object) == handle_type) {
    if (AsHandle(object)->cancelled) return;
    result.reset(Invoke(AsHandle(object)));
  } else {
    Owned cancelled(py.PyObject_GetAttrString(object, "_cancelled"));
    if (cancelled && py.PyObject_IsTrue(cancelled.get()) == 1) return;
    static PyObject* run = py.PyUnicode_InternFromString("_run");
    PyObject* arguments[] = {object};
    if (cancelled) result.reset(py.PyObject_VectorcallMethod(run, arguments, 1, nullptr));
  }
  if (!result && InForkedChild()) {
    Owned exception(TakeException());
    if (exception) KeepOutcome(exception.get());
  } else if (!result) {
    ReportError(loop, "Exception in callback", object);
  }
}

void ReportError(PyObject* loop, const char* message, PyObject* handle) {
  Owned exception(TakeException());
  Owned report(py.PyDict_New()), text;
  if (report) {
    std::string full = message;
    Owned shown(handle ? py.PyObject_Repr(handle) : nullptr);
    if (shown) {
      Py_ssize_t size = 0;
      if (const char* data = py.PyUnicode_AsUTF8AndSize(shown.get(), &size)) full += " " + std::string(data, static_cast<size_t>(size));
    }
    py.PyErr_Clear();
    text.reset(py.PyUnicode_FromStringAndSize(full.data(), static_cast<Py_ssize_t>(full.size())));
    py.PyDict_SetItemString(report.get(), "message", text.get());
    if (exception) py.PyDict_SetItemString(report.get(), "exception", exception.get());
    if (handle) py.PyDict_SetItemString(report.get(), "handle", handle);
  }
  static PyObject* call_exception_handler = py.PyUnicode_InternFromString("call_exception_handler");
  PyObject* arguments[] = {loop, report.get()};
  Owned done(report ? py.PyObject_VectorcallMethod(call_exception_handler, arguments, 2, nullptr) : nullptr);
  if (!done) py.PyErr_WriteUnraisable(loop);
}

}  // namespace interloop
