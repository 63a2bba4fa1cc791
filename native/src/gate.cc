#include "gate.h"

#include <cstring>

#include "asyncio_api.h"
#include "errors.h"
#include "guest.h"
#include "module_members.h"
#include "tuple.h"

namespace interloop {

namespace {

PyTypeObject* gate_type = nullptr;

Gate* Cast(PyObject* object) { return reinterpret_cast<Gate*>(object); }

PyObject* InvalidState(const char* text) {
  Owned module(py.PyImport_ImportModule("asyncio")), type(module ? py.PyObject_GetAttrString(module.get(), "InvalidStateError") : nullptr);
  if (type) py.PyErr_SetString(type.get(), text);
  return nullptr;
}

// loop.call_soon(callback, gate, context=context)
bool CallBack(Gate* gate) {
  Owned callback(gate->callback), context(gate->context);
  gate->callback = gate->context = nullptr;
  if (!callback) return true;
  PyObject* self = reinterpret_cast<PyObject*>(gate);
  ReadyQueue* queue = gate->environment->OnThread() && gate->environment->guest->loop() == gate->loop ? gate->environment->guest->native_queue() : nullptr;
  if (queue && !queue->closed) {
    PyObject* handle = NewHandle(callback.get(), &self, 1, context.get());
    if (handle) queue->items->push_back(handle);
    return handle != nullptr;
  }
  static PyObject* call_soon = Interned("call_soon");
  Owned method(py.PyObject_GetAttr(gate->loop, call_soon)), options(py.PyDict_New()), arguments(NewTuple({callback.get(), self}));
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
  Gate* gate = Cast(self);
  PyObject* context = NamedArgument("context", args, count, names);
  if (count != 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "add_done_callback() takes a callback and the keyword 'context'");
    return nullptr;
  }
  if (context && context != None() && !IsExactly(context, py.PyContext_Type)) {
    py.PyErr_SetString(py.PyExc_TypeError, "add_done_callback(): context is not a contextvars.Context");
    return nullptr;
  }
  if (gate->callback) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "Only the Task of a stream waits for this");
    return nullptr;
  }
  Owned copy(context && context != None() ? NewRef(context) : py.PyContext_CopyCurrent());
  if (!copy) return nullptr;
  gate->callback = NewRef(args[0]);
  gate->context = copy.release();
  if (gate->state != Gate::State::shut && !CallBack(gate)) return nullptr;
  return NewRef(None());
}

PyObject* RemoveCallback(PyObject* self, PyObject* callback) {
  Gate* gate = Cast(self);
  bool found = gate->callback == callback;
  if (found) {
    ClearField(gate->callback);
    ClearField(gate->context);
  }
  return py.PyLong_FromLongLong(found);
}

// cancel(msg=None)
PyObject* Cancel(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  Gate* gate = Cast(self);
  PyObject* message = count > 0 ? args[0] : NamedArgument("msg", args, count, names);
  if (gate->busy) {
    gate->cancel_asked = true;
    return NewRef(py._Py_FalseStruct);
  }
  if (gate->state != Gate::State::shut) return NewRef(py._Py_FalseStruct);
  gate->state = Gate::State::cancelled;
  ClearField(gate->message);
  if (message && message != None()) gate->message = NewRef(message);
  return CallBack(gate) ? NewRef(py._Py_TrueStruct) : nullptr;
}

PyObject* Done(PyObject* self, PyObject*) { return py.PyBool_FromLong(Cast(self)->state != Gate::State::shut); }
PyObject* Cancelled(PyObject* self, PyObject*) { return py.PyBool_FromLong(Cast(self)->state == Gate::State::cancelled); }

PyObject* Result(PyObject* self, PyObject*) {
  Gate* gate = Cast(self);
  if (gate->state == Gate::State::shut) return InvalidState("Result is not set.");
  if (gate->state == Gate::State::open) return NewRef(None());
  Owned arguments(NewTuple(&gate->message, gate->message ? 1 : 0));
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
  int result = TraverseGate(Cast(self), visit, data);
  return result ? result : VisitType(self, visit, data);
}

int Clear(PyObject* self) {
  ClearGate(Cast(self));
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearGate(Cast(self));
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

bool InitGate(PyObject* module) {
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
  gate_type = AddType(module, "_interloop.Gate", sizeof(Gate), kHaveGcFlag | kBaseTypeFlag, slots, nullptr);
  return gate_type != nullptr;
}

PyTypeObject* GateType() { return gate_type; }

Environment* GateEnvironment() {
  Environment* environment = CurrentEnvironment();
  if (!environment || !environment->alive || environment->finalized || !environment->guest) return nullptr;
  Guest& guest = *environment->guest;
  return guest.loop() && guest.running() && guest.native_queue() ? environment : nullptr;
}

PyObject* NewGate(PyTypeObject* type, Environment& environment) {
  PyObject* self = py.PyType_GenericAlloc(type, 0);
  if (!self) return nullptr;
  Cast(self)->environment = &environment;
  Cast(self)->loop = NewRef(environment.guest->loop());
  return self;
}

void ShutGate(Gate* gate) {
  ClearField(gate->callback);
  ClearField(gate->context);
  gate->state = Gate::State::shut;
  gate->blocking = true;
}

bool OpenGate(Gate* gate) {
  if (gate->state != Gate::State::shut) return true;
  gate->state = Gate::State::open;
  return CallBack(gate);
}

int TraverseGate(Gate* gate, visitproc visit, void* data) {
  for (PyObject* field : {gate->loop, gate->callback, gate->context, gate->message}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return 0;
}

void ClearGate(Gate* gate) {
  ClearField(gate->callback);
  ClearField(gate->context);
  ClearField(gate->message);
  ClearField(gate->loop);
}

}  // namespace interloop
