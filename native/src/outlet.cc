#include "outlet.h"

#include <algorithm>
#include <optional>

#include "asyncio_api.h"
#include "convert.h"
#include "crossing.h"
#include "errors.h"
#include "gate.h"
#include "guest.h"
#include "item_maker.h"
#include "js_values.h"
#include "main_frame.h"
#include "module_members.h"
#include "native_call.h"

namespace interloop {

namespace {

PyTypeObject* outlet_type = nullptr;

struct Outlet {
  Gate gate;
  ItemMaker maker;
  PyObject* deliver;  // hands items over; answers with an order
  PyObject* rest;     // tells whether the Task waits for JavaScript
  PyObject* task;
  PyObject* order;               // what the gate was opened with
  std::optional<Made>* unheard;  // what was made in the Task's stead, which it has not heard of yet ...
  PyObject* error;               // ... and the exception, where that failed
  bool gated;                    // the Task waits at the gate
};

Outlet* Cast(PyObject* object) { return reinterpret_cast<Outlet*>(object); }
PyObject* AsObject(Outlet* outlet) { return reinterpret_cast<PyObject*>(outlet); }

// deliver(*items)
PyObject* Flush(Outlet* outlet) {
  std::vector<PyObject*> taken(1, nullptr);
  taken.insert(taken.end(), outlet->maker.items->begin(), outlet->maker.items->end());
  outlet->maker.items->clear();
  PyObject* order = CallVector(outlet->deliver, taken.data() + 1, (taken.size() - 1) | kVectorcallOffset);
  for (PyObject* item : taken) {
    if (item) py.Py_DecRef(item);
  }
  return order;
}

bool FlushIfAny(Outlet* outlet) {
  if (outlet->maker.items->empty()) return true;
  Owned order(Flush(outlet));
  return bool(order);
}

bool Rest(Outlet* outlet, bool resting) {
  PyObject* arguments[] = {nullptr, resting ? py._Py_TrueStruct : py._Py_FalseStruct};
  Owned done(CallVector(outlet->rest, arguments + 1, 1 | kVectorcallOffset));
  return bool(done);
}

// Goes on from what was made until the Task has to suspend, or Python code has to see to an order.
int GoOn(Outlet* outlet, Made made, PyObject** result) {
  for (;;) {
    switch (made) {
      case Made::full: {
        Owned order(Flush(outlet));
        if (!order) return kSendError;
        if (order.get() == None()) {
          if (!Rest(outlet, true)) return kSendError;
          ShutGate(&outlet->gate);
          outlet->gated = true;
          *result = NewRef(AsObject(outlet));
          return kSendNext;
        }
        if (!IsExactly(order.get(), py.PyLong_Type)) {
          *result = order.release();
          return kSendReturn;
        }
        SetRoom(outlet->maker, order.get());
        break;
      }
      case Made::suspended:
        *result = outlet->maker.waits_for;
        outlet->maker.waits_for = nullptr;
        // What is there does not wait for the batch to be full.
        if (FlushIfAny(outlet)) return kSendNext;
        ClearField(*result);
        return kSendError;
      case Made::ended:
        if (!FlushIfAny(outlet)) return kSendError;
        *result = NewRef(None());
        return kSendReturn;
      case Made::failed: {
        Owned error(TakeException());
        if (error && FlushIfAny(outlet)) Raise(error.get());
        return kSendError;
      }
    }
    made = MakeItems(outlet->maker);
  }
}

// What was made in the Task's stead, now that it hears of it.
Made Hear(Outlet* outlet) {
  Made made = **outlet->unheard;
  outlet->unheard->reset();
  if (made == Made::failed) {
    Owned error(outlet->error);
    outlet->error = nullptr;
    Raise(error.get());
  }
  return made;
}

bool CheckUse(Outlet* outlet) {
  if (!CheckEnvironment(outlet->gate.environment)) return false;
  if (!outlet->gate.busy) return true;
  py.PyErr_SetString(py.PyExc_RuntimeError, "This stream is being stepped already");
  return false;
}

int Send(PyObject* self, PyObject*, PyObject** result) {
  Outlet* outlet = Cast(self);
  *result = nullptr;
  if (!CheckUse(outlet)) return kSendError;
  if (!outlet->gated) return GoOn(outlet, outlet->maker.room > 0 ? MakeItems(outlet->maker) : Made::full, result);
  if (outlet->gate.state == Gate::State::shut) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "The stream's Task went on although nothing has let it");
    return kSendError;
  }
  outlet->gated = false;
  if (*outlet->unheard) return GoOn(outlet, Hear(outlet), result);
  Owned order(outlet->order);
  outlet->order = nullptr;
  if (!order || !IsExactly(order.get(), py.PyLong_Type)) {
    *result = order ? order.release() : NewRef(py._Py_FalseStruct);
    return kSendReturn;
  }
  SetRoom(outlet->maker, order.get());
  return GoOn(outlet, MakeItems(outlet->maker), result);
}

