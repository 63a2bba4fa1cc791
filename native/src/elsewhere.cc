#include "elsewhere.h"

namespace interloop {

namespace {

// interloop._elsewhere.name(...)
template <class... Arguments>
bool Call(const char* name, Arguments... arguments) {
  Owned module(py.PyImport_ImportModule("interloop._elsewhere")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* values[] = {nullptr, arguments...};
  Owned done(function ? CallVector(function.get(), values + 1, sizeof...(Arguments) | kVectorcallOffset) : nullptr);
  return bool(done);
}

}  // namespace

bool StartElsewhere(PyObject* loop, PyObject* crossing) { return Call("start", loop, crossing); }

bool CancelElsewhere(PyObject* loop, PyObject* crossing, PyObject* message) { return Call("cancel", loop, crossing, message); }

bool SettleElsewhere(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value) {
  return Call("settle", loop, future, fulfilled ? py._Py_TrueStruct : py._Py_FalseStruct, value);
}

void LeaveInterpreter() {
  if (!Call("leave")) py.PyErr_WriteUnraisable(None());
}

}  // namespace interloop
