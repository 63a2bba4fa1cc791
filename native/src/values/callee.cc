#include "values/callee.h"

#include <cstring>

#include "cpython/asyncio_api.h"
#include "values/main_frame.h"

namespace interloop {

namespace {

// asyncio's functions that raise where no loop runs. asyncio may be there without having been looked up.
bool IsOfRunningLoop(PyObject* function) {
  if (asyncio.get_running_loop) return function == asyncio.create_task || function == asyncio.timeout || function == asyncio.timeout_at;
  Owned module(py.PyObject_GetAttrString(function, "__module__"));
  const char* name = module && IsExactly(module.get(), py.PyUnicode_Type) ? py.PyUnicode_AsUTF8AndSize(module.get(), nullptr) : nullptr;
  py.PyErr_Clear();
  if (!name || (std::strcmp(name, "asyncio.tasks") != 0 && std::strcmp(name, "asyncio.timeouts") != 0)) return false;
  if (LoadAsyncio()) return IsOfRunningLoop(function);
  py.PyErr_Clear();
  return false;
}

// Whether a class has `__enter__` in order to be entered: one that is declared to give None is there to say that `async with` is right, as aiohttp's is.
bool HasEnter(PyObject* type) {
  Owned enter(py.PyObject_GetAttrString(type, "__enter__"));
  Owned annotations(enter ? py.PyObject_GetAttrString(enter.get(), "__annotations__") : nullptr);
  PyObject* returned = annotations ? py.PyDict_GetItemString(annotations.get(), "return") : nullptr;  // borrowed
  const char* text = returned && IsExactly(returned, py.PyUnicode_Type) ? py.PyUnicode_AsUTF8AndSize(returned, nullptr) : nullptr;
  py.PyErr_Clear();
  return enter && !(returned == None() || (text && std::strcmp(text, "None") == 0));
}

// A class of objects that are for `async with` only: aiohttp.ClientSession, for one, needs a running loop when it is made.
bool IsAsyncManager(PyObject* object) {
  if (!py.PyType_IsSubtype(TypeOf(object), reinterpret_cast<PyTypeObject*>(py.PyType_Type))) return false;
  return py.PyObject_HasAttrString(object, "__aenter__") && !HasEnter(object);
}

}  // namespace

Callee FindCallee(PyObject* object) {
  constexpr long long kCoroutineFlag = 0x80;  // CO_COROUTINE
  if (!IsExactly(object, py.PyFunction_Type)) return IsAsyncManager(object) ? Callee::needs_loop : Callee::other;
  if (IsOfRunningLoop(object)) return Callee::needs_loop;
  Owned code(py.PyObject_GetAttrString(object, "__code__")), flags(code ? py.PyObject_GetAttrString(code.get(), "co_flags") : nullptr);
  int overflow = 0;
  bool coroutine = flags && (py.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) & kCoroutineFlag);
  py.PyErr_Clear();
  return coroutine ? Callee::coroutine_function : Callee::other;
}

Callee CalleeOf(RefTable& refs, int64_t ref) {
  Callee callee = refs.callee(ref);
  if (callee != Callee::unknown) return callee;
  callee = FindCallee(refs.Get(ref));
  refs.SetCallee(ref, callee);
  return callee;
}

Callee CalleeToCall(RefTable& refs, int64_t ref) {
  Callee callee = CalleeOf(refs, ref);
  if (callee != Callee::other || !refs.CountCall(ref)) return callee;
  PyObject* object = refs.Get(ref);
  if (!IsExactly(object, py.PyFunction_Type) || !MakesNoCalls(object)) return callee;
  refs.SetCallee(ref, Callee::leaf);
  return Callee::leaf;
}

void DropQueued(RefTable& refs) {
  // What their end says of where it comes from, as that of a coroutine that was never awaited, is JavaScript's doing.
  if (refs.Ripe() == 0) return;
  RunAllAboveMain([&refs] {
    for (size_t count = refs.Ripe(); count > 0; count = refs.Ripe()) {
      for (PyObject* object : refs.TakeQueue()) py.Py_DecRef(object);
    }
  });
}

}  // namespace interloop
