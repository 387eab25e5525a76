#pragma once

#include <atomic>      // std::atomic
#include <chrono>      // std::chrono::milliseconds, std::chrono::steady_clock
#include <cstdlib>     // std::getenv
#include <fstream>     // std::ifstream
#include <memory>      // std::make_unique, std::unique_ptr
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <filesystem>  // std::filesystem::path
#include <thread>      // std::this_thread::sleep_for
#include <vector>      // std::vector

#include <headroom/ext/prometheus.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/io/journal_reader.hpp>

#include "ext/loopback.hpp"
#include "serving/serving.hpp"

/// What the tests of `headroom run` against real servers share: replicas of examples/live behind a real nginx, a real
/// Prometheus, and the daemon. Each is a process, and is ended by its own process id.
namespace live_service {

/// The programs, from the environment that `scripts/test --live` and CTest set; empty where there is none.
inline std::string program(const char* variable, const std::string& name = {}) {
  const char* const value = std::getenv(variable);
  if (value == nullptr) return {};
  return name.empty() ? std::string(value) : std::string(value) + "/" + name;
}

/// The first program that is missing, for a test that is skipped; empty if nothing is.
inline std::string missing() {
  for (const char* variable : {"HEADROOM_PROMETHEUS", "HEADROOM_NGINX", "HEADROOM_LIVE"})
    if (program(variable).empty()) return variable;
  return {};
}

/// Asks until the answer is as wanted, for at most so many seconds. Long, because the machine may be busy.
template <class Wanted>
bool within(double seconds, Wanted&& wanted) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (wanted()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return wanted();
}

/// One change of the wanted replicas, as the cluster wrote it down.
struct change {
  double time_s = 0;
  int from = 0;
  int to = 0;
  std::string by{};
};

/// A metric that the test sets, scraped from an address that stays the same: `door_load`, and a counter of that many
/// requests a second that can begin anew.
class door {
 public:
  door() {
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      if (silent) {
        response.status = 503;
        return;
      }
      const std::chrono::duration<double> on = std::chrono::steady_clock::now() - begin_.load();
      headroom::exposition text;
      text.gauge("door_load", "Requests a second.", load);
      text.counter("door_requests_total", "Requests.", 20 * on.count());
      response.set_content(text.text(), "text/plain; version=0.0.4");
    });
    at_ = std::make_unique<loopback_server>(server_);
  }
  [[nodiscard]] int port() const { return at_->port(); }
  void reset_counter() { begin_ = std::chrono::steady_clock::now(); }

  std::atomic<double> load{20};
  std::atomic<bool> silent{false};  // Prometheus then marks the series as gone

 private:
  std::atomic<std::chrono::steady_clock::time_point> begin_{std::chrono::steady_clock::now()};
  httplib::Server server_{};
  std::unique_ptr<loopback_server> at_{};
};

/// How a daemon is set up.
struct daemon_options {
  std::string load = "max(door_load)";  ///< the query of the load
  /// And of its age. Without it Prometheus answers with what it had: for five minutes after a restart of its own, and
  /// with a rate that fades while it asks nobody.
  std::string age = "time() - max(timestamp(door_load))";
  std::string more{};     ///< further tables of the file
  bool slow_set = false;  ///< a program that takes a while before it scales
  double interval_s = 0.5;
  double warm_up_s = 0.6;
  double patience_s = 3;
  std::vector<std::string> environment{};  ///< NAME=VALUE
};

class world {
 public:
  explicit world(int replicas = 3, const std::string& service_time = "0.05") {
    cluster_ = std::make_unique<beside>(
        std::vector<std::string>{program("HEADROOM_LIVE", "live-cluster"), "run", "--folder", folder.path().string(),
                                 "--nginx", program("HEADROOM_NGINX"), "--replicas", std::to_string(replicas), "--",
                                 program("HEADROOM_LIVE", "live-service"), "--start-delay", "0.3", "--service-time",
                                 service_time, "--variation", "0"},
        folder / "cluster.log");
    if (!cluster_->says("listening on")) throw std::runtime_error("no cluster: " + cluster_->log());
    const auto job = [&](const std::string& name, const std::string& file) {
      return "  - job_name: " + name + "\n    file_sd_configs: [{files: ['" + (folder / file).string() +
             "'], refresh_interval: 1s}]\n";
    };
    write_bytes(folder / "prometheus.yml",
                "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n" +
                    job("shop", "targets.json") + job("door", "door.json"));
    write_bytes(folder / "door.json", "[{\"targets\": [\"127.0.0.1:" + std::to_string(metrics.port()) + "\"]}]\n");
    httplib::Server one;
    prometheus_at_ = "127.0.0.1:" + std::to_string(loopback_server(one).port());
    start_prometheus();
  }

  scratch_folder folder{};
  door metrics{};