PyObject* Next(PyObject* self) {
  PyObject* result = nullptr;
  int outcome = Send(self, None(), &result);
  return AsMethodResult(outcome, result);
}

PyObject* SendMethod(PyObject* self, PyObject*) { return Next(self); }

int ThrowInto(Outlet* outlet, PyObject* const* args, Py_ssize_t count, PyObject** result) {
  static PyObject* throw_name = Interned("throw");
  Owned step(outlet->maker.step ? NewRef(outlet->maker.step) : nullptr), method(step ? py.PyObject_GetAttr(step.get(), throw_name) : nullptr);
  if (!method) {
    if (!step) RaiseThrown(args, count);
    return kSendError;
  }
  PyObject* value = CallVector(method.get(), args, static_cast<size_t>(count));
  int outcome = value ? kSendNext : kSendError;
  if (!value && py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) {
    Owned stop(TakeException());
    value = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
    if (value) outcome = kSendReturn;
  }
  Made made = NoteStep(outlet->maker, outcome, value);
  if (made == Made::full && outlet->maker.room > 0) made = MakeItems(outlet->maker);
  return GoOn(outlet, made, result);
}

// The Task was cancelled while its step was made in its stead: what that waits for is cancelled, as the Task itself would do it.
bool CancelUnheard(Outlet* outlet, PyObject* const* args) {
  static PyObject* cancel = Interned("cancel");
  Owned details(py.PyObject_GetAttrString(args[0], "args"));
  if (!details) py.PyErr_Clear();
  bool has_message = details && IsExactly(details.get(), py.PyTuple_Type) && py.PyTuple_Size(details.get()) > 0;
  Owned cancelled(has_message ? CallMethod(outlet->maker.waits_for, cancel, py.PyTuple_GetItem(details.get(), 0))
                              : CallMethod(outlet->maker.waits_for, cancel));
  if (!cancelled) py.PyErr_Clear();
  return cancelled && py.PyObject_IsTrue(cancelled.get()) == 1;
}

int ThrowHere(Outlet* outlet, PyObject* const* args, Py_ssize_t count, PyObject** result) {
  if (!outlet->gated) return ThrowInto(outlet, args, count, result);
  outlet->gated = false;
  if (!*outlet->unheard) {
    if (Rest(outlet, false)) RaiseThrown(args, count);
    return kSendError;
  }
  Made made = Hear(outlet);
  if (made == Made::suspended && !CancelUnheard(outlet, args)) {
    ClearField(outlet->maker.waits_for);
    return ThrowInto(outlet, args, count, result);
  }
  if (made != Made::full) return GoOn(outlet, made, result);
  if (FlushIfAny(outlet)) RaiseThrown(args, count);
  return kSendError;
}

// throw(type_or_exception, value=None, traceback=None)
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Outlet* outlet = Cast(self);
  if (count < 1 || count > 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  if (!CheckUse(outlet)) return nullptr;
  PyObject* result = nullptr;
  int outcome = ThrowHere(outlet, args, count, &result);
  return AsMethodResult(outcome, result);
}

