// The smallest cluster there is: it keeps as many replicas of a service behind nginx as are wanted. `cluster set`
// changes the wish, and a loop brings the processes to it: a new one gets requests when it says that it is ready, and
// one that must go gets no more requests, finishes those that it has, and ends. README.md has the rest.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/stop_signals.hpp>

#include "live/child.hpp"

using namespace headroom;
using live_programs::child;
using live_programs::free_port;

namespace {

using std::filesystem::path;
using steady = std::chrono::steady_clock;

constexpr int most_replicas = 50;
// Exit codes of `cluster set`, as a host reads them: sysexits.h calls 75 a failure that another try may mend.
constexpr int conflict = 75;

[[noreturn]] void fail(const std::string& sentence) { throw std::runtime_error(sentence); }

// A lock that ends with the process, however that ends.
class file_lock {
 public:
  file_lock(const path& file, bool wait) : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ < 0) fail(file.string() + ": " + std::strerror(errno));
    has_ = ::flock(file_, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0;
  }
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;
  ~file_lock() { ::close(file_); }
  [[nodiscard]] bool has() const { return has_; }

 private:
  int file_;
  bool has_ = false;
};

// A reader sees the old file or the new one, and no half of it.
void replace(const path& file, const std::string& text) {
  const path beside = file.string() + ".new";
  std::ofstream out(beside);
  out << text;
  out.close();
  if (!out) fail(beside.string() + " cannot be written");
  std::filesystem::rename(beside, file);
}

int wanted(const path& folder) {
  std::ifstream in(folder / "wanted");
  int n = -1;
  if (!(in >> n)) fail((folder / "wanted").string() + " holds no number");
  return n;
}

// Refuses to answer for a cluster that is not there: its last wish is not what runs.
void must_run(const path& folder) {
  if (!std::filesystem::exists(folder / "running") || file_lock(folder / "running", false).has())
    fail("no cluster runs in " + folder.string());
}

int change(const path& folder, int to, const std::optional<int>& from, const std::string& by) {
  must_run(folder);
  const file_lock alone(folder / "wanted.lock", true);
  const int is = wanted(folder);
  if (from && *from != is) {
    std::fprintf(stderr, "cluster: %d replicas are wanted, and not %d: somebody else has changed it\n", is, *from);
    return conflict;
  }
  replace(folder / "wanted", std::to_string(to) + "\n");
  std::ofstream(folder / "changes", std::ios::app)
      << to_text(system_clock::wall_s()) + " " + std::to_string(is) + " " + std::to_string(to) + " " + by + "\n";
  return 0;
}

struct how {
  path folder;
  std::string nginx = "nginx";
  std::vector<std::string> service;
  int replicas = 1;
  int port = 0;
};

enum class stage { starting, serving, draining, ending };

struct replica {
  int number;
  int port;
  child program;
  stage at = stage::starting;
  steady::time_point since = steady::now();
};

class cluster {
 public:
  explicit cluster(how h) : how_(std::move(h)), alone_(how_.folder / "running", false) {
    if (!alone_.has()) fail("another cluster runs in " + how_.folder.string());
    if (how_.port == 0) how_.port = free_port();
    replace(how_.folder / "wanted", std::to_string(how_.replicas) + "\n");
    std::filesystem::remove(how_.folder / "nginx.pid");
    write_files();
    nginx_ = start({how_.nginx, "-c", (how_.folder / "nginx.conf").string(), "-e", log().string()});
    std::printf("listening on 127.0.0.1:%d\n", how_.port);
    std::fflush(stdout);
  }
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;
  // Ends what it started, each by its own process id.
  ~cluster() {
    for (const replica& r : replicas_) r.program.signal(SIGTERM);
    nginx_->signal(SIGTERM);
    for (replica& r : replicas_) r.program.wait();
    nginx_->wait();
  }

