#include "api/operations.h"

#include <optional>

#include "await/js_promise.h"
#include "await/pending_promises.h"
#include "await/promise_cancellation.h"
#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "cpython/tuple.h"
#include "environment/forked_child.h"
#include "environment/ids.h"
#include "environment/js_values.h"
#include "environment/native_call.h"
#include "loop/current_loop.h"
#include "loop/guest.h"
#include "remote/async_call.h"
#include "values/callee.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/main_frame.h"
#include "values/memory_copies.h"
#include "values/py_buffer.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

// Enters Python and runs body(environment, values).
template <size_t N, class Body>
napi_value InPython(napi_env env, napi_callback_info info, Body body, PythonScope::Kind kind = PythonScope::plain) {
  Arguments<N> args(env, info);
  PythonScope entry(*args.environment, kind);
  return entry ? body(*args.environment, args.values) : nullptr;
}

// The same with the object that the first argument names, kept alive meanwhile.
template <size_t N, class Body>
napi_value OnObject(napi_env env, napi_callback_info info, Body body) {
  return InPython<N>(env, info, [&](Environment& environment, napi_value* values) -> napi_value {
    PyObject* object = GetRef(environment, values[0]);
    if (!object) return nullptr;
    Owned kept(NewRef(object));
    return body(environment, object, values);
  });
}

// Python's call has no result for JavaScript.
napi_value Undefined(Environment& environment) {
  if (InForkedChild()) LeaveForkedChild(environment);
  return MakeUndefined(environment.env);
}

// The result of a Python call (owned), or the error that is set.
napi_value Finish(Environment& environment, PyObject* result, Handover handover = Handover::value) {
  Owned owned(result);
  napi_value value = owned ? ToJs(environment, owned.get(), handover) : nullptr;
  return value ? value : ThrowPython(environment);
}

// The loop that a Ref names, 0: the hosted one. Null with an error pending in JS.
PyObject* GetLoop(Environment& environment, napi_value value) {
  if (GetNumber(environment.env, value) != 0) return GetRef(environment, value);
  if (PyObject* loop = environment.guest->default_loop()) return loop;
  ThrowFailure(environment, "no-loop", "There is no Python event loop here: it was closed");
  return nullptr;
}

}  // namespace

napi_value ImportModule(napi_env env, napi_callback_info info) {
  return InPython<1>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    Owned name(StringToPython(env, values[0]));
    if (!name) return ThrowPython(environment);
    Py_ssize_t size = 0;
    const char* text = py.PyUnicode_AsUTF8AndSize(name.get(), &size);
    return Finish(environment, text ? AboveMain([text] { return py.PyImport_ImportModule(text); }) : nullptr);
  });
}

napi_value EmptyContext(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  return MakeNumber(env, static_cast<double>(args.environment->empty_context));
}

namespace {

napi_value Call(napi_env env, napi_callback_info info, bool step) {
  constexpr size_t kInline = 9;
  AllArguments<kInline> args(env, info);
  size_t count = args.count;
  napi_value* values = args.all;
  Environment& environment = *args.environment;
  PythonScope entry(environment, PythonScope::loop);
  if (!entry) return nullptr;
  PyObject* callable = count > 0 ? GetRef(environment, values[0]) : nullptr;
  if (!callable) return count > 0 ? nullptr : ThrowFailure(environment, "bad-argument", "Name the callable");
  Owned kept(NewRef(callable));
  Callee callee = CalleeToCall(environment.refs, static_cast<int64_t>(GetNumber(env, values[0])));
  bool runs_code = callee != Callee::coroutine_function;
  if (runs_code && !step && environment.guest) environment.guest->LeaveLoop();
  LoopTurn turn(environment, callee == Callee::needs_loop && !step);

  // arguments[0] is the free place that the vectorcall protocol wants.
  PyObject* inline_arguments[kInline] = {};
  std::vector<PyObject*> more_arguments;
  PyObject** arguments = inline_arguments;
  if (count > kInline) {
    more_arguments.resize(count);
    arguments = more_arguments.data();
  }
  size_t converted = 1;
  while (converted < count && (arguments[converted] = ToPython(environment, values[converted]))) ++converted;
  std::optional<size_t> before = step && converted == count ? environment.guest->BeginStep() : std::nullopt;
  auto call = [&] { return CallVector(callable, arguments + 1, (count - 1) | kVectorcallOffset); };
  PyObject* result = converted < count ? nullptr : callee == Callee::other || environment.call_slots[kDebug] != 0 ? AboveMain(call) : call();
  if (before) environment.guest->EndStep(result ? before : std::nullopt);
  for (size_t index = 1; index < converted; ++index) py.Py_DecRef(arguments[index]);
  return Finish(environment, result, Handover::call_result);
}

}  // namespace

