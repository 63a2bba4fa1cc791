#include <crt_externs.h>

#include "platform/environ.h"

namespace interloop {

// Only executables have the variable `environ` there.
char** CEnvironment() { return *_NSGetEnviron(); }

}  // namespace interloop
