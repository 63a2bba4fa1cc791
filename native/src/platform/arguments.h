// The command line of the process, as it was started.
#pragma once

#include <string>
#include <vector>

namespace interloop {

std::vector<std::string> ProcessArguments();

}  // namespace interloop
