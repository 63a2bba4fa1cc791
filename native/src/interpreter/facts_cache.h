// What interpreters said, kept between runs: asking costs 30 ms and more.
#pragma once

#include <optional>
#include <string>

#include "interpreter/python_facts.h"

namespace interloop {

// The key of an interpreter's entry: it changes whenever its answer could. Empty when the answer must not be kept.
std::string CacheKey(const std::string& executable);

std::optional<Report> ReadCache(const std::string& key);

// `line` is what the interpreter printed. Does nothing when there is no place to write to.
void WriteCache(const std::string& key, const std::string& line);

}  // namespace interloop
