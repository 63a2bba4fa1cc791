#include "interpreter/run_command.h"

#include "platform/descriptors.h"
#include "platform/environ.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace interloop {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kOutputLimit = 1 << 20;

struct Pipe {
  int read = -1;
  int write = -1;
  bool Run() {
    int ends[2];
    if (!OpenPipe(ends)) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
  ~Pipe() {
    Close(read);
    Close(write);
  }
};

int Spawn(const std::vector<std::string>& command, const Pipe& out, const Pipe& err, pid_t& pid) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out.write, 1);
  posix_spawn_file_actions_adddup2(&files, err.write, 2);

  // A group of its own, so that the deadline ends what a wrapper script started as well.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  const int error = posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), CEnvironment());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// False at the end of the stream.
bool ReadInto(std::string& text, int descriptor) {
  char buffer[8192];
  const ssize_t count = read(descriptor, buffer, sizeof buffer);
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  if (count == 0) return false;
  if (text.size() < kOutputLimit) text.append(buffer, static_cast<size_t>(count));
  return true;
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& command, std::chrono::milliseconds limit, const std::function<bool(std::string_view)>& enough) {
  CommandResult result;
  Pipe out, err;
  if (!out.Run() || !err.Run()) {
    result.problem = std::string("no pipe: ") + strerror(errno);
    return result;
  }
  pid_t pid = 0;
  if (const int error = Spawn(command, out, err, pid); error != 0) {
    result.problem = strerror(error);
    return result;
  }
  Pipe::Close(out.write);
  Pipe::Close(err.write);

  Clock::time_point deadline = Clock::now() + limit;
  bool late = false;
  while (out.read >= 0 || err.read >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      late = true;
      break;
    }
    pollfd sources[] = {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}};
    if (poll(sources, 2, static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (sources[0].revents != 0 && !ReadInto(result.output, out.read)) Pipe::Close(out.read);
    if (sources[1].revents != 0 && !ReadInto(result.errors, err.read)) Pipe::Close(err.read);
    if (enough(result.output)) {
      // What it does from here on is of no interest.
      deadline = std::min(deadline, Clock::now() + std::chrono::seconds(1));
      break;
    }
  }

  int status = 0;
  pid_t ended = 0;
  while (!late) {
    ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) break;
    if (Clock::now() >= deadline)
      late = true;
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (late) {
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result.problem = "it did not answer within " + std::to_string(limit.count() / 1000) + " seconds";
  } else if (ended == pid && WIFSIGNALED(status)) {
    result.problem = std::string("it was killed by ") + strsignal(WTERMSIG(status));
  } else if (ended == pid && WEXITSTATUS(status) != 0) {
    result.problem = "it exited with code " + std::to_string(WEXITSTATUS(status));
  }
  return result;
}

}  // namespace interloop
