#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/file_faults.h"

extern char** environ;

namespace rivet {
namespace {

constexpr int kNotStarted = 127;

struct Pipe {
  UniqueFd reader, writer;
};

// Ends of a pipe never get the numbers of the standard streams: dup2 onto itself would keep
// O_CLOEXEC.
Result<UniqueFd> Above(UniqueFd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  const int higher = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (higher < 0) return FailErrno(errno, "make", "a pipe");
  return UniqueFd(higher);
}

Result<Pipe> MakePipe() {
  int ends[2];
  // Closed by exec in every child that another thread starts meanwhile.
  if (::pipe2(ends, O_CLOEXEC) != 0) return FailErrno(errno, "make", "a pipe");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ARROW_ASSIGN_OR_RAISE(pipe.reader, Above(std::move(pipe.reader)));
  ARROW_ASSIGN_OR_RAISE(pipe.writer, Above(std::move(pipe.writer)));
  return pipe;
}

// NAME=value of ours and of the call.
std::vector<std::string> EnvironmentOf(const ProcessCall& call) {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : call.variables) {
      replaced = replaced || (text.starts_with(name) && text.substr(name.size()).starts_with("="));
    }
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : call.variables) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything between fork and exec: other threads may hold any lock, so nothing here allocates.
struct Start {
  const char* program;
  char* const* words;
  char* const* environment;
  std::array<int, 3> streams;  // become 0, 1, 2
  int trouble;                 // where errno is written when exec fails
  pid_t parent;

  [[noreturn]] void Become() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have died before the kernel was asked.
    if (::getppid() != parent) ::_exit(kNotStarted);
    bool fine = true;
    for (int fd = 0; fd < 3; ++fd) fine = fine && ::dup2(streams[fd], fd) == fd;
    if (fine) ::execve(program, words, environment);
    const int error = errno;
    const ssize_t written = ::write(trouble, &error, sizeof error);
    static_cast<void>(written);
    ::_exit(kNotStarted);
  }
};

ssize_t ReadOnce(int fd, char* buffer, size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, buffer, size);
    if (got >= 0 || errno != EINTR) return got;
  }
}

// Cuts a stream into lines.
class Lines {
 public:
  Lines(const std::function<void(std::string_view)>& on_line, int64_t* left_out)
      : on_line_(on_line), left_out_(left_out) {}

  void Take(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (!too_long_) line_ += piece;
      if (static_cast<int64_t>(line_.size()) > kProcessLineBytesMax) {
        too_long_ = true;
        line_.clear();
      }
      if (end == std::string_view::npos) return;
      if (too_long_) {
        ++*left_out_;
      } else {
        on_line_(line_);
      }
      line_.clear();
      too_long_ = false;
      bytes.remove_prefix(end + 1);
    }
  }

 private:
  const std::function<void(std::string_view)>& on_line_;
  int64_t* left_out_;
  std::string line_;
  bool too_long_ = false;
};

void KeepTail(std::string_view bytes, ProcessEnd* end) {
  end->errors += bytes;
  const int64_t more = static_cast<int64_t>(end->errors.size()) - kProcessErrorBytesMax;
  if (more <= 0) return;
  end->errors.erase(0, static_cast<size_t>(more));
  end->errors_left_out += more;
}

// The three streams at once, so that neither side waits for the other.
class Talk {
 public:
  Talk(const ProcessCall& call, UniqueFd input, UniqueFd output, UniqueFd errors)
      : left_(call.input),
        input_(std::move(input)),
        output_(std::move(output)),
        errors_(std::move(errors)) {
    ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
    if (left_.empty()) input_.Reset();
  }

  void Run(Lines* lines, ProcessEnd* end) {
    while (output_.get() >= 0 || errors_.get() >= 0) {
      // A negative number is passed over.
      pollfd fds[] = {
          {input_.get(), POLLOUT, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}};
      if (::poll(fds, std::size(fds), -1) < 0) continue;  // EINTR
      if (fds[0].revents != 0) Feed();
      if (fds[1].revents != 0) Drain(&output_, [&](std::string_view bytes) { lines->Take(bytes); });
      if (fds[2].revents != 0)
        Drain(&errors_, [&](std::string_view bytes) { KeepTail(bytes, end); });
    }
  }

 private:
  void Feed() {
    const ssize_t written = ::write(input_.get(), left_.data(), left_.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) return;
    left_.remove_prefix(written < 0 ? left_.size() : static_cast<size_t>(written));
    if (left_.empty()) input_.Reset();
  }

  template <typename Taker>
  static void Drain(UniqueFd* fd, const Taker& take) {
    char buffer[1 << 16];
    const ssize_t got = ReadOnce(fd->get(), buffer, sizeof buffer);
    if (got > 0) {
      take(std::string_view(buffer, static_cast<size_t>(got)));
    } else {
      fd->Reset();
    }
  }

  std::string_view left_;
  UniqueFd input_, output_, errors_;
};

// Until then its number belongs to it, and signals reach nobody else.
void WaitUntilEnded(pid_t pid) {
  siginfo_t facts{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &facts, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}

void Reap(pid_t pid, ProcessEnd* end) {
  int status = 0;
  pid_t got = 0;
  while ((got = ::waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  if (got != pid) return;  // whoever started us has children reaped by the kernel
  if (WIFEXITED(status)) end->exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end->signal = WTERMSIG(status);
}

}  // namespace

Result<ProcessEnd> RunProcess(const ProcessCall& call,
                              const std::function<void(std::string_view line)>& on_line,
                              const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(Pipe input, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe output, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe errors, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe trouble, MakePipe());
  std::vector<std::string> words = call.words, environment = EnvironmentOf(call);
  const std::vector<char*> word_pointers = Pointers(words), variables = Pointers(environment);
  const Start start{
      call.program.c_str(), word_pointers.data(),
      variables.data(),     {input.reader.get(), output.writer.get(), errors.writer.get()},
      trouble.writer.get(), ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return FailErrno(errno, "start", call.program);
  if (pid == 0) start.Become();
  for (UniqueFd* theirs : {&input.reader, &output.writer, &errors.writer, &trouble.writer})
    theirs->Reset();

  ProcessEnd end;
  int error = 0;
  if (ReadOnce(trouble.reader.get(), reinterpret_cast<char*>(&error), sizeof error) ==
      static_cast<ssize_t>(sizeof error)) {
    Reap(pid, &end);
    return FailErrno(error, "start", call.program);
  }
  {
    const std::stop_callback ask(stop, [pid] { ::kill(pid, SIGTERM); });
    Lines lines(on_line, &end.lines_left_out);
    Talk(call, std::move(input.writer), std::move(output.reader), std::move(errors.reader))
        .Run(&lines, &end);
    WaitUntilEnded(pid);
  }
  Reap(pid, &end);
  return end;
}

bool HasReportingParent() {
  const char* value = std::getenv(kParentVariable);
  return value != nullptr && std::to_string(::getppid()) == value;
}

}  // namespace rivet
