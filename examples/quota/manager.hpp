#pragma once

#include <chrono>              // std::chrono::steady_clock
#include <condition_variable>  // std::condition_variable
#include <cstddef>             // std::size_t
#include <cstdint>             // std::uint64_t
#include <deque>               // std::deque
#include <functional>          // std::less
#include <map>                 // std::map
#include <memory>              // std::unique_ptr
#include <mutex>               // std::mutex
#include <set>                 // std::set
#include <string>              // std::string
#include <vector>              // std::vector

#include <headroom/ext/kubernetes_access.hpp>
#include <headroom/ext/kubernetes_lease.hpp>
#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/systems/quota/arbiter.hpp>

#include "advice.hpp"
#include "nodes.hpp"
#include "objects.hpp"
#include "usage.hpp"

namespace quota_live {

struct manager_options {
  headroom::kubernetes_access access{};
  std::vector<std::string> namespaces{};  ///< whose Deployments are managed; empty: all
  std::string strategy = "youngest";      ///< youngest, priority, tightest, weighted
  bool published = false;                 ///< detect conflicts by their damage, limits from the sum, no capacity
  bool dry_run = false;                   ///< decide and tell, and change nothing
  bool usage_known = true;                ///< false: there is no Prometheus, so nothing is ever measured
  usage_options usage{};
  double settle_s = 60;                    ///< after a change, until its latency is looked at
  double latency_threshold = 1.2;          ///< of a Deployment without the label custom-latency-threshold
  double timeout_s = 5;                    ///< of a request
  std::size_t writers = 4;                 ///< objects that are changed at the same time
  std::string lease{};                     ///< name of a Lease, of which only the holder works; empty: none
  std::string lease_space = "default";     ///< its namespace
  std::string identity = "quota-manager";  ///< of this one, where there is a lease
};

/// What one pass over everything did.
struct pass_report {
  std::string held{};  ///< why nothing was looked at, in a sentence; empty if all could be read
  std::size_t agents = 0;
  std::size_t deployments = 0;
  std::size_t patches = 0;  ///< changes of Deployments that the server took
  std::size_t failed = 0;   ///< that it did not take; they are tried again in the next pass
  std::size_t written = 0;  ///< changes of agents that the server took
  double seconds = 0;
};

/// The published loop on a real API server. One pass reads agents, Deployments, pods, nodes and Prometheus; lets the
/// arbiter decide; changes the Deployments; judges what was changed before; and writes states, conditions and events.
/// What is needed after a restart stands on the Deployments themselves. `pass` is for one thread; what the page needs
/// may be called by others.
class manager {
 public:
  manager(const manager_options& o, advice& advisor);

  pass_report pass();

  /// For the page: everything that it shows, as JSON.
  [[nodiscard]] std::string state_json() const;
  /// Lets `wait` return at once: an agent was made or deleted.
  void wake();
  /// Returns after `seconds`, or earlier when woken, or when `stopped()` is true.
  template <class Stopped>
  void wait(double seconds, Stopped&& stopped);
  [[nodiscard]] const std::string& root() const noexcept { return cluster_.root(); }

 private:
  using client = headroom::kubernetes_objects;
  struct outcome {
    std::size_t patches = 0;
    std::size_t failed = 0;
    std::vector<std::string> sentences{};
  };
  struct owned {  // a Deployment that we changed
    std::string uid{};
    record mark{};
    bool judged = false;
  };

  // The parts of a pass, in their order.
  bool look(pass_report& r);
  void declare_agents();
  [[nodiscard]] std::vector<quota::target> targets();
  void work(const std::vector<quota::patch>& patches, pass_report& r);
  void judge(pass_report& r);
  void write_agents(pass_report& r);
  void tell();
  void keep_state(const pass_report& r);

  void change(client& cluster, deployment_object& d, const quota::patch& p, outcome& out);
  void revert(client& cluster, deployment_object& d, bool pin, const std::string& why, outcome& out);
  bool send(client& cluster, deployment_object& d, const placing& wanted, const record* mark, bool high, outcome& out);
  void add(const outcome& out, pass_report& r);
  // Does one(client, k) for k below n, on as many threads as there are writers.
  template <class One>
  void on_writers(std::size_t n, One&& one);
  [[nodiscard]] quota::question question_about(const deployment_object& d, const quota::factors& f) const;
  [[nodiscard]] usage used(const deployment_object& d) const;
  [[nodiscard]] quota::advisor::legal_actions legal(const deployment_object& d, const placing& base,
                                                    const quota::question& q, const quota::factors& f) const;
  [[nodiscard]] bool managed(const std::string& space) const;
  [[nodiscard]] const agent_object* find_agent(const std::string& name) const;
  [[nodiscard]] std::string state_of(const agent_object& a) const;

  manager_options options_;
  advice& advisor_;
  client cluster_;
  usage_source usage_;
  quota::arbiter arbiter_;
  std::vector<std::unique_ptr<client>> writers_{};
  std::unique_ptr<headroom::kubernetes_lease> lease_{};

  double now_s_ = 0;
  std::vector<agent_object> agents_{};
  std::vector<deployment_object> deployments_{};
  node_room nodes_{};
  std::map<std::string, usage> used_{};
  std::map<std::string, std::string> declared_{};  // by agent: what was declared last
  std::set<std::string, std::less<>> parked_{};    // agents that were found disabled and not declared since
  std::map<std::string, std::string> written_{};   // by agent: what we wrote into spec.status last
  std::map<std::string, std::string> why_{};       // by agent: the last sentence about it
  std::map<std::string, owned> owned_{};           // by path
  std::map<std::string, quota::patch> undone_{};   // by path: changes that the server did not take
  std::map<std::string, std::string> actions_{};   // by path: the last sentence about it
  std::vector<std::string> events_{};              // sentences of this pass
  std::uint64_t told_ = 0;                         // decisions of the arbiter's log that were told
  std::uint64_t event_ = 0;
  bool no_status_ = false;  // the CRD has no subresource status
  std::string usage_said_{};

  mutable std::mutex mutex_{};
  std::mutex owned_mutex_{};
  std::condition_variable woken_{};
  bool wake_ = false;
  std::string state_ = R"({"agents":[],"deployments":[],"conflicts":[],"decisions":[]})";
  std::deque<std::string> sentences_{};  // the newest first, at most 300
};

template <class Stopped>
void manager::wait(double seconds, Stopped&& stopped) {
  // A signal handler cannot notify, so the wait is cut into tenths of a second.
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_ && !stopped() && std::chrono::steady_clock::now() < until) {
    woken_.wait_for(lock, std::chrono::milliseconds(100));
  }
  wake_ = false;
}

}  // namespace quota_live