napi_value CallObject(napi_env env, napi_callback_info info) { return Call(env, info, false); }

napi_value StepObject(napi_env env, napi_callback_info info) { return Call(env, info, true); }

napi_value CallWith(napi_env env, napi_callback_info info) {
  return OnObject<4>(env, info, [env](Environment& environment, PyObject* callable, napi_value* values) -> napi_value {
    uint32_t positional = 0, named = 0;
    if (napi_get_array_length(env, values[1], &positional) != napi_ok || napi_get_array_length(env, values[2], &named) != napi_ok) {
      return ThrowFailure(environment, "bad-argument", "callWith() takes a callable, an array of arguments, and arrays of names and of values");
    }
    std::vector<Owned> items;
    items.reserve(positional);
    for (uint32_t index = 0; index < positional; ++index) {
      items.emplace_back(ToPython(environment, ElementOf(env, values[1], index)));
      if (!items.back()) return ThrowPython(environment);
    }
    Owned keywords(py.PyDict_New());
    if (!keywords) return ThrowPython(environment);
    for (uint32_t index = 0; index < named; ++index) {
      // Functions in C compare the names by identity, as Python's compiler interns them.
      Owned key(InternedText(StringToPython(env, ElementOf(env, values[2], index))));
      Owned item(key ? ToPython(environment, ElementOf(env, values[3], index)) : nullptr);
      if (!item || py.PyDict_SetItem(keywords.get(), key.get(), item.get()) < 0) return ThrowPython(environment);
    }
    Owned arguments(NewTuple(items));
    LoopTurn turn(environment, CalleeOf(environment.refs, static_cast<int64_t>(GetNumber(env, values[0]))) == Callee::needs_loop);
    auto call = [&] { return py.PyObject_Call(callable, arguments.get(), keywords.get()); };
    return Finish(environment, arguments ? AboveMain(call) : nullptr, Handover::call_result);
  });
}

napi_value GetAttr(napi_env env, napi_callback_info info) {
  return OnObject<2>(env, info, [env](Environment& environment, PyObject* object, napi_value* values) -> napi_value {
    Owned name(StringToPython(env, values[1]));
    return Finish(environment, name ? ReadAboveMain(object, name.get()) : nullptr);
  });
}

namespace {

// Whether items can be put into the object, with []: then its properties may be items, and core decides.
bool TakesItems(PyObject* object) {
  PyTypeObject* type = TypeOf(object);
  if (py.PyIter_Send) return py.PyType_GetSlot(type, kMpAssSubscript) != nullptr;
  return py.PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "__setitem__");  // 3.9 cannot read the slots of static types
}

}  // namespace

napi_value SetAttr(napi_env env, napi_callback_info info) {
  return OnObject<4>(env, info, [env](Environment& environment, PyObject* object, napi_value* values) -> napi_value {
    if (IsTrue(env, values[3]) && TakesItems(object)) return MakeBoolean(env, false);
    Owned name(StringToPython(env, values[1])), value(name ? ToPython(environment, values[2]) : nullptr);
    if (!value || StatusAboveMain([&] { return py.PyObject_SetAttr(object, name.get(), value.get()); }) < 0) return ThrowPython(environment);
    return Undefined(environment);
  });
}

napi_value DeleteAttr(napi_env env, napi_callback_info info) {
  return OnObject<3>(env, info, [env](Environment& environment, PyObject* object, napi_value* values) -> napi_value {
    if (IsTrue(env, values[2]) && TakesItems(object)) return MakeBoolean(env, false);
    Owned name(StringToPython(env, values[1]));
    if (!name || StatusAboveMain([&] { return py.PyObject_SetAttr(object, name.get(), nullptr); }) < 0) return ThrowPython(environment);
    return Undefined(environment);
  });
}

napi_value NextItem(napi_env env, napi_callback_info info) {
  return OnObject<2>(env, info, [env](Environment& environment, PyObject* object, napi_value* values) -> napi_value {
    Owned sent(TypeOfValue(env, values[1]) == napi_undefined || !py.PyObject_HasAttrString(object, "send") ? NewRef(None()) : ToPython(environment, values[1]));
    PyObject* result = nullptr;
    int outcome = sent ? SendAboveMain(object, sent.get(), &result) : kSendError;
    bool ended = outcome == kSendReturn;
    // An item is what a call of __next__ returned: asyncio.as_completed gives coroutines, which are to be awaited.
    napi_value value = ended && result == None() ? (py.Py_DecRef(result), Undefined(environment)) : Finish(environment, result, Handover::call_result);
    environment.call_slots[kMissing] = ended ? 1 : 0;
    return value;
  });
}

