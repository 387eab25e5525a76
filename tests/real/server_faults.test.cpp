#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "real/kubernetes_cluster.hpp"
#include "real/told.hpp"
#include "serving/serving.hpp"
#include "skip.hpp"

// `headroom run` on a Deployment of a real kube-apiserver, which fails in each way that one does.

using namespace headroom;

namespace {

// What stands between the daemon and the API server: it passes everything on, or fails as a server or a network does.
class breaking_proxy {
 public:
  enum class way { passes, error, cuts, cuts_answers_to_changes };

  breaking_proxy(const scratch_folder& folder, const kubernetes_access& to) : to_(to) {
    certificate = folder / "proxy.pem";
    write_certificate(certificate, folder / "proxy.key", "proxy");
    server_ = std::make_unique<httplib::SSLServer>(certificate.c_str(), (folder / "proxy.key").c_str());
    const auto pass = [this](const httplib::Request& asked, httplib::Response& r) { answer(asked, r); };
    server_->Get("/.*", pass);
    server_->Patch("/.*", pass);
    at_ = std::make_unique<listening>(*server_);
  }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(at_->port); }

  std::filesystem::path certificate{};
  std::atomic<way> does{way::passes};
  std::atomic<int> failed{0};

 private:
  struct listening {
    explicit listening(httplib::SSLServer& s) : server(s), port(s.bind_to_any_port("127.0.0.1")) {
      thread = std::thread([this] { server.listen_after_bind(); });
      while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ~listening() {
      server.stop();
      thread.join();
    }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;
    httplib::SSLServer& server;
    int port;
    std::thread thread{};
  };

  void answer(const httplib::Request& asked, httplib::Response& r) {
    const way now = does;
    if (now == way::error) {
      ++failed;
      r.status = 500;
      return r.set_content(R"({"kind":"Status","reason":"InternalError","message":"etcdserver: request timed out"})",
                           "application/json");
    }
    kubernetes_access as = to_;
    as.token = asked.get_header_value("Authorization").substr(7);  // "Bearer "
    internal::http_question q("proxy", as.server(5));
    const std::string type = asked.get_header_value("Content-Type");
    const auto got = q.ask(asked.method.c_str(), asked.target, asked.body, type.empty() ? nullptr : type.c_str());
    r.status = got.status == 0 ? 502 : got.status;
    if (now == way::cuts || (now == way::cuts_answers_to_changes && asked.method == "PATCH")) {
      ++failed;
      const std::string half = got.body.substr(0, got.body.size() / 2);
      return r.set_content_provider(got.body.size(), "application/json",
                                    [half](std::size_t, std::size_t, httplib::DataSink& sink) {
                                      sink.write(half.data(), half.size());
                                      return false;
                                    });
    }
    r.set_content(got.body, "application/json");
  }

