#include "values/context.h"

#include "values/js_object.h"

namespace interloop {

namespace {
PyObject* async_context = nullptr;  // the contextvar; a JsObject that holds the snapshot, None or unset

thread_local PyObject* base_context = nullptr;  // owned

// What the current context has for our variable; empty when it is unset.
Owned Carried() {
  PyObject* value = nullptr;
  if (py.PyContextVar_Get(async_context, nullptr, &value) < 0) py.PyErr_Clear();
  return Owned(value);
}

// Takes the snapshot out of a context that is not entered. False with a Python error set.
bool Strip(PyObject* context) {
  if (py.PyContext_Enter(context) < 0) return false;
  Owned carried = Carried(), token(carried && carried.get() != None() ? py.PyContextVar_Set(async_context, None()) : NewRef(None()));
  return py.PyContext_Exit(context) == 0 && token;
}

// A new reference to a copy of the current Python context, without the snapshot when `carried` is one.
PyObject* CopyWithout(PyObject* carried) {
  Owned context(py.PyContext_CopyCurrent());
  if (!context || !carried || carried == None()) return context.release();
  return Strip(context.get()) ? context.release() : nullptr;
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

bool EnterBaseContext() {
  if (!base_context) base_context = py.PyContext_New();
  return base_context && py.PyContext_Enter(base_context) == 0;
}

void LeaveBaseContext() {
  Owned context(base_context);
  base_context = nullptr;
  if (context && py.PyContext_Exit(context.get()) < 0) py.PyErr_Clear();  // the thread stands in another one, and leaves it for good as well
}

PyObject* BaseContext() { return base_context; }

PyObject* CopyOf(PyObject* context) {
  if (!IsExactly(context, py.PyContext_Type)) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a contextvars.Context");
    return nullptr;
  }
  Owned copy(py.PyContext_Copy(context));
  return copy && Strip(copy.get()) ? copy.release() : nullptr;
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
