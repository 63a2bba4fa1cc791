#include "values/errors.h"

#include <algorithm>

#include "cpython/tuple.h"
#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "values/convert.h"
#include "values/js_object.h"
#include "values/value_to_js.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

// A class or function of interloop._errors, looked up until it is found: the first look may come when no stack is left. Null with a Python error set.
PyObject* ErrorsMember(PyObject*& known, const char* name) {
  if (known) return known;
  Owned module(py.PyImport_ImportModule("interloop._errors"));
  return known = module ? py.PyObject_GetAttrString(module.get(), name) : nullptr;
}

PyObject* JsErrorType() {
  static PyObject* type = nullptr;
  return ErrorsMember(type, "JsError");
}

PyObject* InterloopErrorType() {
  static PyObject* type = nullptr;
  return ErrorsMember(type, "InterloopError");
}

// str(object), whatever its __str__ does. Owned; null only when memory is gone.
PyObject* SafeText(PyObject* object) {
  if (PyObject* text = py.PyObject_Str(object)) return text;
  py.PyErr_Clear();
  static constexpr char kUnprintable[] = "<the exception's __str__ raised>";
  return py.PyUnicode_FromStringAndSize(kUnprintable, sizeof kUnprintable - 1);
}

// The name of the object's type; null with a Python error set. A metaclass may raise where it is asked for the name.
PyObject* TypeNameOf(PyObject* object) {
  auto* type = reinterpret_cast<PyObject*>(TypeOf(object));
  if (PyObject* name = py.PyObject_GetAttrString(type, "__name__")) return name;
  py.PyErr_Clear();
  static PyObject* known = nullptr;
  PyObject* name_of = ErrorsMember(known, "name_of");
  PyObject* values[] = {nullptr, type};
  return name_of ? CallVector(name_of, values + 1, 1 | kVectorcallOffset) : nullptr;
}

// The Python functions that a JS error has passed, as lines of a stack; null when there are none.
PyObject* PassedBy(PyObject* exception) {
  static PyObject* known = nullptr;
  PyObject* passed = ErrorsMember(known, "passed");
  PyObject* values[] = {nullptr, exception};
  Owned lines(passed ? CallVector(passed, values + 1, 1 | kVectorcallOffset) : nullptr);
  if (lines && py.PyObject_IsTrue(lines.get())) return lines.release();
  py.PyErr_Clear();
  return nullptr;
}

// Lets core add them to the error's stack.
void TellTravel(Environment& environment, PyObject* exception, PyObject* thrown) {
  Owned lines(PassedBy(exception));
  if (!lines) return;
  napi_value arguments[3] = {MakeNumber(environment.env, kOperationAddPythonFrames), MakeNumber(environment.env, JsIdOf(environment, thrown)),
                             MakeString(environment.env, lines.get())};
  if (arguments[2]) environment.CallHook(Hook::operate, 3, arguments);
}

}  // namespace

PyObject* TakeException() {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  py.PyErr_Fetch(&type, &value, &traceback);
  py.PyErr_NormalizeException(&type, &value, &traceback);
  Owned owned_type(type), owned_traceback(traceback);
  if (value && traceback) py.PyException_SetTraceback(value, traceback);
  return value;
}

namespace {

// The traceback without our frames, or the same when that cannot be told; takes it over. Null: nothing is left.
PyObject* WithoutOwn(PyObject* traceback) {
  static PyObject* known = nullptr;
  PyObject* without_own = ErrorsMember(known, "without_own");
  PyObject* values[] = {nullptr, traceback};
  PyObject* rest = without_own ? CallVector(without_own, values + 1, 1 | kVectorcallOffset) : nullptr;
  if (!rest) {  // no stack is left
    py.PyErr_Clear();
    return traceback;
  }
  py.Py_DecRef(traceback);
  if (rest != None()) return rest;
  py.Py_DecRef(rest);
  return nullptr;
}

}  // namespace

void DropOwnFrames() {
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  bool traced = traceback != nullptr;
  if (traced) traceback = WithoutOwn(traceback);
  // It may have been caught and raised again, and then it knows its traceback.
  if (traced && !traceback && value && py.PyErr_GivenExceptionMatches(value, py.PyExc_BaseException)) py.PyException_SetTraceback(value, None());
  py.PyErr_Restore(type, value, traceback);
}

void DropOwnFrames(PyObject* exception) {
  PyObject* traceback = py.PyException_GetTraceback(exception);
  if (!traceback) return;
  Owned rest(WithoutOwn(traceback));
  py.PyException_SetTraceback(exception, rest ? rest.get() : None());
}

PyObject* Raise(PyObject* exception) {
  py.PyErr_SetObject(reinterpret_cast<PyObject*>(TypeOf(exception)), exception);
  return nullptr;
}