  kubernetes_access to_;
  std::unique_ptr<httplib::SSLServer> server_{};
  std::unique_ptr<listening> at_{};
};

// A cluster with the Deployment web, a service account that may scale it, and a daemon that does.
class scaled_cluster {
 public:
  explicit scaled_cluster(const char* programs)
      : cluster(programs), folder(cluster.folder()), proxy(folder, cluster.admin()), source_(prometheus_) {
    if (cluster.deploy("web", 4) != 201) throw std::runtime_error("no Deployment");
    cluster.start_kubelet(std::chrono::milliseconds(300));
    cluster.start_controllers();
    make_account();
    load(200);
    write_bytes(folder / "kubeconfig",
                R"({"clusters":[{"name":"c","cluster":{"server":")" + proxy.url() + R"(","certificate-authority":")" +
                    proxy.certificate.string() +
                    R"("}}],"users":[{"name":"u","user":{"tokenFile":"token"}}],"contexts":[{"name":"x","context":)"
                    R"({"cluster":"c","user":"u","namespace":"default"}}],"current-context":"x"})");
    write_bytes(folder / "live.toml",
                "[service]\nslots = 4\nservice_time = \"0.05\"\nmax_replicas = 12\n[source]\nurl = \"" + source_.url() +
                    "\"\nload = {query = \"load\"}\n[policy]\nname = \"staffing\"\n[journal]\nfile = "
                    "\"decisions.jsonl\"\n[target]\nkind = \"kubernetes\"\nname = \"web\"\nkubeconfig = "
                    "\"kubeconfig\"\ntimeout_s = 2\n[live]\ninterval_s = 0.5\nslowest_read_s = 5\nwarm_up_s = "
                    "0.6\npatience_s = 3\n");
  }

  void load(int per_second) {
    source_.answers(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,")" +
                    std::to_string(per_second) + "\"]}]}}");
  }
  void rotate_token() {
    const auto answer = internal::config_node::of_json(
        cluster
            .ask("POST", "/api/v1/namespaces/default/serviceaccounts/robot/token",
                 R"({"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{"expirationSeconds":600}})")
            .body);
    if (!answer) throw std::runtime_error("no token");
    write_bytes(folder / "token", answer->find("status")->text_of("token"));
  }
  void make_account() {
    if (cluster.kubectl("create serviceaccount robot") != 0) throw std::runtime_error(cluster.kubectl_log());
    allow();
    rotate_token();
  }
  void allow() {
    static_cast<void>(
        cluster.kubectl("create clusterrolebinding robot --clusterrole=cluster-admin --serviceaccount=default:robot"));
  }
  [[nodiscard]] int replicas() const {
    const auto got = internal::config_node::of_json(
        cluster.ask("GET", "/apis/apps/v1/namespaces/default/deployments/web/scale").body);
    const auto* const spec = got ? got->find("spec") : nullptr;
    const std::string n = spec == nullptr ? std::string() : spec->text_of("replicas");
    return n.empty() ? -1 : std::stoi(n);
  }
  int set(int n) const {
    return cluster.status("PATCH", "/apis/apps/v1/namespaces/default/deployments/web/scale",
                          R"({"spec":{"replicas":)" + std::to_string(n) + "}}", "application/merge-patch+json");
  }
  [[nodiscard]] std::vector<journal_record> journal() const {
    const auto file = folder / "decisions.jsonl";
    return std::filesystem::exists(file) ? journal_records(file) : std::vector<journal_record>{};
  }
  template <class Is>
  [[nodiscard]] bool decides(Is&& is, int seconds = 30) const {
    const std::size_t before = journal().size();
    return soon(seconds, [&] {
      const auto all = journal();
      for (std::size_t k = before; k + 1 < all.size(); ++k)  // what became of the last one may not be written yet
        if (is(all[k])) return true;
      return false;
    });
  }
  [[nodiscard]] bool is_steady() const {
    return decides(
        [](const journal_record& r) { return r.decided_by == "policy" && r.outcome == decision_outcome::held; });
  }

  kubernetes_cluster cluster;
  const scratch_folder& folder;
  breaking_proxy proxy;

 private:
  httplib::Server prometheus_{};
  loopback_server source_;
};

// The fault begins, the load changes, the daemon says what it sees, the fault ends, and the daemon goes to the level
// that the load asks for, by itself.
template <class Fault, class Seen, class Mend>
void fault_of_server(scaled_cluster& w, const std::string& name, Fault&& fault, Seen&& seen, Mend&& mend) {
  INFO(name);
  const bool steady = w.is_steady();
  INFO(read_bytes(w.folder / "daemon.log"));
  REQUIRE(steady);
  const int level = w.replicas();
  REQUIRE(level > 2);
  const bool up = level < 6;
  const std::size_t first = w.journal().size();
  fault();
  w.load(up ? 400 : 200);
  CHECK(w.decides(seen));
  mend();
  const auto mended = std::chrono::steady_clock::now();
  CHECK(soon(30, [&] { return up ? w.replicas() > level : w.replicas() < level && w.replicas() > 2; }));
  const std::chrono::duration<double> back = std::chrono::steady_clock::now() - mended;
  REQUIRE(w.is_steady());
  const auto all = w.journal();
  std::size_t conflicts = 0;
  std::size_t unknown = 0;
  for (std::size_t k = first; k < all.size(); ++k) {
    if (all[k].to) CHECK(*all[k].to > 2);
    conflicts += all[k].outcome == decision_outcome::conflict ? 1U : 0U;
    unknown += all[k].outcome == decision_outcome::unknown ? 1U : 0U;
  }
  std::ostringstream text;
  text.precision(1);
  if (conflicts > 0) text << ", " << conflicts << " conflicts";
  if (unknown > 0) text << ", " << unknown << " without an answer";
  text << std::fixed << ", at the new level after " << back.count() << " s";
  tell_of(name, all, first, text.str());
}

}  // namespace

