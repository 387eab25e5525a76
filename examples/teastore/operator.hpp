#pragma once

#include <atomic>    // std::atomic
#include <chrono>    // std::chrono::steady_clock
#include <map>       // std::map
#include <memory>    // std::unique_ptr
#include <mutex>     // std::mutex
#include <optional>  // std::optional
#include <string>    // std::string
#include <thread>    // std::thread

#include <headroom/ext/kubernetes_lease.hpp>
#include <headroom/ext/kubernetes_objects.hpp>

#include "teastore/tuning.hpp"

namespace live_teastore {

struct operator_options {
  headroom::kubernetes_access access{};
  std::string name_space = "default";  ///< the one that it looks at
  std::string identity{};              ///< of this process, for the lease
  int lease_s = 15;
  double resync_s = 120;  ///< a list now and then, as published, in case a watch missed something
  double timeout_s = 5;
  tuning_options defaults{};  ///< what a resource does not say
};

/// Reconciles the resources ShopTuner (manifests/crd.yaml): each one tunes a Deployment. A watch tells of changes, a
/// list now and then of what a watch missed. Only the holder of the lease acts; one that loses it stops at once.
///
/// A resource first gets a finaliser, then its status keeps what the Deployment was; only then a knob is turned. When
/// it is deleted the knobs are put back as they were, except where somebody else turned one since: that is his.
class shop_operator {
 public:
  static constexpr const char* finaliser = "teastore.headroom.example/restore";

  /// Throws std::invalid_argument, and headroom::file_error for an access that cannot be read.
  explicit shop_operator(operator_options o);
  shop_operator(const shop_operator&) = delete;
  shop_operator& operator=(const shop_operator&) = delete;
  ~shop_operator();

  /// One round over the lease and all resources; call it some times a second. Does not throw for what a server does.
  void round();
  /// Ends the threads and gives up the lease, so that another need not wait. `round` must not be called any more.
  void release();
  [[nodiscard]] bool leads() const { return clock::now().time_since_epoch().count() < leads_until_; }
  /// A sentence for each thing that changed since the last call; empty: nothing.
  [[nodiscard]] std::string news();
  [[nodiscard]] static headroom::kubernetes_kind kind() { return {"teastore.headroom.example/v1", "shoptuners"}; }

 private:
  using clock = std::chrono::steady_clock;
  using node = headroom::internal::config_node;
  struct managed {
    std::unique_ptr<tuning> loop{};
    std::string spec{};  // as it was when the loop was made
    std::string ready{};
    std::string reason{};
    std::string message{};
    std::string since{};     // when `ready` became what it is
    bool spoiled = false;    // its spec cannot be used; said once
    knob_values original{};  // what the Deployment is put back to
    std::size_t steps = 0;   // ever, also of the processes before this one
    double total = 0;        // of their rewards
    clock::time_point not_before{};
  };

  void look_on();
  void keep_lease();
  void take(const node& object, bool gone);
  void reconcile(const std::string& name, const node& object, const std::map<std::string, node>& all);
  void begin(managed& m, const std::string& name, const node& object);
  void leave(managed& m, const std::string& name, const node& object);
  headroom::kubernetes_result tell(managed& m, const std::string& name, const node& object, const std::string& ready,
                                   const std::string& reason, const std::string& message, const std::string& more = {});
  [[nodiscard]] tuning_options options_of(const node& object) const;

  operator_options o_;
  headroom::kubernetes_objects cluster_;
  headroom::kubernetes_objects watched_;
  bool led_ = false;
  std::map<std::string, managed> managed_{};
  std::string news_{};
  // The lease has a thread of its own: a slow answer to a round must not lose it.
  headroom::kubernetes_objects leasing_;
  headroom::kubernetes_lease lease_;
  std::atomic<clock::rep> leads_until_{0};
  // What the threads tell.
  std::mutex mutex_{};
  std::string lease_said_{};
  std::map<std::string, node> objects_{};
  std::string trouble_{};
  bool known_ = false;
  std::atomic<bool> stop_{false};
  std::thread watch_{};
  std::thread renew_{};
};

}  // namespace live_teastore
