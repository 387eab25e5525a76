// What a node and an ingress do, where a cluster has neither: each pod of the label becomes a process of the matrix
// service, and nginx in front of them sends the requests on and says when each came. A real cluster does not need it.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/ext/kubernetes_pods.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/stop_signals.hpp>

#include "live/child.hpp"
#include "common.hpp"

namespace live_scheduler {

using namespace headroom;
using live_programs::child;
using live_programs::free_port;

namespace {

using steady = std::chrono::steady_clock;

struct node_options {
  cluster_flags cluster{};
  std::filesystem::path folder{};
  std::string nginx = "nginx";
  int port = 0;
  std::vector<std::string> matrix{};  // options of each matrix service
};

struct pod_process {
  int port = 0;
  child program;
  bool announced = false;
  bool ending = false;
  steady::time_point since = steady::now();
};

class node {
 public:
  explicit node(node_options o)
      : o_(std::move(o)),
        access_(o_.cluster.access()),
        listed_({.access = access_, .selector = o_.cluster.selector, .name_space = o_.cluster.name_space}),
        pods_path_("/api/v1/namespaces/" + o_.cluster.name_space + "/pods/") {
    o_.folder = std::filesystem::absolute(o_.folder);
    if (o_.port == 0) o_.port = free_port();
    write_files();
    nginx_ =
        std::make_unique<child>(std::vector<std::string>{o_.nginx, "-c", file("nginx.conf"), "-e", file("nginx.log")},
                                child::options{.log = file("nginx.log")});
    std::printf("listening on 127.0.0.1:%d\n", o_.port);
    std::fflush(stdout);
  }
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  // nginx is asked to end, so that its worker ends as well.
  ~node() {
    nginx_->signal(SIGTERM);
    for (int k = 0; k < 100 && !nginx_->ended(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  void run(const stop_signals& stop) {
    while (!stop()) {
      if (nginx_->ended()) throw std::runtime_error("node: nginx has ended, " + file("nginx.log") + " tells why");
      // A server that does not answer leaves everything as it is, as a node does.
      if (const auto all = listed_.list()) follow(*all);
      if (changed_) write_files();
      if (tell_nginx_ && std::filesystem::exists(file("nginx.pid"))) {
        nginx_->signal(SIGHUP);
        tell_nginx_ = false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

 private:
  [[nodiscard]] std::string file(const std::string& name) const { return (o_.folder / name).string(); }
  void say(const std::string& pod, const char* what) const {
    std::printf("%s %s\n", pod.c_str(), what);
    std::fflush(stdout);
  }
  int ask(const char* method, const std::string& path, const std::string& body = {},
          const char* type = "application/json") const {
    internal::http_question q("node", access_.server(5));
    return q.ask(method, pods_path_ + path, body, body.empty() ? nullptr : type).status;
  }

  void follow(const std::vector<listed_pod>& all) {
    std::map<std::string, pod_process> left;
    for (const listed_pod& pod : all) {
      auto found = processes_.extract(pod.name);
      if (found.empty()) {
        if (pod.terminating) {
          static_cast<void>(remove(pod.name));
        } else if (pod.node.empty() && !bind(pod.name)) {
          continue;  // the next time
        } else {
          left.emplace(pod.name, start(pod.name));
        }
        continue;
      }
      auto& one = left.emplace(pod.name, std::move(found.mapped())).first->second;
      if (pod.terminating)
        end(pod.name, one);
      else
        keep(pod, one);
      if (pod.terminating && one.ending && one.program.ended() && remove(pod.name)) {
        say(pod.name, "ended");
        left.erase(pod.name);
      }
    }
    for (const auto& [name, one] : processes_) {
      say(name, "is no pod any more");
      changed_ = true;
    }
    processes_ = std::move(left);
  }
  bool bind(const std::string& name) const {
    const int status = ask("POST", name + "/binding",
                           R"({"apiVersion":"v1","kind":"Binding","metadata":{"name":")" + name +
                               R"("},"target":{"apiVersion":"v1","kind":"Node","name":"here"}})");
    return status == 201 || status == 200;
  }
  bool remove(const std::string& name) const {
    const int status = ask("DELETE", name, R"({"gracePeriodSeconds":0})");
    return status == 200 || status == 404;
  }
  bool announce(const std::string& name, bool ready) const {
    return ask("PATCH", name + "/status",
               std::string(
                   R"({"status":{"phase":"Running","podIP":"127.0.0.1","conditions":[{"type":"Ready","status":)") +
                   (ready ? R"("True"}]}})" : R"("False"}]}})"),
               "application/strategic-merge-patch+json") == 200;
  }
  pod_process start(const std::string& name) const {
    const int port = free_port();
    std::vector<std::string> command{"/proc/self/exe", "matrix", "--pod", name, "--port", std::to_string(port)};
    command.insert(command.end(), o_.matrix.begin(), o_.matrix.end());
    child program(command, {.log = file("matrix.log")});
    say(name, ("starts as process " + std::to_string(program.id())).c_str());
    return {port, std::move(program)};
  }
  // As a kubelet: a container that ended by itself is started anew, and gets no requests until it is ready.
  void keep(const listed_pod& pod, pod_process& one) {
    if (one.program.ended()) {
      say(pod.name, "ended by itself");
      one = start(pod.name);
      static_cast<void>(announce(pod.name, false));
      changed_ = true;
      return;
    }
    if (one.announced) return;
    httplib::Client client("127.0.0.1", one.port);
    client.set_connection_timeout(0, 200'000);
    client.set_read_timeout(0, 200'000);
    const auto answer = client.Get("/ready");
    if (!answer || answer->status != 200 || !announce(pod.name, true)) return;
    one.announced = true;
    changed_ = true;
    say(pod.name, "serves");
  }
  // It gets no more requests, finishes those that it has, and ends.
  void end(const std::string& name, pod_process& one) {
    if (one.announced) {
      one.announced = false;
      one.since = steady::now();
      changed_ = true;
      say(name, "gets no more requests");
    }
    const auto waited = steady::now() - one.since;
    if (!one.ending && waited > std::chrono::milliseconds(300)) {
      one.ending = true;
      one.program.signal(SIGTERM);
    }
    if (waited > std::chrono::seconds(30)) one.program.signal(SIGKILL);
  }

  static void replace(const std::string& name, const std::string& text) {
    std::ofstream out(name + ".new");
    out << text;
    out.close();
    if (!out) throw std::runtime_error(name + " cannot be written");
    std::filesystem::rename(name + ".new", name);
  }
  void write_files() {
    std::string servers;
    std::string targets;
    for (const auto& [name, one] : processes_) {
      if (!one.announced) continue;
      const std::string at = "127.0.0.1:" + std::to_string(one.port);
      servers += "    server " + at + " max_fails=0;\n";
      targets += (targets.empty() ? "\"" : ", \"") + at + "\"";
    }
    const std::string f = o_.folder.string();
    const std::string answer =
        servers.empty() ? "return 503;"
                        : "proxy_set_header requestTime \"t=$msec\"; proxy_pass http://matrix-multiply-service;";
    if (servers.empty()) servers = "    server 127.0.0.1:1 down;\n";
    std::string conf = "daemon off;\nworker_processes 1;\npid " + file("nginx.pid") + ";\n";
    if (::geteuid() == 0) conf += "user root root;\n";
    conf += "events { worker_connections 4096; }\nhttp {\n  access_log off;\n  client_max_body_size 64m;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      conf += "  " + std::string(kind) + "_temp_path " + f + "/" + kind + ";\n";
    // A request that a pod lost is lost: sent again to another one, nobody would see it.
    conf += "  proxy_next_upstream off;\n  upstream matrix-multiply-service {\n" + servers +
            "  }\n  server {\n    listen 127.0.0.1:" + std::to_string(o_.port) + " backlog=4096;\n    location / { " +
            answer + " }\n  }\n}\n";
    replace(file("nginx.conf"), conf);
    replace(file("targets.json"), "[{\"targets\": [" + targets + "]}]\n");
    changed_ = false;
    tell_nginx_ = true;
  }

  node_options o_;
  kubernetes_access access_;
  kubernetes_pods listed_;
  std::string pods_path_;
  std::map<std::string, pod_process> processes_{};
  std::unique_ptr<child> nginx_{};
  bool changed_ = false;
  bool tell_nginx_ = false;
};

}  // namespace

void add_node(CLI::App& to) {
  CLI::App* const c =
      to.add_subcommand("node", "Runs the pods of a cluster without nodes as processes here, behind nginx");
  const auto o = std::make_shared<node_options>();
  o->cluster.declare(*c);
  c->add_option("--folder", o->folder, "For nginx's files, and targets.json for Prometheus")
      ->required()
      ->check(CLI::ExistingDirectory);
  c->add_option("--nginx", o->nginx, "Program of nginx")->capture_default_str();
  c->add_option("--listen", o->port, "Port of nginx; 0: a free one, which is told")->check(CLI::Range(0, 65535));
  c->add_option("matrix", o->matrix, "Behind --: options of each live-scheduler matrix, as in --results FOLDER");
  c->footer(
      "Example:\n  live-scheduler node --kubeconfig admin.conf --folder /tmp/node -- --results /tmp/results "
      "--service-time 0.2");
  c->final_callback([o] {
    const stop_signals stop;
    node(*o).run(stop);
  });
}

}  // namespace live_scheduler