TEST_CASE("headroom run: an API server that refuses, fails and breaks off, and a Deployment that is made anew") {
  const char* const programs = std::getenv("HEADROOM_KUBERNETES");
  if (programs == nullptr) HEADROOM_SKIP("HEADROOM_KUBERNETES is not set; scripts/test --live sets it");
  scaled_cluster w(programs);
  using way = breaking_proxy::way;
  const auto held = [](const std::string& why) {
    return [why](const journal_record& r) { return r.decided_by != "policy" && contains(r.why, why); };
  };
  beside daemon({tool_path(), "run", "--config", (w.folder / "live.toml").string()}, w.folder / "daemon.log");
  REQUIRE(daemon.says("it scales the deployment default/web", 60));

  // Somebody else, who writes as fast as he can while the storm lasts.
  struct second_writer {
    explicit second_writer(const scaled_cluster& w) {
      thread = std::thread([this, &w] {
        for (int k = 0; !over; ++k) {
          if (storm)
            static_cast<void>(w.set(k % 2 == 0 ? 8 : 9));
          else
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
      });
    }
    second_writer(const second_writer&) = delete;
    second_writer& operator=(const second_writer&) = delete;
    ~second_writer() {
      over = true;
      thread.join();
    }
    std::atomic<bool> storm{false};
    std::atomic<bool> over{false};
    std::thread thread{};
  } second(w);
  fault_of_server(
      w, "a storm of changes by somebody else (409)", [&] { second.storm = true; },
      [](const journal_record& r) { return r.outcome == decision_outcome::conflict; },
      [&] {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        second.storm = false;
      });
  fault_of_server(
      w, "an API server that forbids (403)", [&] { w.cluster.kubectl("delete clusterrolebinding robot"); },
      held("replicas failed"), [&] { w.allow(); });
  CHECK(contains(daemon.log(), "403, Forbidden"));
  fault_of_server(
      w, "an API server that fails (500)", [&] { w.proxy.does = way::error; }, held("replicas failed"),
      [&] { w.proxy.does = way::passes; });
  CHECK(contains(daemon.log(), "500, InternalError"));
  fault_of_server(
      w, "a connection cut in the middle of an answer", [&] { w.proxy.does = way::cuts; }, held("replicas failed"),
      [&] { w.proxy.does = way::passes; });
  fault_of_server(
      w, "a connection cut in the answer to a change", [&] { w.proxy.does = way::cuts_answers_to_changes; },
      [](const journal_record& r) { return r.outcome == decision_outcome::unknown; },
      [&] { w.proxy.does = way::passes; });
  fault_of_server(
      w, "a token that is rotated", [&] { w.cluster.kubectl("delete serviceaccount robot"); }, held("replicas failed"),
      [&] { w.make_account(); });
  CHECK(contains(daemon.log(), "401, Unauthorized"));
  int level = w.replicas();
  fault_of_server(
      w, "a Deployment that is deleted and made anew",
      [&] { w.cluster.status("DELETE", "/apis/apps/v1/namespaces/default/deployments/web"); }, held("replicas empty"),
      [&] { REQUIRE(w.cluster.deploy("web", level) == 201); });
  CHECK(w.proxy.failed > 2);
  INFO(daemon.log());
  CHECK(daemon.end(SIGTERM) == 0);
}
