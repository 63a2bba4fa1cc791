#include "streams/reusable_future.h"

#include <cstring>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "cpython/tuple.h"
#include "loop/guest.h"
#include "values/errors.h"

namespace interloop {

namespace {

PyTypeObject* reusable_future_type = nullptr;

ReusableFuture* Cast(PyObject* object) { return reinterpret_cast<ReusableFuture*>(object); }

PyObject* InvalidState(const char* text) {
  Owned module(py.PyImport_ImportModule("asyncio")), type(module ? py.PyObject_GetAttrString(module.get(), "InvalidStateError") : nullptr);
  if (type) py.PyErr_SetString(type.get(), text);
  return nullptr;
}

// loop.call_soon(callback, reusable, context=context)
bool CallBack(ReusableFuture* reusable) {
  Owned callback(reusable->callback), context(reusable->context);
  reusable->callback = reusable->context = nullptr;
  if (!callback) return true;
  PyObject* self = reinterpret_cast<PyObject*>(reusable);
  ReadyQueue* queue =
      reusable->environment->OnThread() && reusable->environment->guest->loop() == reusable->loop ? reusable->environment->guest->native_queue() : nullptr;
  if (queue && !queue->closed) {
    PyObject* handle = NewHandle(callback.get(), &self, 1, context.get());
    if (handle) queue->items->push_back(handle);
    return handle != nullptr;
  }
  static PyObject* call_soon = Interned("call_soon");
  Owned method(py.PyObject_GetAttr(reusable->loop, call_soon)), options(py.PyDict_New()), arguments(NewTuple({callback.get(), self}));
  if (!method || !arguments || !options) return false;
  if (context && py.PyDict_SetItemString(options.get(), "context", context.get()) < 0) return false;
  Owned handle(py.PyObject_Call(method.get(), arguments.get(), options.get()));
  return bool(handle);
}

// The argument of this name; null when it is not given.
PyObject* NamedArgument(const char* name, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  Py_ssize_t named = names ? py.PyTuple_Size(names) : 0;
  for (Py_ssize_t index = 0; index < named; ++index) {
    const char* given = py.PyUnicode_AsUTF8AndSize(py.PyTuple_GetItem(names, index), nullptr);
    if (!given) py.PyErr_Clear();
    if (given && !std::strcmp(given, name)) return args[count + index];
  }
  return nullptr;
}

PyObject* GetLoop(PyObject* self, PyObject*) { return NewRef(Cast(self)->loop); }

// add_done_callback(callback, *, context=None)
PyObject* AddCallback(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  ReusableFuture* reusable = Cast(self);
  PyObject* context = NamedArgument("context", args, count, names);
  if (count != 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "add_done_callback() takes a callback and the keyword 'context'");
    return nullptr;
  }
  if (context && context != None() && !IsExactly(context, py.PyContext_Type)) {
    py.PyErr_SetString(py.PyExc_TypeError, "add_done_callback(): context is not a contextvars.Context");
    return nullptr;
  }
  if (reusable->callback) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "Only the Task of a stream waits for this");
    return nullptr;
  }
  Owned copy(context && context != None() ? NewRef(context) : py.PyContext_CopyCurrent());
  if (!copy) return nullptr;
  reusable->callback = NewRef(args[0]);
  reusable->context = copy.release();
  if (reusable->state != ReusableFuture::State::pending && !CallBack(reusable)) return nullptr;
  return NewRef(None());
}

PyObject* RemoveCallback(PyObject* self, PyObject* callback) {
  ReusableFuture* reusable = Cast(self);
  bool found = reusable->callback == callback;
  if (found) {
    ClearField(reusable->callback);
    ClearField(reusable->context);
  }
  return py.PyLong_FromLongLong(found);
}

// cancel(msg=None)
PyObject* Cancel(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  ReusableFuture* reusable = Cast(self);
  PyObject* message = count > 0 ? args[0] : NamedArgument("msg", args, count, names);
  if (reusable->busy) {
    reusable->cancel_asked = true;
    return NewRef(py._Py_FalseStruct);
  }
  if (reusable->state != ReusableFuture::State::pending) return NewRef(py._Py_FalseStruct);
  reusable->state = ReusableFuture::State::cancelled;
  ClearField(reusable->message);
  if (message && message != None()) reusable->message = NewRef(message);
  return CallBack(reusable) ? NewRef(py._Py_TrueStruct) : nullptr;
}

PyObject* Done(PyObject* self, PyObject*) { return py.PyBool_FromLong(Cast(self)->state != ReusableFuture::State::pending); }
PyObject* Cancelled(PyObject* self, PyObject*) { return py.PyBool_FromLong(Cast(self)->state == ReusableFuture::State::cancelled); }