PyObject* RaiseThrown(PyObject* const* args, Py_ssize_t count) {
  if (!py.PyCallable_Check(args[0])) return Raise(args[0]);
  py.PyErr_SetObject(args[0], count > 1 ? args[1] : nullptr);
  return nullptr;
}

bool EndsLoop(PyObject* error) {
  return py.PyErr_GivenExceptionMatches(error, py.PyExc_SystemExit) || py.PyErr_GivenExceptionMatches(error, py.PyExc_KeyboardInterrupt);
}

PyObject* ForFuture(PyObject* exception) {
  if (!py.PyErr_GivenExceptionMatches(exception, py.PyExc_StopIteration)) return NewRef(exception);
  static PyObject* known = nullptr;
  PyObject* for_future = ErrorsMember(known, "for_future");
  PyObject* values[] = {nullptr, exception};
  return for_future ? CallVector(for_future, values + 1, 1 | kVectorcallOffset) : nullptr;
}

napi_value ErrorToJs(Environment& environment, PyObject* exception, bool traced) {
  if (InForkedChild()) {
    KeepOutcome(exception);
    LeaveForkedChild(environment);
  }
  napi_env env = environment.env;
  int is_js = py.PyErr_GivenExceptionMatches(exception, JsErrorType());
  int is_ours = is_js ? 0 : py.PyErr_GivenExceptionMatches(exception, InterloopErrorType());
  if (is_js || is_ours) {
    Owned thrown(py.PyObject_GetAttrString(exception, "_thrown"));
    py.PyErr_Clear();
    if (thrown && IsJsObject(thrown.get()) && EnvironmentOf(thrown.get()) == &environment) {
      TellTravel(environment, exception, thrown.get());
      return JsValueOf(environment, thrown.get());
    }
    if (thrown && !IsJsObject(thrown.get())) return ToJs(environment, thrown.get());
  }
  Owned text(SafeText(exception));
  if (is_ours) {
    Owned code(py.PyObject_GetAttrString(exception, "code"));
    py.PyErr_Clear();
    if (code && IsExactly(code.get(), py.PyUnicode_Type)) {
      napi_value arguments[] = {MakeString(env, code.get()), MakeString(env, text.get())};
      return environment.CallHook(Hook::fail, 2, arguments);
    }
  }
  Owned name(TypeNameOf(exception));
  py.PyErr_Clear();
  int64_t ref = environment.refs.Add(NewRef(exception));
  napi_value message = MakeString(env, text.get());
  py.PyErr_Clear();
  if (!message) message = MakeText(env, kTooLongMessage);
  napi_value arguments[] = {MakeNumber(env, static_cast<double>(ref)), name ? MakeString(env, name.get()) : message, message, MakeBoolean(env, traced)};
  napi_value error = environment.CallHook(Hook::makeError, 4, arguments);
  if (!error) environment.refs.Release(ref);
  return error;
}

napi_value ThrowPython(Environment& environment) {
  if (InForkedChild()) {
    Owned raised(TakeException());
    if (raised) KeepOutcome(raised.get());
    LeaveForkedChild(environment);
  }
  bool pending = false;
  napi_is_exception_pending(environment.env, &pending);
  Owned exception(TakeException());
  if (pending) return nullptr;  // a hook threw first
  if (!exception) return ThrowFailure(environment, "internal", "A native function failed without an error: please report this");
  napi_value error = ErrorToJs(environment, exception.get());
  ThrowValue(environment.env, error);
  return nullptr;
}

napi_value ThrowTooLong(Environment& environment) {
  return ThrowFailure(environment, "not-convertible",
                      "Cannot convert this str: it is longer than a string of this JavaScript engine can be; hand it over in parts, or encode it: bytes stay "
                      "in Python's memory");
}

napi_value ThrowFailure(Environment& environment, const char* code, const std::string& message) {
  napi_env env = environment.env;
  napi_value arguments[2] = {MakeText(env, code), MakeText(env, message)}, error = nullptr;
  if (environment.call_slots) {
    error = environment.CallHook(Hook::fail, 2, arguments);
  } else {
    if (!arguments[0] || !arguments[1] || napi_create_error(env, arguments[0], arguments[1], &error) != napi_ok) return nullptr;
  }
  ThrowValue(env, error);
  return nullptr;
}

PyObject* RaiseFailure(const char* code, const std::string& message) {
  PyObject* type = InterloopErrorType();
  if (!type) return nullptr;
  Owned name(py.PyUnicode_InternFromString(code)), text(py.PyUnicode_FromStringAndSize(message.data(), static_cast<Py_ssize_t>(message.size())));
  Owned arguments(name && text ? NewTuple({name.get(), text.get()}) : nullptr);
  if (!arguments) return nullptr;
  Owned error(py.PyObject_CallObject(type, arguments.get()));
  if (error) py.PyErr_SetObject(type, error.get());
  return nullptr;
}