napi_value Duplicate(napi_env env, napi_callback_info info) {
  return InPython<1>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    PyObject* object = GetRef(environment, values[0]);
    return object ? MakeNumber(env, static_cast<double>(environment.refs.Add(NewRef(object)))) : nullptr;
  });
}

napi_value Release(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  int64_t ref = static_cast<int64_t>(GetNumber(env, args.values[0]));
  if (ref != args.environment->empty_context) args.environment->refs.Release(ref);
  return nullptr;
}

napi_value Drain(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  if (args.environment->finalized || !args.environment->started) return nullptr;
  if (args.environment->guest->remote_tasks().DropObjects()) return nullptr;
  PythonScope entry(*args.environment);  // its beginning drains
  return nullptr;
}

napi_value Buffer(napi_env env, napi_callback_info info) {
  return OnObject<1>(env, info, [](Environment& environment, PyObject* object, napi_value*) { return ExportBuffer(environment, object); });
}

napi_value EndBuffer(napi_env env, napi_callback_info info) {
  return InPython<1>(env, info,
                     [env](Environment& environment, napi_value* values) { return MakeBoolean(env, EndLook(environment, GetNumber(env, values[0]))); });
}

napi_value HostLoop(napi_env env, napi_callback_info info) {
  return InPython<1>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    if (GetNumber(env, values[0]) == 0) {
      environment.guest->Unhost();
      return Undefined(environment);
    }
    PyObject* loop = GetRef(environment, values[0]);
    if (!loop) return nullptr;
    if (!environment.guest->Host(loop)) return ThrowPython(environment);
    return Undefined(environment);
  });
}

namespace {

// Starts a conversion on another thread, without the GIL. False: it has to be done with it.
bool StartRemote(Environment& environment, napi_value* values) {
  napi_env env = environment.env;
  Guest* guest = environment.guest.get();
  std::shared_ptr<LoopMailbox> mailbox = guest ? guest->remote_tasks().Reach(static_cast<int64_t>(GetNumber(env, values[2]))) : nullptr;
  int64_t ref = static_cast<int64_t>(GetNumber(env, values[0]));
  double promise = GetNumber(env, values[1]);
  PyObject* awaitable = mailbox && IsId(promise) ? environment.refs.Get(ref) : nullptr;
  if (!awaitable) return false;
  int64_t context = static_cast<int64_t>(environment.call_slots[kContext]);
  if (context == 0) context = guest->remote_tasks().base_context();
  PyObject* entered = context == 0 || context == environment.empty_context ? nullptr : environment.refs.Get(context);
  if (!entered && context != 0 && context != environment.empty_context) return false;
  Submission submission;
  submission.promise = promise;
  environment.guest->NoteCopy(promise);
  submission.snapshot = environment.call_slots[kSnapshot];
  environment.call_slots[kContext] = environment.call_slots[kSnapshot] = 0;
  auto lend = [&](Value& value, PyObject* object) {
    value.kind = Value::Kind::object;
    value.object = object;
    value.loan = environment.refs.Lend();
  };
  if (entered) lend(submission.context, entered);
  if (IsTrue(env, values[3])) {
    submission.awaitable.kind = Value::Kind::object;
    submission.awaitable.object = environment.refs.Take(ref);
    submission.awaitable.owned = true;
  } else {
    lend(submission.awaitable, awaitable);
  }
  environment.copies->ToPython();
  guest->Submit(mailbox, std::move(submission));
  return true;
}

}  // namespace

napi_value StartTask(napi_env env, napi_callback_info info) {
  Arguments<4> args(env, info);
  Environment& environment = *args.environment;
  napi_value* values = args.values;
  if (StartRemote(environment, values)) return nullptr;
  PythonScope entry(environment, PythonScope::loop);
  PyObject* awaitable = entry ? GetRef(environment, values[0]) : nullptr;
  PyObject* loop = awaitable ? GetLoop(environment, values[2]) : nullptr;
  if (!loop) return nullptr;
  double promise = GetNumber(env, values[1]);
  if (!IsId(promise)) return ThrowFailure(environment, "bad-argument", "A conversion needs an id");
  environment.guest->NoteCopy(promise);
  Owned kept(NewRef(awaitable));
  std::optional<Completion> ended;
  if (!environment.guest->StartTask(awaitable, promise, loop, ended)) return ThrowPython(environment);
  if (InForkedChild()) LeaveForkedChild(environment);
  if (IsTrue(env, values[3])) environment.refs.Drop(static_cast<int64_t>(GetNumber(env, values[0])));
  if (!ended) return Undefined(environment);
  bool fulfilled = false;
  napi_value outcome = environment.guest->Outcome(*ended, true, fulfilled);
  if (fulfilled) return outcome;
  ThrowValue(env, outcome);
  return nullptr;
}

