#include "interpreter/init_config.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "interpreter/setup_script.h"

namespace interloop {

namespace {

using Numbers = std::vector<std::pair<const char*, int64_t>>;

// An empty variable counts as none, as in Python.
std::optional<std::string_view> Variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);  // NOLINT(bugprone-suspicious-stringview-data-usage): `end` bounds it
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

// PyInitConfig begins with the values of an isolated interpreter, and Python reads a variable only where a value is still unset. PyInitConfig_SetInt does not take -1 for "unset", so these
// variables are read here, with the rules of CPython's initconfig.c. False and `error` for a value that ends `python` as well.
bool ReadVariables(Numbers& numbers, std::string& error) {
  numbers.emplace_back("safe_path", Variable("PYTHONSAFEPATH") ? 1 : 0);
  if (Variable("PYTHONDEVMODE")) numbers.emplace_back("dev_mode", 1);
  if (const auto seed = Variable("PYTHONHASHSEED"); seed && *seed != "random") {
    const auto number = Number(*seed);
    if (!number || *number < 0 || *number > UINT32_MAX) {
      error = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
      return false;
    }
    numbers.emplace_back("use_hash_seed", 1);
    numbers.emplace_back("hash_seed", *number);
  }
  if (const auto frames = Variable("PYTHONTRACEMALLOC")) {
    const auto number = Number(*frames);
    if (!number || *number < 0 || *number > INT32_MAX) {
      error = "PYTHONTRACEMALLOC: invalid number of frames";
      return false;
    }
    numbers.emplace_back("tracemalloc", *number);
  }
  if (const auto digits = Variable("PYTHONINTMAXSTRDIGITS")) {
    const auto number = Number(*digits);
    if (!number || *number > INT32_MAX || (*number != 0 && *number < 640)) {
      error = "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited";
      return false;
    }
    numbers.emplace_back("int_max_str_digits", *number);
  }
  if (const auto perf = Variable("PYTHONPERFSUPPORT"); perf && Number(*perf).value_or(0) > 0) numbers.emplace_back("perf_profiling", 1);
  if (const auto perf = Variable("PYTHON_PERF_JIT_SUPPORT"); perf && Number(*perf).value_or(0) > 0) numbers.emplace_back("perf_profiling", 2);
  return true;
}

}  // namespace

bool InitializeWithConfig(void* library, const PythonFacts& facts, std::string& error) {
  struct PyInitConfig;
  const auto set_int = Symbol<int(PyInitConfig*, const char*, int64_t)>(library, "PyInitConfig_SetInt");
  const auto set_string = Symbol<int(PyInitConfig*, const char*, const char*)>(library, "PyInitConfig_SetStr");
  const auto set_list = Symbol<int(PyInitConfig*, const char*, size_t, char* const*)>(library, "PyInitConfig_SetStrList");
  const auto initialize = Symbol<int(PyInitConfig*)>(library, "Py_InitializeFromInitConfig");
  const auto get_error = Symbol<int(PyInitConfig*, const char**)>(library, "PyInitConfig_GetError");
  const auto dispose = Symbol<void(PyInitConfig*)>(library, "PyInitConfig_Free");
  // These make it the one that `python` is.
  Numbers numbers = {
      {"isolated", 0},  {"use_environment", 1},         {"user_site_directory", 1}, {"configure_locale", 1},
      {"utf8_mode", 1}, {"install_signal_handlers", 0}, {"parse_argv", 0},
  };
  if (!ReadVariables(numbers, error)) return false;
  PyInitConfig* config = Symbol<PyInitConfig*()>(library, "PyInitConfig_Create")();
  if (config == nullptr) {
    error = "out of memory";
    return false;
  }
  bool good = true;
  for (const auto& [name, value] : numbers) good = good && set_int(config, name, value) == 0;
  char empty[] = "";
  char* const arguments[] = {empty};
  good = good && set_string(config, "program_name", facts.executable.c_str()) == 0 && set_list(config, "argv", 1, arguments) == 0 && initialize(config) == 0;
  if (!good) {
    const char* message = nullptr;
    error = get_error(config, &message) == 1 && message != nullptr ? message : "unknown error";
  }
  dispose(config);
  return good;
}

}  // namespace interloop