PyObject* Close(PyObject* self, PyObject*) {
  Outlet* outlet = Cast(self);
  if (outlet->gate.busy) return NewRef(None());
  Owned step(outlet->maker.step);
  outlet->maker.step = nullptr;
  outlet->gated = false;
  outlet->unheard->reset();
  DropItems(outlet->maker);
  if (!step) return NewRef(None());
  static PyObject* close = Interned("close");
  return CallMethod(step.get(), close);
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// run(room): to be awaited.
PyObject* Run(PyObject* self, PyObject* room) {
  Outlet* outlet = Cast(self);
  SetRoom(outlet->maker, room);
  if (outlet->maker.room < 0) return RaiseFailure("bad-argument", "The room of a stream is a whole number from 0 on");
  return NewRef(self);
}

// push(item)
PyObject* Push(PyObject* self, PyObject* item) {
  Cast(self)->maker.items->push_back(NewRef(item));
  return NewRef(None());
}

// open(order)
PyObject* Open(PyObject* self, PyObject* order) {
  Outlet* outlet = Cast(self);
  if (!CheckUse(outlet)) return nullptr;
  if (!outlet->gated || outlet->gate.state != Gate::State::shut) return NewRef(None());
  ReadyQueue* queue = outlet->gate.environment->guest->native_queue();
  // Who waits hears of a closed loop from the crossing, whose Task is left.
  if (outlet->gate.environment->guest->loop() != outlet->gate.loop || (queue && queue->closed)) return NewRef(None());
  ClearField(outlet->order);
  outlet->order = NewRef(order);
  return Rest(outlet, false) && OpenGate(&outlet->gate) ? NewRef(None()) : nullptr;
}

PyObject* Leave(PyObject* self, PyObject*) {
  Cast(self)->maker.closed = true;
  return NewRef(None());
}

int Traverse(PyObject* self, visitproc visit, void* data) {
  Outlet* outlet = Cast(self);
  if (int result = TraverseGate(&outlet->gate, visit, data)) return result;
  if (int result = TraverseItemMaker(outlet->maker, visit, data)) return result;
  for (PyObject* field : {outlet->deliver, outlet->rest, outlet->task, outlet->order, outlet->error}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return VisitType(self, visit, data);
}

int ClearFields(PyObject* self) {
  Outlet* outlet = Cast(self);
  ClearGate(&outlet->gate);
  ClearItemMaker(outlet->maker);
  for (PyObject** field : {&outlet->deliver, &outlet->rest, &outlet->task, &outlet->order, &outlet->error}) ClearField(*field);
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFields(self);
  delete Cast(self)->maker.items;
  delete Cast(self)->unheard;
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

// outlet(source, deliver, rest, task): None where the source is no async generator, or the C layer is off.
PyObject* NewOutlet(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 4) {
    py.PyErr_SetString(py.PyExc_TypeError, "outlet() takes an async generator, a function, a method and a Task");
    return nullptr;
  }
  Environment* environment = GateEnvironment();
  if (!environment || !LoadAsyncio() || !IsExactly(args[0], py.PyAsyncGen_Type) || !IsExactly(args[3], asyncio.task)) return NewRef(None());
  PyObject* self = NewGate(outlet_type, *environment);
  if (!self) return nullptr;
  Outlet* outlet = Cast(self);
  outlet->maker.items = new std::vector<PyObject*>();
  outlet->unheard = new std::optional<Made>();
  outlet->maker.source = NewRef(args[0]);
  outlet->deliver = NewRef(args[1]);
  outlet->rest = NewRef(args[2]);
  outlet->task = NewRef(args[3]);
  return self;
}

bool EnterTask(Outlet* outlet, PyObject* enter_or_leave) {
  PyObject* arguments[] = {nullptr, outlet->gate.loop, outlet->task};
  Owned done(CallVector(enter_or_leave, arguments + 1, 2 | kVectorcallOffset));
  return bool(done);
}

// Makes items as a step of the Task would. Nothing when that cannot be done here.
std::optional<Made> MakeInStead(Outlet* outlet) {
  Owned context(NewRef(outlet->gate.context));
  if (py.PyContext_Enter(context.get()) < 0) return std::nullopt;
  std::optional<Made> made;
  if (EnterTask(outlet, asyncio.enter_task)) {
    outlet->gate.busy = true;
    outlet->gate.cancel_asked = false;
    RunAllAboveMain([&] {
      made = MakeItems(outlet->maker);
      if (made == Made::failed) outlet->error = TakeException();
    });
    outlet->gate.busy = false;
    if (!EnterTask(outlet, asyncio.leave_task)) py.PyErr_WriteUnraisable(outlet->task);
  }
  if (py.PyContext_Exit(context.get()) < 0) py.PyErr_WriteUnraisable(context.get());
  return made;
}

// False when the Task has to be let go on with open(). No values: it goes on by itself.
bool Step(Environment& environment, Outlet* outlet, double room, std::vector<napi_value>& values) {
  Guest& guest = *environment.guest;
  if (!outlet->gated || outlet->gate.state != Gate::State::shut || !outlet->gate.callback || outlet->gate.loop != guest.loop()) return false;
  std::optional<size_t> before = guest.BeginStep();
  if (!before) return false;
  SetRoom(outlet->maker, room);
  std::optional<Made> made = MakeInStead(outlet);
  if (!made) {
    py.PyErr_Clear();
    guest.EndStep(std::nullopt);
    return false;
  }
  if (made == Made::full && !outlet->gate.cancel_asked) {
    // Taken first: what runs meanwhile may push to the stream.
    std::vector<PyObject*> items;
    items.swap(*outlet->maker.items);
    for (PyObject* item : items) {
      napi_value value = ToJs(environment, item);
      if (!value) break;
      values.push_back(value);
    }
    const bool whole = values.size() == items.size();
    for (PyObject* item : items) py.Py_DecRef(item);
    if (outlet->maker.items->empty()) {  // keeps the memory
      items.clear();
      items.swap(*outlet->maker.items);
    }
    if (whole) {
      guest.EndStep(std::nullopt);
      return true;
    }
    values.clear();
    if (!py.PyErr_Occurred()) RaisePending(environment);
    outlet->error = TakeException();
    made = Made::failed;
  }
  *outlet->unheard = made;
  bool woken = Rest(outlet, false) && OpenGate(&outlet->gate);
  if (!woken) ReportError(outlet->gate.loop, "The Task of a stream could not be woken", nullptr);
  guest.EndStep(before);
  return true;
}

}  // namespace

bool InitOutlet(PyObject* module) {
  static PyMethodDef methods[] = {
      {"run", Run, kOneArg,
       "Make so many items when awaited, and more as JavaScript asks for them. The answer is an order that Python code sees to, or None at the end."},
      {"push", Push, kOneArg, "Add an item that was made elsewhere."},
      {"open", Open, kOneArg, "Let the Task go on with an order."},
      {"leave", Leave, kNoArgs, "Make no more items than the one that is being made."},
      {"send", SendMethod, kOneArg, "As coroutine.send()."},
      {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
      {"close", Close, kNoArgs, "As coroutine.close()."},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Makes items of an async generator and hands them over to JavaScript.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"outlet", MethodOf(NewOutlet), kFastCall, "An Outlet, or None where there can be none."}, {nullptr, nullptr, 0, nullptr}};
  outlet_type = AddType(module, "_interloop.Outlet", sizeof(Outlet), kHaveGcFlag, slots, GateType());
  return outlet_type && AddFunctions(module, functions);
}

napi_value StepStream(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  Environment& environment = *args.environment;
  const auto& [outlet, count, collect] = args.values;
  const napi_valuetype type = TypeOfValue(env, collect);
  double room = GetNumber(env, count);
  if (type != napi_function || !(room >= 1))
    return ThrowFailure(environment, "bad-argument", "stepStream() takes a stream, how many items, and what collects them");
  std::vector<napi_value> values;
  bool stepped = false;
  {
    Entry entry(environment, Entry::loop);
    PyObject* object = entry ? GetRef(environment, outlet) : nullptr;
    if (!object) return nullptr;
    if (TypeOf(object) != outlet_type) return ThrowFailure(environment, "bad-argument", "This is no stream");
    Owned kept(NewRef(object));
    stepped = Step(environment, Cast(object), room, values);
  }
  if (values.empty()) return stepped ? MakeNull(env) : MakeBoolean(env, false);
  napi_value receiver = MakeUndefined(env), result = nullptr;
  if (!receiver || std::count(values.begin(), values.end(), nullptr) > 0) return nullptr;
  return napi_call_function(env, receiver, collect, values.size(), values.data(), &result) == napi_ok ? result : nullptr;
}

}  // namespace interloop
