#include <fstream>

#include "platform/arguments.h"

namespace interloop {

std::vector<std::string> ProcessArguments() {
  std::vector<std::string> words;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

}  // namespace interloop
