#include "interpreter/facts_cache.h"

#include "platform/descriptors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace interloop {

namespace {

// Raised when the facts or what they are computed from change.
constexpr const char* kFormat = "1";

std::string Stamp(const struct stat& status) {
  const timespec changed = ModifiedTime(status);
  return std::to_string(changed.tv_sec) + "." + std::to_string(changed.tv_nsec) + " " + std::to_string(status.st_size);
}

std::string Environment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string Folder() {
  if (const std::string cache = Environment("XDG_CACHE_HOME"); cache.starts_with('/')) return cache + "/interloop";
  if (const std::string home = Environment("HOME"); home.starts_with('/')) return home + "/.cache/interloop";
  return "";
}

std::string FileOf(const std::string& folder, const std::string& key) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char byte : key) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  char name[40];
  std::snprintf(name, sizeof name, "/python-%016llx", static_cast<unsigned long long>(hash));
  return folder + name;
}

std::string ReadAll(const std::string& path, size_t limit) {
  std::string text;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return text;
  char buffer[4096];
  ssize_t count;
  while (text.size() < limit && (count = read(descriptor, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(count));
  close(descriptor);
  return text;
}

bool MakeFolders(const std::string& path) {
  if (access(path.c_str(), W_OK) == 0) return true;
  const size_t slash = path.rfind('/');
  if (slash != 0 && slash != std::string::npos && access(path.substr(0, slash).c_str(), F_OK) != 0 && !MakeFolders(path.substr(0, slash))) return false;
  return mkdir(path.c_str(), 0700) == 0;
}

}  // namespace

std::string CacheKey(const std::string& executable) {
  // The interpreter's own folders come from PYTHONHOME then.
  if (getenv("PYTHONHOME") != nullptr) return "";
  char* resolved = realpath(executable.c_str(), nullptr);
  if (resolved == nullptr) return "";
  const std::string real = resolved;
  free(resolved);
  struct stat status;
  if (stat(real.c_str(), &status) != 0) return "";
  // A script (a shim of pyenv or asdf) answers for the folder it is run in.
  if (ReadAll(real, 2).starts_with("#!")) return "";
  // A virtual environment's interpreter is a link to its base: the path that was given and pyvenv.cfg tell them apart.
  std::string key = std::string(kFormat) + "\t" + executable + "\t" + real + "\t" + Stamp(status);
  const std::string folder = executable.substr(0, executable.rfind('/'));
  for (const std::string& config : {folder + "/pyvenv.cfg", folder + "/../pyvenv.cfg"}) {
    if (stat(config.c_str(), &status) == 0) key += "\t" + Stamp(status);
  }
  return key.find('\n') == std::string::npos ? key : "";
}

std::optional<Report> ReadCache(const std::string& key) {
  const std::string folder = Folder();
  if (key.empty() || folder.empty()) return std::nullopt;
  const std::string text = ReadAll(FileOf(folder, key), 1 << 16);
  if (!text.starts_with(key + "\n")) return std::nullopt;
  std::optional<Report> report = ParseReport(text);
  if (!report) return std::nullopt;
  // Uninstalled meanwhile: let the interpreter say so itself.
  for (const std::string& path : {report->facts.library, report->facts.prefix, report->facts.home}) {
    if (access(path.c_str(), R_OK) != 0) return std::nullopt;
  }
  return report;
}

void WriteCache(const std::string& key, const std::string& line) {
  const std::string folder = Folder();
  if (key.empty() || folder.empty() || !MakeFolders(folder)) return;
  const std::string file = FileOf(folder, key);
  // Threads and processes may write the same entry at once: each writes its own file, and the last rename stays.
  const std::string temporary = file + "." + std::to_string(getpid()) + "-" + std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id()));
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  const std::string text = key + "\n" + line + "\n";
  const bool whole = write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (close(descriptor) != 0 || !whole || rename(temporary.c_str(), file.c_str()) != 0) unlink(temporary.c_str());
}

}  // namespace interloop
