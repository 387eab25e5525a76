#pragma once

#include <cstddef>   // std::size_t
#include <map>       // std::map
#include <optional>  // std::optional
#include <string>    // std::string
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace headroom {

/// A workload of a fleet, as the API server told it last.
struct kubernetes_member {
  std::string name_space{};
  std::string name{};
  std::string uid{};              ///< another one where it was deleted and made anew
  std::string version{};          ///< metadata.resourceVersion: a change that is bound to it overwrites nobody's
  std::optional<int> replicas{};  ///< spec.replicas; nothing where the server does not say
};

/// Which workloads have a label now: a list first, then a watch from the version of that list, and a list again where
/// the server does not remember that version any more (410). What joined and what left is told by key,
/// "name_space/name". A server that does not answer takes nobody out: all() stays, and said() tells why.
/// Memory: each member's five fields; a refresh is O(changes * log members), a list O(members * log members). Needs
/// the CMake component `kubernetes`. One thread at a time.
///     kubernetes_members shops{{"apps/v1", "deployments"}, "web", "headroom=yes"};
///     if (shops.refresh(cluster, 5)) for (const std::string& key : shops.joined()) ...
class kubernetes_members {
 public:
  /// `name_space`: empty for all of them. Throws std::invalid_argument. Nothing is asked yet.
  kubernetes_members(kubernetes_kind kind, std::string name_space, std::string selector)
      : kind_(std::move(kind)), name_space_(std::move(name_space)), selector_(std::move(selector)) {
    require(!selector_.empty(), "kubernetes_members", "selector", "missing", "be as in headroom=yes");
    static_cast<void>(kubernetes_objects::path(kind_, name_space_, {}));  // throws for what is no name
  }

  /// Brings all() up to date; whether the server told it. The first call lists and returns at once. Each later one
  /// watches for about `seconds` (1 to 3600), and lists where the watch cannot go on. One or two requests. After a
  /// failure, what came before it counts. Throws std::invalid_argument for `seconds` alone.
  bool refresh(kubernetes_objects& cluster, double seconds) {
    require(seconds >= 1 && seconds <= 3600, "kubernetes_members", "seconds", seconds, "be from 1 to 3600");
    joined_.clear();
    left_.clear();
    said_.clear();
    if (version_.empty()) return list(cluster);
    const kubernetes_result r = cluster.watch(
        kind_, name_space_, version_, seconds,
        [&](const kubernetes_event& e) {
          if (e.type == "DELETED")
            leave(key_of(member_of(e.object)));
          else if (e.type != "BOOKMARK")
            take(member_of(e.object));
          return true;
        },
        selector_);
    if (r.too_old()) return list(cluster);
    if (!r.version().empty()) version_ = r.version();
    said_ = r.said;
    return r.good();
  }

  /// By key.
  [[nodiscard]] const std::map<std::string, kubernetes_member>& all() const noexcept { return all_; }
  /// The keys of those that came and of those that went in the last refresh, in that order of events. One that was
  /// deleted and made anew stands in both: take out the ones that left first.
  [[nodiscard]] const std::vector<std::string>& joined() const noexcept { return joined_; }
  [[nodiscard]] const std::vector<std::string>& left() const noexcept { return left_; }
  /// How many lists were read: more than one tells that watches were lost.
  [[nodiscard]] std::size_t lists() const noexcept { return lists_; }
  /// Why the last refresh failed, in a sentence; empty if it did not.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 private:
  [[nodiscard]] static std::string key_of(const kubernetes_member& m) { return m.name_space + '/' + m.name; }
  [[nodiscard]] static kubernetes_member member_of(const internal::config_node& o) {
    return {o.text_at({"metadata", "namespace"}), o.text_at({"metadata", "name"}), o.text_at({"metadata", "uid"}),
            o.text_at({"metadata", "resourceVersion"}), from_text<int>(o.text_at({"spec", "replicas"}))};
  }

  void take(kubernetes_member m) {
    std::string key = key_of(m);
    const auto at = all_.find(key);
    if (at != all_.end() && at->second.uid == m.uid) {
      at->second = std::move(m);
      return;
    }
    leave(key);  // another one of the same name
    joined_.push_back(key);
    all_.emplace(std::move(key), std::move(m));
  }
  void leave(const std::string& key) {
    if (all_.erase(key) == 0) return;
    // Who came and went within one refresh was never seen outside.
    if (std::erase(joined_, key) == 0) left_.push_back(key);
  }
  bool list(kubernetes_objects& cluster) {
    const kubernetes_result r = cluster.list(kind_, name_space_, selector_);
    if (r.good() && r.version().empty()) {
      said_ = cluster.root() + ": the list of " + kind_.plural + " has no resourceVersion";
      return false;
    }
    said_ = r.said;
    if (!r.good()) return false;
    ++lists_;
    version_ = r.version();
    std::map<std::string, kubernetes_member> now;
    for (const auto& part : r.object.find("items")->parts) {
      kubernetes_member m = member_of(part.second);
      std::string key = key_of(m);
      now.insert_or_assign(std::move(key), std::move(m));
    }
    std::vector<std::string> gone;
    for (const auto& one : all_) {
      if (!now.contains(one.first)) gone.push_back(one.first);
    }
    for (const std::string& key : gone) leave(key);
    for (auto& one : now) take(std::move(one.second));
    return true;
  }

  kubernetes_kind kind_;
  std::string name_space_;
  std::string selector_;
  std::string version_{};  // where the next watch goes on; empty: list first
  std::map<std::string, kubernetes_member> all_{};
  std::vector<std::string> joined_{};
  std::vector<std::string> left_{};
  std::string said_{};
  std::size_t lists_ = 0;
};

}  // namespace headroom