napi_value CancelTask(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  double promise = GetNumber(env, args.values[0]);
  Text text;
  std::shared_ptr<LoopMailbox> away = args.environment->guest ? args.environment->guest->remote_tasks().MailboxOf(promise) : nullptr;
  if (away && TextFromJs(env, args.values[1], text)) {
    PostCancel(*args.environment, away, promise, std::move(text));
    return MakeBoolean(env, true);
  }
  return InPython<3>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    Owned message(ToPython(environment, values[1]));
    bool found = false;
    const double promise = GetNumber(env, values[0]);
    const std::shared_ptr<LoopPort> remote = environment.guest->remote_tasks().MailboxOf(promise);
    LoopPort& port = remote ? *remote : *environment.guest;
    if (!message || !port.Cancel(environment, promise, message.get(), IsTrue(env, values[2]), &found)) return ThrowPython(environment);
    if (InForkedChild()) LeaveForkedChild(environment);
    return MakeBoolean(env, found);
  });
}

napi_value UseLoop(napi_env env, napi_callback_info info) {
  return InPython<1>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    PyObject* loop = GetNumber(env, values[0]) == 0 ? nullptr : GetRef(environment, values[0]);
    if (!loop && GetNumber(env, values[0]) != 0) return nullptr;
    return environment.guest->remote_tasks().UseLoop(loop) ? Undefined(environment) : ThrowPython(environment);
  });
}

napi_value Answer(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  Environment& environment = *args.environment;
  if (!environment.async_calls) return nullptr;
  environment.copies->ToPython();
  Value value;
  bool fulfilled = GetNumber(env, args.values[1]) != 0;
  if (!fulfilled) {
    ErrorFromJs(environment, args.values[2], value);
  } else if (!FromJs(environment, args.values[2], value)) {
    fulfilled = false;
    PendingErrorFromJs(environment, value);
  }
  environment.async_calls->Answer(environment, GetNumber(env, args.values[0]), fulfilled, value);
  return nullptr;
}

napi_value FutureOf(napi_env env, napi_callback_info info) {
  return InPython<2>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    PyObject* loop = GetLoop(environment, values[1]);
    if (!loop || !LoadAsyncio()) return loop ? ThrowPython(environment) : nullptr;
    Owned promise(NewWatchedPromise(environment, GetNumber(env, values[0])));
    return Finish(environment, promise ? FollowPromise(promise.get(), loop) : nullptr);
  });
}

napi_value Observe(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  if (args.environment->pending_promises && args.environment->pending_promises->PostObserve(GetNumber(env, args.values[0]))) return nullptr;
  return InPython<1>(env, info, [env](Environment& environment, napi_value* values) -> napi_value {
    return ObservePromise(environment, GetNumber(env, values[0])) ? nullptr : ThrowPython(environment);
  });
}

napi_value PumpLoop(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  if (args.environment->finalized) return MakeNumber(env, 0);  // a last wake
  args.environment->copies->ToPython();
  bool poll = IsTrue(env, args.values[0]), is_array = false;
  napi_value settled = napi_is_array(env, args.values[1], &is_array) == napi_ok && is_array ? args.values[1] : nullptr;
  if (settled && args.environment->guest) settled = args.environment->pending_promises->PostOutcomes(settled);
  if (args.environment->guest && args.environment->guest->PumpRemote(poll, settled != nullptr)) return MakeNumber(env, 0);
  return InPython<2>(
      env, info,
      [env, poll, settled](Environment& environment, napi_value*) -> napi_value {
        const size_t ready = environment.guest->Pump(poll, settled);
        if (InForkedChild()) LeaveForkedChild(environment);
        return MakeNumber(env, static_cast<double>(ready));
      },
      PythonScope::loop);
}

napi_value RunSignals(napi_env env, napi_callback_info info) {
  return InPython<0>(
      env, info,
      [](Environment& environment, napi_value*) -> napi_value {
        if (!environment.guest->RunSignals()) ThrowPython(environment);
        return nullptr;
      },
      PythonScope::loop);
}

}  // namespace interloop
