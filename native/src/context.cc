#include "context.h"

#include "js_object.h"

namespace interloop {

namespace {
PyObject* async_context = nullptr;  // the contextvar; a JsObject that holds the snapshot, None or unset

// What the current context has for our variable; empty when it is unset.
Owned Carried() {
  PyObject* value = nullptr;
  if (py.PyContextVar_Get(async_context, nullptr, &value) < 0) py.PyErr_Clear();
  return Owned(value);
}

// A new reference to a copy of the current Python context, without the snapshot when `carried` is one.
PyObject* CopyWithout(PyObject* carried) {
  Owned context(py.PyContext_CopyCurrent());
  if (!context || !carried || carried == None()) return context.release();
  if (py.PyContext_Enter(context.get()) < 0) return nullptr;
  Owned token(py.PyContextVar_Set(async_context, None()));
  if (py.PyContext_Exit(context.get()) < 0 || !token) return nullptr;
  return context.release();
}
}  // namespace

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
  Owned holder = Carried();
  return holder && holder.get() != None() ? JsIdOf(environment, holder.get()) : 0;
}

PyObject* CopyContext() { return CopyWithout(Carried().get()); }

PyObject* CurrentHolder(Environment& environment) {
  Owned holder = Carried();
  return holder && holder.get() != None() && JsIdOf(environment, holder.get()) != 0 ? holder.release() : nullptr;
}

bool CaptureOwn(Owned& context) {
  context.reset(py.PyContext_CopyCurrent());
  if (!context) return false;
  // Our own variable does not count: what it carries is in force in JS already.
  Py_ssize_t size = py.PyObject_Size(context.get());
  Owned carried = Carried();
  if (size == 0 || (size == 1 && carried)) {
    context.reset(nullptr);
    return true;
  }
  if (carried) context.reset(CopyWithout(carried.get()));
  return bool(context);
}

int64_t CaptureContext(Environment& environment) {
  Owned context;
  if (!CaptureOwn(context)) return 0;
  return context ? environment.refs.Add(context.release()) : environment.empty_context;
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