PyObject* ErrorToPython(Environment& environment, napi_value thrown) {
  napi_env env = environment.env;
  napi_value described = environment.CallHook(Hook::explain, 1, &thrown);
  if (!described) {  // explain() is ours and must not throw; a terminating worker makes every call fail
    napi_value refusal = nullptr;
    bool full = false;
    // An error, when the stack was too full even for that. What a runtime that ends throws is none.
    if (napi_get_and_clear_last_exception(env, &refusal) == napi_ok && refusal) napi_is_error(env, refusal, &full);
    if (full) {
      py.PyErr_SetString(py.PyExc_RecursionError, "JavaScript's stack is full");
    } else {
      RaiseFailure("finalized", "JavaScript threw while its runtime was ending");
    }
    return TakeException();
  }
  if (double ref = GetNumber(env, ElementOf(env, described, 0)); ref != 0) {
    if (PyObject* exception = environment.refs.Get(static_cast<int64_t>(ref))) return NewRef(exception);
  }
  double id = GetNumber(env, ElementOf(env, described, 1));
  Owned holder(NewJsObject(environment, JsKind::object, id, nullptr));
  if (!holder) return TakeException();
  // name, message, stack, code, value, calls
  Owned parts[6];
  for (uint32_t index = 2; index < 7; ++index) {
    Owned& part = parts[index < 6 ? index - 2 : 5];
    part.reset(StringToPython(env, ElementOf(env, described, index)));
    if (!part) return TakeException();
  }
  parts[4].reset(ReferenceToPython(environment, thrown));
  if (!parts[4]) return TakeException();
  PyObject* borrowed[6];
  for (size_t index = 0; index < 6; ++index) borrowed[index] = parts[index].get();
  return ErrorFromParts(borrowed, holder.get());
}

PyObject* ErrorFromParts(PyObject* const* parts, PyObject* holder) {
  static PyObject* known = nullptr;
  PyObject* from_js = ErrorsMember(known, "from_js");
  PyObject* values[7] = {nullptr};
  std::copy(parts, parts + 6, values + 1);
  PyObject* exception = from_js ? CallVector(from_js, values + 1, 6 | kVectorcallOffset) : nullptr;
  if (!exception) return TakeException();
  if (py.PyObject_SetAttrString(exception, "_thrown", holder) < 0) py.PyErr_Clear();
  return exception;
}

void ErrorFromPython(Environment& target, PyObject* exception, Value& value) {
  int is_js = py.PyErr_GivenExceptionMatches(exception, JsErrorType());
  int is_ours = is_js ? 0 : py.PyErr_GivenExceptionMatches(exception, InterloopErrorType());
  if (is_js || is_ours) {
    Owned thrown(py.PyObject_GetAttrString(exception, "_thrown"));
    py.PyErr_Clear();
    if (thrown && IsJsObject(thrown.get()) && EnvironmentOf(thrown.get()) == &target) {
      value.kind = Value::Kind::thrown;
      value.number = JsIdOf(target, thrown.get());
      value.object = NewRef(thrown.get());
      value.owned = true;
      Owned lines(PassedBy(exception));
      if (lines) {
        value.details.emplace_back();
        TextFromPython(lines.get(), value.details.back());
      }
      return;
    }
    if (thrown && !IsJsObject(thrown.get()) && FromPython(target, thrown.get(), value)) return;
    py.PyErr_Clear();
  }
  Owned text(SafeText(exception));
  if (!text || !TextFromPython(text.get(), value.text)) py.PyErr_Clear();
  value.details.emplace_back();
  if (is_ours) {
    Owned code(py.PyObject_GetAttrString(exception, "code"));
    py.PyErr_Clear();
    if (code && IsExactly(code.get(), py.PyUnicode_Type) && TextFromPython(code.get(), value.details[0])) {
      value.kind = Value::Kind::failure;
      return;
    }
  }
  Owned name(TypeNameOf(exception));
  if (!name || !TextFromPython(name.get(), value.details[0])) py.PyErr_Clear();
  value.kind = Value::Kind::exception;
  value.object = NewRef(exception);
  value.owned = true;
}

void ClearPending(Environment& environment) { TakeThrown(environment.env); }

PyObject* RaisePending(Environment& environment) {
  napi_value thrown = TakeThrown(environment.env);
  if (!thrown) {
    return RaiseFailure("finalized", "Cannot call JavaScript: its runtime is ending");
  }
  Owned exception(ErrorToPython(environment, thrown));
  return exception ? Raise(exception.get()) : nullptr;
}

PyObject* RaiseForked() {
  return RaiseFailure(
      "forked",
      "Cannot use JavaScript in a forked process: it has a copy of Python, and no JavaScript; let the parent call JavaScript, or start processes "
      "with multiprocessing.get_context(\"spawn\") under interloop's command");
}

}  // namespace interloop
