#include "values/main_frame.h"

#include "cpython/asyncio_api.h"
#include "environment/environment.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"
#include "values/send.h"

namespace interloop {

namespace {

struct Pending {
  PyObject* (*body)(void*);
  void* data;
};

// What the next Proceed() of this thread runs. Between the two Python may run a signal handler, which may come here again.
thread_local Pending* pending = nullptr;

PyObject* Proceed(PyObject*, PyObject* const*, Py_ssize_t) {
  Pending*& place = pending;
  Pending* next = place;
  place = nullptr;
  if (next) return next->body(next->data);
  py.PyErr_SetString(py.PyExc_RuntimeError, "Only JavaScript's calls use this function");
  return nullptr;
}

PyObject* CallMember(const char* name, PyObject* argument) {
  Owned module(py.PyImport_ImportModule("interloop._main_frame")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* arguments[] = {nullptr, argument};
  return function ? CallVector(function.get(), arguments + 1, 1 | kVectorcallOffset) : nullptr;
}

PyObject* MakeFrameFunction() {
  static PyMethodDef definition = {"proceed", MethodOf(Proceed), kFastCall, nullptr};
  Owned proceed(py.PyCFunction_NewEx(&definition, nullptr, nullptr));
  return proceed ? CallMember("make", proceed.get()) : nullptr;
}

// The function for the place in JavaScript that calls now. Null where that is not known.
PyObject* FrameFunctionHere(Environment& environment) {
  HandleScope scope(environment.env);
  napi_value arguments[2] = {MakeNumber(environment.env, kOperationCallSite), MakeNumber(environment.env, 0)};
  napi_value place = environment.CallHook(Hook::operate, 2, arguments);
  if (!place) ClearPending(environment);
  Owned text(place ? StringToPython(environment.env, place) : nullptr);
  Owned function(text ? CallMember("make_at", text.get()) : nullptr);
  if (!function) py.PyErr_Clear();
  return function && function.get() != None() ? function.release() : nullptr;
}

// Takes the frame of the place in JavaScript, which is the first, out of the traceback of the error that is set.
void DropFirstFrame() {
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  Owned first(traceback);
  PyObject* rest = first ? py.PyObject_GetAttrString(first.get(), "tb_next") : nullptr;
  if (rest == None()) py.Py_DecRef(rest);
  py.PyErr_Restore(type, value, rest == None() ? nullptr : rest);
}

// Whether the loop of this thread's JavaScript is in asyncio's debug mode.
bool InDebugMode() {
  Environment* environment = CurrentEnvironment();
  return environment && environment->call_slots[kDebug] != 0;
}

bool IsHeapType(PyTypeObject* type) { return py.PyType_GetFlags(type) & (1ul << 9); }

// Whether reading the attribute may run Python code whose caller is whoever reads it: not that of types in C.
bool RunsCode(PyObject* object, PyObject* attribute) {
  PyTypeObject* type = TypeOf(object);
  if (!IsHeapType(type)) return false;
  if (!py._PyType_Lookup || py.PyType_GetSlot(type, kTpGetAttro) != SlotOf(py.PyObject_GenericGetAttr.pointer)) return true;
  PyObject* found = py._PyType_Lookup(type, attribute);
  return found && (IsExactly(found, py.PyProperty_Type) || IsHeapType(TypeOf(found)));
}

}  // namespace

PyObject* RunAboveMain(PyObject* (*body)(void*), void* data, bool is_call) {
  static PyObject* function = nullptr;
  if (!function && !(function = MakeFrameFunction())) return nullptr;
  Owned here(is_call && InDebugMode() ? FrameFunctionHere(*CurrentEnvironment()) : nullptr);
  Pending mine{body, data};
  Pending*& next = pending;
  Pending* before = next;
  next = &mine;
  PyObject* result = CallVector(here ? here.get() : function, nullptr, 0);
  next = before;
  if (result) return result;
  if (here) DropFirstFrame();
  DropOwnFrames();
  return result;
}

bool MakesNoCalls(PyObject* function) {
  Owned answer(CallMember("makes_no_calls", function));
  if (!answer) py.PyErr_Clear();
  return answer && answer.get() == py._Py_TrueStruct;
}

PyObject* ReadAboveMain(PyObject* object, PyObject* attribute) {
  auto read = [&] { return py.PyObject_GetAttr(object, attribute); };
  if (IsExactly(object, py.PyModule_Type)) {
    // As PyObject_GetAttr() does, which then calls the module's __getattr__.
    PyObject* value = py.PyObject_GenericGetAttr(object, attribute);
    if (value || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return value;
    py.PyErr_Clear();
    return AboveMain(read);
  }
  return RunsCode(object, attribute) ? AboveMain(read) : read();
}

int SendAboveMain(PyObject* iterator, PyObject* value, PyObject** result) {
  int outcome = kSendError;
  auto send = [&]() -> PyObject* {
    PyObject* sent = nullptr;
    outcome = SendTo(iterator, value, &sent);
    return sent;
  };
  *result = IsExactly(iterator, py.PyGen_Type) || IsHeapType(TypeOf(iterator)) ? AboveMain(send) : send();
  return *result ? outcome : kSendError;
}

}  // namespace interloop
