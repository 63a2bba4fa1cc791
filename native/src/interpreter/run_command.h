// Runs a program to its end and collects what it prints.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace interloop {

struct CommandResult {
  std::string output;   // standard output
  std::string errors;   // standard error
  std::string problem;  // empty, or why the program did not run to a successful end
};

// The program gets an empty standard input and default signal dispositions. It is killed at the deadline. `enough` may end the reading before the pipes close: a
// grandchild can keep them open.
CommandResult RunCommand(const std::vector<std::string>& command, std::chrono::milliseconds limit, const std::function<bool(std::string_view)>& enough);

}  // namespace interloop
