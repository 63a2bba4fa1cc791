// The variables of the process, as C has them: "name=value" entries, and a null at their end.
#pragma once

namespace interloop {

char** CEnvironment();

}  // namespace interloop
