#include "process/process_changes.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "cpython/module_members.h"
#include "environment/js_values.h"
#include "environment/native_call.h"
#include "loop/guest.h"
#include "platform/environ.h"
#include "platform/libc.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"

namespace interloop {

namespace {

enum Change : uint32_t { kFolder = 1, kTimeZone = 2 };

// Whether C's environment is another one than at the last look. A change puts another string there; where libc gives the memory of strings back, the text is compared as well.
class Look {
 public:
  bool Changed() {
    std::vector<const char*> now;
    size_t sum = 0;
    for (char** entry = CEnvironment(); entry && *entry; ++entry) {
      now.push_back(*entry);
      for (const char* at = kKeepsEnvironmentStrings ? "" : *entry; *at; ++at) sum = sum * 31 + static_cast<unsigned char>(*at);
    }
    if (seen_ && now == entries_ && sum == sum_) return false;
    seen_ = true;
    entries_ = std::move(now);
    sum_ = sum;
    return true;
  }

 private:
  bool seen_ = false;
  std::vector<const char*> entries_;
  size_t sum_ = 0;
};

// environ_changes(): the entries of C's environment when it has changed since this was asked; None: it has not. With the GIL.
PyObject* EnvironChanges(PyObject*, PyObject*) {
  static Look look;
  if (!look.Changed()) return NewRef(None());
  Owned list(py.PyList_New(0));
  for (char** entry = CEnvironment(); list && entry && *entry; ++entry) {
    Owned text(py.PyUnicode_DecodeLatin1(*entry, static_cast<Py_ssize_t>(std::strlen(*entry)), nullptr));
    if (!text || py.PyList_Append(list.get(), text.get()) < 0) return nullptr;
  }
  return list.release();
}

// process_changed(bits): Python has changed the folder or the time zone.
PyObject* ProcessChanged(PyObject*, PyObject* argument) {
  int overflow = 0;
  const auto bits = static_cast<uint32_t>(py.PyLong_AsLongLongAndOverflow(argument, &overflow));
  for (Environment* environment : Environments()) {
    if (!environment->alive || environment->js_stopped) continue;
    environment->process_changes |= bits;
    if (!environment->OnThread()) environment->guest->Wake();
  }
  return NewRef(None());
}

}  // namespace

void TellProcessChanges(Environment& environment) {
  if (!environment.alive) return;
  const uint32_t bits = environment.process_changes.exchange(0);
  napi_env env = environment.env;
  HandleScope scope(env);
  const napi_value error = TakeThrown(env);
  char folder[4096];
  napi_value arguments[4] = {MakeNumber(env, kOperationProcessChanged), MakeNumber(env, bits)};
  if (!(bits & kFolder) || !getcwd(folder, sizeof folder) || napi_create_string_utf8(env, folder, NAPI_AUTO_LENGTH, &arguments[2]) != napi_ok)
    arguments[2] = MakeUndefined(env);
  arguments[3] = MakeBoolean(env, (bits & kTimeZone) != 0);
  environment.CallHook(Hook::operate, 4, arguments);
  ClearPending(environment);
  if (error) ThrowValue(env, error);
}

napi_value SetVariable(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  if (TypeOfValue(env, args.values[0]) != napi_string) return ThrowFailure(*args.environment, "bad-argument", "setVariable() takes the name of a variable");
  const std::string name = TextOf(env, args.values[0]);
  if (TypeOfValue(env, args.values[1]) == napi_string) {
    setenv(name.c_str(), TextOf(env, args.values[1]).c_str(), 1);
  } else {
    unsetenv(name.c_str());
  }
  if (name == "TZ") tzset();
  return nullptr;
}

napi_value Variables(napi_env env, napi_callback_info) {
  static Look look;
  if (!look.Changed()) return nullptr;
  napi_value entries = nullptr;
  if (napi_create_array(env, &entries) != napi_ok) return nullptr;
  uint32_t count = 0;
  for (char** entry = CEnvironment(); entry && *entry; ++entry) {
    napi_value text = nullptr;
    if (napi_create_string_utf8(env, *entry, NAPI_AUTO_LENGTH, &text) != napi_ok || napi_set_element(env, entries, count++, text) != napi_ok) return nullptr;
  }
  return entries;
}

bool InitProcessChanges(PyObject* module) {
  static PyMethodDef functions[] = {{"environ_changes", EnvironChanges, kNoArgs, "The entries of C's environment, if they have changed since this was asked."},
                                    {"process_changed", ProcessChanged, kOneArg, "Python has changed the working folder (1) or the time zone (2)."},
                                    {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

}  // namespace interloop
