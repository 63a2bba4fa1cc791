#include "loop/current_loop.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "loop/guest.h"
#include "loop/loop_port.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"

namespace interloop {

namespace {

// The environment of this thread, when JS has called Python here and can be asked.
Environment* Asking() {
  Environment* environment = CurrentEnvironment();
  const bool usable = environment && environment->started && environment->alive && environment->holding && !environment->js_stopped && !environment->ending;
  return usable && !environment->finalized ? environment : nullptr;
}

}  // namespace

PyObject* LoopHere(Environment& environment) {
  HandleScope scope(environment.env);
  napi_value arguments[] = {MakeNumber(environment.env, kOperationCurrentLoop), MakeNumber(environment.env, 0)};
  napi_value answer = nullptr;
  {
    AllowJsScope exit(environment);
    answer = environment.CallHook(Hook::operate, std::size(arguments), arguments);
  }
  if (!answer) return RaisePending(environment);
  Owned loop(ToPython(environment, answer));
  // A loop of another thread is guarded before anybody here uses it.
  if (loop && loop.get() != environment.guest->loop() && !RemotePortOf(loop.get())) return nullptr;
  return loop.release();
}

LoopTurn::LoopTurn(Environment& environment, bool wanted) : environment_(environment) {
  if (!wanted || environment.depth > 1 || !environment.guest) return;
  Owned loop(LoopHere(environment));
  if (!loop) py.PyErr_Clear();
  running_ = loop && loop.get() == environment.guest->loop() && environment.guest->BeginCall();
}

LoopTurn::~LoopTurn() {
  if (running_) environment_.guest->EndCall();
}

namespace {

// current_loop(): the loop that conversions use here, made if need be; None where this thread has no JavaScript, or runs a loop.
PyObject* CurrentLoop(PyObject*, PyObject*) {
  Environment* environment = Asking();
  Owned running(environment ? RunningLoop() : NewRef(None()));
  if (!running) return nullptr;
  if (!environment || running.get() != None()) return NewRef(None());
  return LoopHere(*environment);
}

// The method of a guarded loop. `self` is (the loop, the name under which it keeps its own method, the name of the method to call in its place on a JS thread).
PyObject* Guarded(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  constexpr size_t kInline = 8;
  size_t all = static_cast<size_t>(count + (names ? py.PyTuple_Size(names) : 0));
  PyObject* inline_arguments[kInline + 1];
  std::vector<PyObject*> more_arguments;
  PyObject** arguments = inline_arguments;
  if (all > kInline) {
    more_arguments.resize(all + 1);
    arguments = more_arguments.data();
  }
  arguments[0] = py.PyTuple_GetItem(self, 0);
  std::copy(args, args + all, arguments + 1);
  // On the loop's own thread this must cost next to nothing.
  return py.PyObject_VectorcallMethod(py.PyTuple_GetItem(self, Asking() ? 2 : 1), arguments, static_cast<size_t>(count + 1), names);
}

// guard((loop, own, replacement)): see Guarded.
PyObject* Guard(PyObject*, PyObject* parts) {
  static PyMethodDef definition = {"guarded", MethodOf(Guarded), kFastCall | kKeywords, "As the loop's own method, on whichever thread."};
  return py.PyCFunction_NewEx(&definition, parts, nullptr);
}

// defer(item): keep it until the entry of this thread ends.
PyObject* Defer(PyObject*, PyObject* item) {
  Environment* environment = Asking();
  if (!environment) return RaiseFailure("wrong-thread", "This thread has no JavaScript");
  if (!environment->deferred && !(environment->deferred = py.PyList_New(0))) return nullptr;
  return py.PyList_Append(environment->deferred, item) < 0 ? nullptr : NewRef(None());
}

// take_deferred(): what was deferred until now, or None.
PyObject* TakeDeferred(PyObject*, PyObject*) {
  Environment* environment = Asking();
  PyObject* taken = environment ? environment->deferred : nullptr;
  if (!taken) return NewRef(None());
  environment->deferred = nullptr;
  return taken;
}

}  // namespace

void PostDeferred(Environment& environment) {
  Owned deferred(environment.deferred);
  environment.deferred = nullptr;
  Owned module(py.PyImport_ImportModule("interloop._remote_loop")), post(module ? py.PyObject_GetAttrString(module.get(), "post") : nullptr);
  PyObject* arguments[] = {nullptr, deferred.get()};
  Owned done(post ? CallVector(post.get(), arguments + 1, 1 | kVectorcallOffset) : nullptr);
  if (!done) py.PyErr_WriteUnraisable(deferred.get());
}

bool InitCurrentLoop(PyObject* module) {
  static PyMethodDef functions[] = {
      {"current_loop", CurrentLoop, kNoArgs, "The loop that conversions use on this thread of JavaScript; None where there is none, or where a loop runs."},
      {"guard", Guard, kOneArg, "A method of a loop, made safe to be called by JavaScript on another thread."},
      {"defer", Defer, kOneArg, "Keep something for `interloop._remote_loop.post` until the call from JavaScript ends."},
      {"take_deferred", TakeDeferred, kNoArgs, "What was deferred until now, or None."},
      {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

}  // namespace interloop
