#include <crt_externs.h>

#include "platform/arguments.h"

namespace interloop {

std::vector<std::string> ProcessArguments() { return {*_NSGetArgv(), *_NSGetArgv() + *_NSGetArgc()}; }

}  // namespace interloop
