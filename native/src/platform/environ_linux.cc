#include <unistd.h>

#include "platform/environ.h"

namespace interloop {

char** CEnvironment() { return environ; }

}  // namespace interloop
