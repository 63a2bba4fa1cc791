#include "context.h"

#include "js_object.h"

namespace interloop {

namespace {
PyObject* async_context = nullptr;  // the contextvar; a JsObject that holds the snapshot, or unset
}

bool InitContext() {
  async_context = py.PyContextVar_New("interloop.async_context", nullptr);
  return async_context != nullptr;
}

PyObject* EnterSnapshot(Environment& environment, double id) {
  Owned holder(NewJsObject(environment, JsKind::object, id, nullptr));
  return holder ? py.PyContextVar_Set(async_context, holder.get()) : nullptr;
}

void LeaveSnapshot(PyObject* token) {
  if (py.PyContextVar_Reset(async_context, token) < 0) py.PyErr_WriteUnraisable(async_context);
}

double CurrentSnapshot(Environment& environment) {
  PyObject* value = nullptr;
  if (py.PyContextVar_Get(async_context, nullptr, &value) < 0) {
    py.PyErr_Clear();
    return 0;
  }
  Owned holder(value);
  return holder ? JsIdOf(environment, holder.get()) : 0;
}

int64_t CaptureContext(Environment& environment) {
  Owned context(py.PyContext_CopyCurrent());
  if (!context) return 0;
  // Our own variable does not count: what it carries is in force in JS already.
  Py_ssize_t size = py.PyObject_Size(context.get());
  if (size == 0 || (size == 1 && CurrentSnapshot(environment) != 0)) return environment.empty_context;
  return environment.refs.Add(context.release());
}

PyObject* EnterContext(PyObject* context) {
  if (!IsExactly(context, py.PyContext_Type)) {
    py.PyErr_SetString(py.PyExc_TypeError, "TaskLocals need a contextvars.Context");
    return nullptr;
  }
  if (py.PyContext_Enter(context) == 0) return NewRef(context);
  py.PyErr_Clear();
  Owned copy(py.PyContext_Copy(context));
  if (!copy || py.PyContext_Enter(copy.get()) < 0) return nullptr;
  return copy.release();
}

void LeaveContext(PyObject* context) {
  if (py.PyContext_Exit(context) < 0) py.PyErr_WriteUnraisable(context);
}

}  // namespace interloop
