#pragma once

#include <chrono>   // std::chrono::steady_clock
#include <string>   // std::string
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom {

struct kubernetes_lease_options {
  std::string name_space = "default";
  std::string name{};      ///< of the Lease, the same for all that compete
  std::string identity{};  ///< of this one, another for each: the name of the pod
  int duration_s = 15;     ///< whole seconds; a holder that was not heard of for so long has lost it
};

/// Leadership by a Lease (coordination.k8s.io/v1): one of several holds it. As Kubernetes' own controllers do, a
/// stranger's lease counts as expired once it has not changed for its duration by the clock of this process, so that
/// two machines need not agree on the time. Two cannot take it at once: each change is bound to the version that was
/// read. Call `hold()` at least three times in a duration, and act only while `held()`.
class kubernetes_lease {
 public:
  /// Throws std::invalid_argument. Nothing is asked yet.
  explicit kubernetes_lease(kubernetes_lease_options o) : options_(std::move(o)) {
    require(!options_.name.empty(), "kubernetes_lease", "name", options_.name, "be a name");
    require(!options_.identity.empty(), "kubernetes_lease", "identity", options_.identity, "be a name");
    require(options_.duration_s >= 1 && options_.duration_s <= 3600, "kubernetes_lease", "duration_s",
            options_.duration_s, "be from 1 to 3600");
  }

  /// Takes or renews it if it can be had; whether it is ours now. Two requests. Does not throw. `said()` tells who
  /// holds it, or what went wrong.
  bool hold(kubernetes_objects& cluster) {
    const auto asked = clock::now();  // before the request: what the server grants begins no later for others
    const kubernetes_result now = cluster.get(kind(), options_.name_space, options_.name);
    if (now.absent()) {
      return took(cluster.create(kind(), options_.name_space, body({}, 0, true)), asked);
    }
    if (!now.good()) return no(now.said);
    const std::string holder = now.object.text_at({"spec", "holderIdentity"});
    const int transitions = from_text_or(now.object.text_at({"spec", "leaseTransitions"}), 0);
    if (holder != options_.identity && !holder.empty()) {
      ours_ = false;
      if (now.version() != seen_) {
        seen_ = now.version();
        seen_at_ = asked;
      }
      const int its_s = from_text_or(now.object.text_at({"spec", "leaseDurationSeconds"}), options_.duration_s);
      if (asked - seen_at_ < std::chrono::seconds(its_s)) return no(holder + " holds the lease");
    }
    const bool renewed = holder == options_.identity;
    return took(cluster.merge_patch(kind(), options_.name_space, options_.name,
                                    body(now.version(), renewed ? transitions : transitions + 1, !renewed)),
                asked);
  }
  /// Whether it is ours by the clock of this process: it ends `duration_s` after the last success of `hold`.
  [[nodiscard]] bool held() const { return ours_ && clock::now() < until_; }
  /// Gives it up at once, so that another need not wait. One or two requests. Does not throw.
  void release(kubernetes_objects& cluster) {
    if (!held()) return;
    ours_ = false;
    const kubernetes_result now = cluster.get(kind(), options_.name_space, options_.name);
    if (!now.good() || now.object.text_at({"spec", "holderIdentity"}) != options_.identity) return;
    internal::json_writer w;
    w.open('{').name("metadata").open('{').name("resourceVersion").text(now.version()).close('}');
    w.name("spec").open('{').name("holderIdentity").text("").close('}').close('}');
    static_cast<void>(cluster.merge_patch(kind(), options_.name_space, options_.name, w.json()));
  }
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  [[nodiscard]] static kubernetes_kind kind() { return {"coordination.k8s.io/v1", "leases"}; }

 private:
  using clock = std::chrono::steady_clock;

  [[nodiscard]] static int from_text_or(const std::string& text, int otherwise) {
    return from_text<int>(text).value_or(otherwise);
  }
  // What was granted before stays until it ends: a server that cannot be asked gives it to nobody else.
  bool no(std::string why) {
    said_ = std::move(why);
    return false;
  }
  bool took(const kubernetes_result& r, clock::time_point asked) {
    if (!r.good()) return no(r.said);
    said_.clear();
    ours_ = true;
    until_ = asked + std::chrono::seconds(options_.duration_s);
    return true;
  }
  [[nodiscard]] std::string body(const std::string& version, int transitions, bool acquired) const {
    // To the microsecond: a server stores no new version of what is the same, and others watch for new versions.
    const std::string now = internal::utc_now_us();
    internal::json_writer w;
    w.open('{').name("apiVersion").text(kind().api).name("kind").text("Lease").name("metadata").open('{');
    w.name("name").text(options_.name);
    if (!version.empty()) w.name("resourceVersion").text(version);
    w.close('}').name("spec").open('{').name("holderIdentity").text(options_.identity);
    w.name("leaseDurationSeconds").integer(options_.duration_s).name("leaseTransitions").integer(transitions);
    if (acquired) w.name("acquireTime").text(now);
    return w.name("renewTime").text(now).close('}').close('}').json();
  }

  kubernetes_lease_options options_;
  std::string said_{};
  std::string seen_{};
  clock::time_point seen_at_{};
  bool ours_ = false;
  clock::time_point until_{};
};

}  // namespace headroom