PyObject* Result(PyObject* self, PyObject*) {
  ReusableFuture* reusable = Cast(self);
  if (reusable->state == ReusableFuture::State::pending) return InvalidState("Result is not set.");
  if (reusable->state == ReusableFuture::State::resolved) return NewRef(None());
  Owned arguments(NewTuple(&reusable->message, reusable->message ? 1 : 0));
  if (!arguments) return nullptr;
  Owned error(py.PyObject_CallObject(asyncio.cancelled_error, arguments.get()));
  if (error) py.PyErr_SetObject(asyncio.cancelled_error, error.get());
  return nullptr;
}

PyObject* GetBlocking(PyObject* self, void*) { return py.PyBool_FromLong(Cast(self)->blocking); }
int SetBlocking(PyObject* self, PyObject* value, void*) {
  int truth = value ? py.PyObject_IsTrue(value) : 0;
  if (truth < 0) return -1;
  Cast(self)->blocking = truth == 1;
  return 0;
}

PyObject* RefuseNew(PyTypeObject*, PyObject*, PyObject*) {
  py.PyErr_SetString(py.PyExc_TypeError, "Gates are made by streams");
  return nullptr;
}

int Traverse(PyObject* self, visitproc visit, void* data) {
  int result = TraverseFuture(Cast(self), visit, data);
  return result ? result : VisitType(self, visit, data);
}

int Clear(PyObject* self) {
  ClearFuture(Cast(self));
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFuture(Cast(self));
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

bool InitReusableFuture(PyObject* module) {
  static PyMethodDef methods[] = {{"get_loop", GetLoop, kNoArgs, "The loop of the Task that waits."},
                                  {"add_done_callback", MethodOf(AddCallback), kFastCall | kKeywords, "As Future.add_done_callback(), for one callback."},
                                  {"remove_done_callback", RemoveCallback, kOneArg, "As Future.remove_done_callback()."},
                                  {"cancel", MethodOf(Cancel), kFastCall | kKeywords, "As Future.cancel()."},
                                  {"done", Done, kNoArgs, "As Future.done()."},
                                  {"cancelled", Cancelled, kNoArgs, "As Future.cancelled()."},
                                  {"result", Result, kNoArgs, "As Future.result()."},
                                  {"exception", Result, kNoArgs, "As Future.exception()."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef fields[] = {{"_asyncio_future_blocking", GetBlocking, SetBlocking, nullptr, nullptr}, {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("What the Task of a stream waits at for JavaScript.")},
                                {kTpNew, SlotOf(RefuseNew)},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(Clear)},
                                {kTpMethods, methods},
                                {kTpGetSet, fields},
                                {0, nullptr}};
  reusable_future_type = AddType(module, "_interloop.ReusableFuture", sizeof(ReusableFuture), kHaveGcFlag | kBaseTypeFlag, slots, nullptr);
  return reusable_future_type != nullptr;
}

PyTypeObject* ReusableFutureType() { return reusable_future_type; }

Environment* StreamEnvironment() {
  Environment* environment = CurrentEnvironment();
  if (!environment || !environment->alive || environment->finalized || !environment->guest) return nullptr;
  Guest& guest = *environment->guest;
  return guest.loop() && guest.running() && guest.native_queue() ? environment : nullptr;
}

PyObject* NewReusableFuture(PyTypeObject* type, Environment& environment) {
  PyObject* self = py.PyType_GenericAlloc(type, 0);
  if (!self) return nullptr;
  Cast(self)->environment = &environment;
  Cast(self)->loop = NewRef(environment.guest->loop());
  return self;
}

void ResetFuture(ReusableFuture* reusable) {
  ClearField(reusable->callback);
  ClearField(reusable->context);
  reusable->state = ReusableFuture::State::pending;
  reusable->blocking = true;
}

bool ResolveFuture(ReusableFuture* reusable) {
  if (reusable->state != ReusableFuture::State::pending) return true;
  reusable->state = ReusableFuture::State::resolved;
  return CallBack(reusable);
}

int TraverseFuture(ReusableFuture* reusable, visitproc visit, void* data) {
  for (PyObject* field : {reusable->loop, reusable->callback, reusable->context, reusable->message}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return 0;
}

void ClearFuture(ReusableFuture* reusable) {
  ClearField(reusable->callback);
  ClearField(reusable->context);
  ClearField(reusable->message);
  ClearField(reusable->loop);
}

}  // namespace interloop