  void run(const stop_signals& stop) {
    while (!stop()) {
      bury();
      start_and_drain();
      bool changed = false;
      for (replica& r : replicas_) changed |= advance(r);
      if (changed) write_files();
      // Before it has written its process id nginx has no handler, and the signal would end it.
      if (tell_nginx_ && std::filesystem::exists(how_.folder / "nginx.pid")) {
        nginx_->signal(SIGHUP);
        tell_nginx_ = false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

 private:
  [[nodiscard]] path log() const { return how_.folder / "log"; }
  // If this cluster is killed, nothing of it stays behind, and what it runs may still finish its requests.
  [[nodiscard]] child start(const std::vector<std::string>& command) const {
    return {command, {.log = log().string(), .if_orphaned = SIGTERM}};
  }
  void say(const replica& r, const char* what) const {
    std::printf("%.1f s: replica %d %s\n", std::chrono::duration<double>(steady::now() - begin_).count(), r.number,
                what);
    std::fflush(stdout);
  }
  static bool stays(const replica& r) { return r.at == stage::starting || r.at == stage::serving; }

  // What has ended by itself is replaced, as it is still wanted.
  void bury() {
    if (nginx_->ended()) fail("nginx has ended, " + log().string() + " tells why");
    const auto ended = [&](replica& r) {
      if (!r.program.ended()) return false;
      say(r, r.at == stage::ending ? "ended" : "ended by itself");
      return true;
    };
    if (std::erase_if(replicas_, ended) > 0) write_files();
  }
  void start_and_drain() {
    auto running = static_cast<int>(std::count_if(replicas_.begin(), replicas_.end(), stays));
    const int must = wanted(how_.folder);
    const bool differs = running != must;
    for (; running < must; ++running) {
      const int port = free_port();
      std::vector<std::string> command = how_.service;
      command.insert(command.end(), {"--port", std::to_string(port)});
      replicas_.push_back({next_++, port, start(command)});
      say(replicas_.back(), "starts");
    }
    // The newest goes first: it may not even serve yet.
    for (auto r = replicas_.rbegin(); r != replicas_.rend() && running > must; ++r) {
      if (!stays(*r)) continue;
      enter(*r, stage::draining, "gets no more requests");
      --running;
    }
    if (differs) write_files();
  }
  void enter(replica& r, stage next, const char* what) const {
    r.at = next;
    r.since = steady::now();
    say(r, what);
  }
  // True if nginx must know.
  bool advance(replica& r) const {
    const auto waited = steady::now() - r.since;
    if (r.at == stage::starting) {
      httplib::Client client("127.0.0.1", r.port);
      client.set_connection_timeout(0, 200'000);
      client.set_read_timeout(0, 200'000);
      const auto answer = client.Get("/ready");
      if (!answer || answer->status != 200) return false;
      enter(r, stage::serving, "serves");
      return true;
    }
    // nginx reads its file and finishes what it has sent to this replica.
    if (r.at == stage::draining && waited > std::chrono::seconds(1)) {
      enter(r, stage::ending, "finishes what it has");
      r.program.signal(SIGTERM);
    }
    if (r.at == stage::ending && waited > std::chrono::seconds(30)) r.program.signal(SIGKILL);
    return false;
  }

  // For nginx: who gets requests. For Prometheus: who can be asked.
  void write_files() {
    const std::string& f = how_.folder.string();
    std::string servers;
    std::string targets;
    for (const replica& r : replicas_) {
      const std::string at = "127.0.0.1:" + std::to_string(r.port);
      if (r.at == stage::serving) servers += "    server " + at + " max_fails=0;\n";
      if (r.at != stage::ending) targets += (targets.empty() ? "\"" : ", \"") + at + "\"";
    }
    const std::string answer = servers.empty() ? "return 503;" : "proxy_pass http://shop;";
    if (servers.empty()) servers = "    server 127.0.0.1:1 down;\n";
    std::string conf =
        "daemon off;\nworker_processes 1;\npid " + f + "/nginx.pid;\nerror_log " + log().string() + ";\n";
    if (::geteuid() == 0) conf += "user root root;\n";
    conf += "events { worker_connections 1024; }\nhttp {\n  access_log off;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      conf += "  " + std::string(kind) + "_temp_path " + f + "/" + kind + ";\n";
    // A request that a replica lost is lost: sent again to another one, nobody would see it.
    conf += "  proxy_next_upstream off;\n";
    conf += "  upstream shop {\n    least_conn;\n" + servers +
            "  }\n  server {\n    listen 127.0.0.1:" + std::to_string(how_.port) + " backlog=1024;\n    location / { " +
            answer + " }\n    location = /metrics { root " + f + "; default_type text/plain; }\n  }\n}\n";
    replace(how_.folder / "nginx.conf", conf);
    const auto serving =
        std::count_if(replicas_.begin(), replicas_.end(), [](const replica& r) { return r.at == stage::serving; });
    exposition text;
    text.gauge("cluster_wanted_replicas", "Replicas that are wanted.", wanted(how_.folder));
    text.gauge("cluster_ready_replicas", "Replicas that serve.", static_cast<double>(serving));
    replace(how_.folder / "metrics", text.text());
    replace(how_.folder / "targets.json", "[{\"targets\": [" + targets + "]}]\n");
    tell_nginx_ = true;
  }

  how how_;
  file_lock alone_;
  std::optional<child> nginx_{};
  std::vector<replica> replicas_{};
  bool tell_nginx_ = false;
  int next_ = 1;
  steady::time_point begin_ = steady::now();
};

}  // namespace

int main(int argc, char** argv) {
  how h;
  int to = 0;
  std::optional<int> from;
  std::string by = "somebody";
  CLI::App app{"A small cluster on 127.0.0.1: a service's replicas behind nginx."};
  app.require_subcommand(1);
  const auto in_folder = [&](CLI::App* command) {
    command->add_option("--folder", h.folder, "Folder of the cluster's files")
        ->required()
        ->check(CLI::ExistingDirectory);
    return command;
  };
  auto* run = in_folder(app.add_subcommand("run", "Keeps as many replicas as are wanted, until SIGTERM"));
  run->add_option("--nginx", h.nginx, "Program of nginx");
  run->add_option("--listen", h.port, "Port of nginx; 0: a free one, which is told")->check(CLI::Range(0, 65535));
  run->add_option("--replicas", h.replicas, "Replicas at the beginning")->check(CLI::Range(0, most_replicas));
  run->add_option("service", h.service, "Behind --: the program of a replica and its options")->required();
  auto* get = in_folder(app.add_subcommand("get", "Prints how many replicas are wanted"));
  auto* set =
      in_folder(app.add_subcommand("set", "Wants so many replicas; exit code 75: --from is not what is wanted now"));
  set->add_option("replicas", to, "Replicas")->required()->check(CLI::Range(0, most_replicas));
  set->add_option("--from", from, "Only if so many are wanted now");
  set->add_option("--by", by, "Who it is, for the file 'changes'");
  CLI11_PARSE(app, argc, argv);
  try {
    h.folder = std::filesystem::absolute(h.folder).lexically_normal();
    if (set->parsed()) return change(h.folder, to, from, by);
    if (get->parsed()) {
      must_run(h.folder);
      std::printf("%d\n", wanted(h.folder));
      return 0;
    }
    const stop_signals stop;
    cluster(h).run(stop);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "cluster: %s\n", e.what());
    return 1;
  }
}
