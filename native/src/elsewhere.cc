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

bool ObserveElsewhere(PyObject* future, PyObject* callback) { return Call("observe", future, callback); }

bool AdoptLoop(PyObject* loop) { return Call("adopt", loop); }

bool SettleElsewhere(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value) {
  return Call("settle", loop, future, fulfilled ? py._Py_TrueStruct : py._Py_FalseStruct, value);
}

bool PythonThreadsRemain() {
  Owned module(py.PyImport_ImportModule("interloop._elsewhere")), function(module ? py.PyObject_GetAttrString(module.get(), "threads_remain") : nullptr);
  Owned answer(function ? py.PyObject_CallObject(function.get(), nullptr) : nullptr);
  if (!answer) py.PyErr_WriteUnraisable(None());
  return answer && py.PyObject_IsTrue(answer.get()) == 1;
}

void LeaveInterpreter() {
  if (!Call("leave")) py.PyErr_WriteUnraisable(None());
}

}  // namespace interloop
