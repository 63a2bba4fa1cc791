#include "inlet.h"

#include <optional>

#include "convert.h"
#include "crossing.h"
#include "errors.h"
#include "gate.h"
#include "guest.h"
#include "js_values.h"
#include "module_members.h"
#include "native_call.h"
#include "tuple.h"

namespace interloop {

namespace {

PyTypeObject* inlet_type = nullptr;

struct Inlet {
  Gate gate;
  PyObject* items;  // a tuple: what was fed and not taken yet; or null
  bool waiting;     // the Task waits at the gate
  bool may_ask;     // items are being fed: whoever has taken them can ask for more through the answer
  bool asked;
};

Inlet* Cast(PyObject* object) { return reinterpret_cast<Inlet*>(object); }

PyObject* TakeItems(Inlet* inlet) {
  PyObject* items = inlet->items;
  inlet->items = nullptr;
  return items ? items : py.PyTuple_New(0);
}

int Send(PyObject* self, PyObject*, PyObject** result) {
  Inlet* inlet = Cast(self);
  *result = nullptr;
  if (!CheckEnvironment(inlet->gate.environment)) return kSendError;
  if (inlet->waiting && inlet->gate.state == Gate::State::shut) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "The Task that reads a stream went on although nothing has let it");
    return kSendError;
  }
  if (inlet->waiting || inlet->items) {
    inlet->waiting = false;
    *result = TakeItems(inlet);
    return *result ? kSendReturn : kSendError;
  }
  PyObject* loop = inlet->gate.environment->guest->loop();
  if (!loop) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "no running event loop");
    return kSendError;
  }
  if (loop != inlet->gate.loop) {
    Owned old(inlet->gate.loop);
    inlet->gate.loop = NewRef(loop);
  }
  ShutGate(&inlet->gate);
  inlet->waiting = true;
  *result = NewRef(self);
  return kSendNext;
}

PyObject* Next(PyObject* self) {
  PyObject* result = nullptr;
  int outcome = Send(self, None(), &result);
  return AsMethodResult(outcome, result);
}

PyObject* SendMethod(PyObject* self, PyObject*) { return Next(self); }

// throw(type_or_exception, value=None, traceback=None): the wait is over.
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  Cast(self)->waiting = false;
  RaiseThrown(args, count);
  return nullptr;
}

PyObject* Close(PyObject* self, PyObject*) {
  Cast(self)->waiting = false;
  return NewRef(None());
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// feed(*items)
PyObject* Feed(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Inlet* inlet = Cast(self);
  if (!CheckEnvironment(inlet->gate.environment)) return nullptr;
  Owned items(NewTuple(args, static_cast<size_t>(count)));
  if (!items) return nullptr;
  Owned old(inlet->items);
  inlet->items = items.release();
  return !inlet->waiting || OpenGate(&inlet->gate) ? NewRef(None()) : nullptr;
}

PyObject* Take(PyObject* self, PyObject*) { return TakeItems(Cast(self)); }

PyObject* Ask(PyObject* self, PyObject*) {
  Inlet* inlet = Cast(self);
  inlet->asked = inlet->may_ask;
  return py.PyBool_FromLong(inlet->may_ask);
}

int Traverse(PyObject* self, visitproc visit, void* data) {
  if (int result = TraverseGate(&Cast(self)->gate, visit, data)) return result;
  if (Cast(self)->items) {
    if (int result = visit(Cast(self)->items, data)) return result;
  }
  return VisitType(self, visit, data);
}

int ClearFields(PyObject* self) {
  ClearGate(&Cast(self)->gate);
  ClearField(Cast(self)->items);
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFields(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

// inlet(): None where the C layer is off.
PyObject* NewInlet(PyObject*, PyObject*) {
  Environment* environment = GateEnvironment();
  return environment ? NewGate(inlet_type, *environment) : NewRef(None());
}

// Feeds the items, a tuple that this takes over, and runs the Task that waits for them. Whether it asks for more.
bool FeedAndRun(Environment& environment, Inlet* inlet, PyObject* items) {
  Guest& guest = *environment.guest;
  Owned old(inlet->items);
  inlet->items = items;
  // Nobody reads any more: the Task was cancelled, or its loop closed.
  if (!inlet->waiting || inlet->gate.state != Gate::State::shut || inlet->gate.loop != guest.loop()) return false;
  std::optional<size_t> before = guest.BeginStep();
  inlet->may_ask = before && py.PyTuple_Size(items) > 0;
  inlet->asked = false;
  bool opened = OpenGate(&inlet->gate);
  if (!opened) ReportError(inlet->gate.loop, "The Task that reads a stream could not be woken", nullptr);
  if (before) guest.EndStep(opened ? before : std::nullopt);
  inlet->may_ask = false;
  return inlet->asked && inlet->waiting && inlet->gate.state == Gate::State::shut;
}

}  // namespace

bool InitInlet(PyObject* module) {
  static PyMethodDef methods[] = {{"feed", MethodOf(Feed), kFastCall, "Add items, and let the Task go on that waits for them."},
                                  {"take", Take, kNoArgs, "The items that were fed."},
                                  {"ask", Ask, kNoArgs, "Whether awaiting it is enough to ask JavaScript for more."},
                                  {"send", SendMethod, kOneArg, "As coroutine.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
                                  {"close", Close, kNoArgs, "As coroutine.close()."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Where a Task waits for items from JavaScript. Awaiting it answers with them.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"inlet", NewInlet, kNoArgs, "An Inlet, or None where there can be none."}, {nullptr, nullptr, 0, nullptr}};
  inlet_type = AddType(module, "_interloop.Inlet", sizeof(Inlet), kHaveGcFlag, slots, GateType());
  return inlet_type && AddFunctions(module, functions);
}

napi_value FeedStream(napi_env env, napi_callback_info info) {
  AllArguments<1 + 16> args(env, info);  // the default mark
  Environment& environment = *args.environment;
  Entry entry(environment, Entry::loop);
  if (!entry) return nullptr;
  PyObject* object = args.count > 0 ? GetRef(environment, args.all[0]) : nullptr;
  if (!object) return args.count > 0 ? nullptr : ThrowFailure(environment, "bad-argument", "Name the stream");
  if (TypeOf(object) != inlet_type) return ThrowFailure(environment, "bad-argument", "This is no stream");
  Owned kept(NewRef(object));
  std::vector<Owned> made;
  made.reserve(args.count - 1);
  for (size_t index = 1; index < args.count; ++index) {
    made.emplace_back(ToPython(environment, args.all[index]));
    if (!made.back()) return ThrowPython(environment);
  }
  Owned items(NewTuple(made));
  if (!items) return ThrowPython(environment);
  return MakeBoolean(env, FeedAndRun(environment, Cast(object), items.release()));
}

}  // namespace interloop