  void start_prometheus() {
    prometheus_ =
        std::make_unique<beside>(std::vector<std::string>{program("HEADROOM_PROMETHEUS"),
                                                          "--config.file=" + (folder / "prometheus.yml").string(),
                                                          "--storage.tsdb.path=" + (folder / "data").string(),
                                                          "--web.listen-address=" + prometheus_at_, "--log.level=warn"},
                                 folder / "prometheus.log");
  }
  void end_prometheus(int signal) {
    static_cast<void>(prometheus_->end(signal));
    prometheus_.reset();
  }
  beside& prometheus() { return *prometheus_; }
  [[nodiscard]] std::string url() const { return "http://" + prometheus_at_; }
  /// Until an expression has a value.
  bool answers(const std::string& expression, double seconds = 30) const {
    headroom::prometheus client({.url = url(), .timeout_s = 2});
    return within(seconds, [&] { return client.read(expression).known(); });
  }

  /// The process of a replica, as Linux lists the children of the cluster; 0 if there is none.
  [[nodiscard]] pid_t replica_of_cluster() const {
    const std::string id = std::to_string(cluster_->id());
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; children >> child;)
      if (contains(read_bytes("/proc/" + std::to_string(child) + "/comm"), "live-service")) return child;
    return 0;
  }
  [[nodiscard]] int wanted() const {
    std::ifstream in(folder / "wanted");
    int n = -1;
    in >> n;
    return n;
  }
  int set(int replicas, const std::string& by) const {
    beside one({program("HEADROOM_LIVE", "live-cluster"), "set", "--folder", folder.path().string(),
                std::to_string(replicas), "--by", by},
               folder / "set.log");
    return one.end(0);
  }
  [[nodiscard]] std::vector<change> changes() const {
    std::vector<change> all;
    std::ifstream in(folder / "changes");
    for (change one; in >> one.time_s >> one.from >> one.to >> one.by;) all.push_back(one);
    return all;
  }
  [[nodiscard]] std::vector<change> changes_by(const std::string& who) const {
    std::vector<change> all;
    for (const change& one : changes())
      if (one.by == who) all.push_back(one);
    return all;
  }

  [[nodiscard]] std::filesystem::path journal_file() const { return journal_folder_ / "decisions.jsonl"; }
  void keep_journal_in(const std::filesystem::path& other) { journal_folder_ = other; }
  [[nodiscard]] std::vector<headroom::journal_record> journal() const {
    if (!std::filesystem::exists(journal_file())) return {};
    return headroom::journal_records(journal_file());
  }
  /// Waits for a further decision, by what it says.
  template <class Is>
  bool decides(Is&& is, double seconds = 20) const {
    const std::size_t before = journal().size();
    return within(seconds, [&] {
      const auto all = journal();
      for (std::size_t k = before; k < all.size(); ++k)
        if (is(all[k])) return true;
      return false;
    });
  }

  /// Starts `headroom run`, which scales by the programs of the cluster.
  [[nodiscard]] std::unique_ptr<beside> daemon(const daemon_options& o = {}) const {
    const std::string cluster = "[\"" + program("HEADROOM_LIVE", "live-cluster") + "\", ";
    const std::string slowly = R"("sh", "-c", "sleep 0.2; exec \"$@\"", "sh", )";
    const std::string where = "\"--folder\", \"" + folder.path().string() + "\"";
    std::string text = "[service]\nslots = 4\nservice_time = \"0.05\"\nmin_replicas = 1\nmax_replicas = 12\n";
    text += "interval_s = " + headroom::to_text(o.interval_s) + "\n[source]\nurl = \"" + url() + "\"\ntimeout_s = 5\n";
    text += "[source.load]\nquery = \"" + o.load + "\"\nstale_s = 1\n";
    if (!o.age.empty()) text += "age = \"" + o.age + "\"\n";
    text += "[policy]\nname = \"staffing\"\n[journal]\nfile = \"" + journal_file().string() + "\"\n";
    text += "[target]\nkind = \"command\"\nget = " + cluster + "\"get\", " + where + "]\nset = [" +
            (o.slow_set ? slowly : "") + cluster.substr(1) + "\"set\", " + where +
            ", \"{replicas}\", \"--from\", \"{seen}\", \"--by\", \"headroom\"]\ndeadline_s = 5\n";
    text += "[live]\nwarm_up_s = " + headroom::to_text(o.warm_up_s) +
            "\npatience_s = " + headroom::to_text(o.patience_s) + "\n" + o.more;
    write_bytes(folder / "autoscaler.toml", text);
    std::vector<std::string> command;
    if (!o.environment.empty()) command.emplace_back("env");
    command.insert(command.end(), o.environment.begin(), o.environment.end());
    command.insert(command.end(), {tool_path(), "run", "--config", (folder / "autoscaler.toml").string()});
    return std::make_unique<beside>(command, folder / "daemon.log");
  }
  [[nodiscard]] std::string daemon_log() const { return read_bytes(folder / "daemon.log"); }

 private:
  std::filesystem::path journal_folder_ = folder.path();
  std::string prometheus_at_{};
  std::unique_ptr<beside> cluster_{};
  std::unique_ptr<beside> prometheus_{};
};

}  // namespace live_service
