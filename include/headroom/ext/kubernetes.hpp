#pragma once

#include <chrono>       // std::chrono::steady_clock
#include <optional>     // std::optional
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/kubernetes_answer.hpp>
#include <headroom/ext/internal/kubernetes_server.hpp>
#include <headroom/ext/kubernetes_access.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>

/// Scales a Deployment, a StatefulSet or a ReplicaSet of Kubernetes by its subresource /scale (apps/v1,
/// autoscaling/v1). Needs cpp-httplib with OpenSSL: the CMake component `kubernetes`, find_package(headroom COMPONENTS
/// kubernetes) and headroom::kubernetes.
namespace headroom {

/// What is scaled, and how the API server is asked.
struct kubernetes_options {
  kubernetes_access access{};
  std::string kind = "deployment";  ///< or "statefulset", "replicaset"
  std::string name{};
  std::string name_space{};  ///< empty: that of the access, else "default"
  double timeout_s = 5;      ///< for a connection, and again for an answer
  bool check_owner = true;   ///< change nothing while a HorizontalPodAutoscaler or a ScaledObject scales it, too
};

/// A client of one workload. Model of Scaler; its two queries are for live/sense.hpp. Each question has a connection of
/// its own, so a server that was started anew is no special case, and reads the files of the access again. One thread
/// at a time.
///     kubernetes shop{{.access = kubernetes_access::found(), .name = "shop"}};
///     sense<sample> source{{&sample::replicas, shop.replicas(), {.need = field_need::vital}}, ...};
///     pipeline host{pipeline_parts{source, policy, std::ref(shop), system_clock{}, journal{file}}, &sample::replicas};
class kubernetes {
 public:
  /// Throws std::invalid_argument, and file_error for a file that cannot be read. Nothing is asked yet.
  explicit kubernetes(kubernetes_options o) : options_(std::move(o)), server_(options_.access, options_.timeout_s) {
    const std::string_view kinds[][3] = {{"deployment", "Deployment", "deployments"},
                                         {"statefulset", "StatefulSet", "statefulsets"},
                                         {"replicaset", "ReplicaSet", "replicasets"}};
    for (const auto& [word, kind, plural] : kinds) {
      if (options_.kind != word) continue;
      kind_ = kind;
      plural_ = plural;
    }
    require(!kind_.empty(), "kubernetes", "kind", options_.kind, "be deployment, statefulset or replicaset");
    if (options_.name_space.empty()) options_.name_space = options_.access.name_space;
    if (options_.name_space.empty()) options_.name_space = "default";
    require_name("name", options_.name);
    require_name("name_space", options_.name_space);
    object_ = "/apis/apps/v1/namespaces/" + options_.name_space + '/' + plural_ + '/' + options_.name;
  }

  /// The replicas that are wanted now. Unknown if the server does not say; a workload that is not there is `empty`.
  /// One request. Does not throw.
  [[nodiscard]] reading read_replicas() {
    const auto scale = server_.look(object_ + "/scale", "Scale");
    if (!scale) return reading::none(server_.why());
    const std::optional<int> n = scale->wanted();
    if (!n) return unknown("its spec.replicas is no number of replicas");
    seen_uid_ = scale->uid();
    return reading::of(*n);
  }
  /// The replicas that are ready to serve. `empty` before its controller has looked at it for the first time. One
  /// request. Does not throw.
  [[nodiscard]] reading read_ready() {
    const auto object = server_.look(object_, kind_);
    if (!object) return reading::none(server_.why());
    const std::optional<int> n = object->ready();
    if (n) return reading::of(*n);
    server_.said = place() + ": its controller has not counted its ready replicas yet";
    return reading::none(unknown_why::empty);
  }
  /// The same as queries. This client must live longer than they, and stay where it is.
  [[nodiscard]] auto replicas() {
    return [this] { return read_replicas(); };
  }
  [[nodiscard]] auto ready() {
    return [this] { return read_ready(); };
  }

  /// Asks for `to` replicas, if the workload still wants `from` and is the one that `read_replicas` saw. It is read
  /// once more directly before, and the change is bound to that resourceVersion, so that a change of somebody else is
  /// never overwritten: `conflict`. What comes back must say `to`; everything else after the request was sent is
  /// `unknown`. One change, no further try; three or four requests, and none of them begins later than 2 `timeout_s`
  /// after the first. Does not throw.
  decision_outcome scale(int from, int to) { return change(from, to, false); }
  /// The same, and the server stores nothing (dryRun=All): whether it would take the change, for shadow. The owner is
  /// not looked at.
  decision_outcome rehearse(int from, int to) { return change(from, to, true); }

  /// Who else scales the workload, in a sentence; empty: nobody. Two requests: the HorizontalPodAutoscalers of the
  /// namespace, and KEDA's ScaledObjects. Throws std::runtime_error where the server does not say, because a guess
  /// would be one of two autoscalers that undo each other.
  [[nodiscard]] std::string owner() {
    const auto found = find_owner();
    if (!found) throw std::runtime_error("kubernetes: who else scales it is not known: " + server_.said);
    return *found;
  }

  /// Why the last question has no answer, or the last change did not happen, in a sentence; empty if all is well.
  [[nodiscard]] const std::string& said() const noexcept { return server_.said; }
  /// "the deployment shop/web at https://10.96.0.1:443".
  [[nodiscard]] std::string place() const {
    return "the " + options_.kind + ' ' + options_.name_space + '/' + options_.name + " at " + server_.root();
  }

 private:
  using seconds = std::chrono::duration<double>;

  static void require_name(std::string_view what, const std::string& name) {
    const bool possible = !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
                          name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == name.npos;
    require(possible, "kubernetes", what, name, "be a name of Kubernetes: lower-case letters, digits, - and .");
  }

  reading unknown(const char* sentence) {
    server_.said = place() + ": " + sentence;
    return reading::none(unknown_why::impossible);
  }

  // Empty: nobody; nothing: not known, and `server_.said` tells why.
  std::optional<std::string> find_owner() {
    struct {
      const char* api;
      const char* plural;
      const char* kind;
      bool everywhere;  // in every cluster
    } const both[] = {{"autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true},
                      {"keda.sh/v1alpha1", "scaledobjects", "ScaledObject", false}};
    for (const auto& one : both) {
      const internal::http_answer a =
          server_.ask("GET", std::string("/apis/") + one.api + "/namespaces/" + options_.name_space + '/' + one.plural);
      if (a.status == 404 && !one.everywhere) continue;
      if (a.status != 200) {
        server_.explain(a);
        if (a.status == 403) server_.said += "; grant the verb list on " + std::string(one.plural);
        return std::nullopt;
      }
      const auto list = internal::kubernetes_answer::of(a.body);
      if (!list || !list->is_list()) {
        server_.said = server_.root() + ": not a list of " + one.plural + ", or cut off";
        return std::nullopt;
      }
      const std::string name = list->who_scales(kind_, options_.name);
      if (!name.empty()) return std::string("the ") + one.kind + ' ' + name + " scales " + place();
    }
    return std::string();
  }

  decision_outcome change(int from, int to, bool only_try) {
    const auto refused = [&](const std::string& sentence) {
      server_.said = sentence;
      return decision_outcome::refused;
    };
    if (to < 0) return refused("kubernetes: replicas is " + to_text(to) + ", must be zero or more");
    const auto begin = std::chrono::steady_clock::now();
    if (options_.check_owner && !only_try) {
      const auto found = find_owner();
      if (!found) return decision_outcome::refused;
      if (!found->empty()) return refused(*found + ", so it is left alone");
    }
    const auto now = server_.look(object_ + "/scale", "Scale");
    if (!now) return decision_outcome::refused;
    const std::optional<int> wanted = now->wanted();
    const auto conflict = [&](const std::string& sentence) {
      server_.said = place() + ' ' + sentence;
      return decision_outcome::conflict;
    };
    if (!seen_uid_.empty() && now->uid() != seen_uid_) return conflict("was deleted and made anew since it was read");
    if (!wanted) return refused(place() + ": its spec.replicas is no number of replicas");
    if (*wanted != from) {
      return conflict("wants " + to_text(*wanted) + " replicas now and not " + to_text(from) +
                      ": somebody else scaled it");
    }
    if (seconds(std::chrono::steady_clock::now() - begin).count() > 2 * options_.timeout_s) {
      return refused(server_.root() + ": its answers took too long, so nothing was changed");
    }
    // Without one, the change would overwrite whatever is there.
    if (now->resource_version().empty()) return refused(place() + ": has no resourceVersion");
    const std::string body = R"({"metadata":{"resourceVersion":)" + internal::json_text(now->resource_version()) +
                             R"(},"spec":{"replicas":)" + to_text(to) + "}}";
    const internal::http_answer a =
        server_.ask("PATCH", object_ + "/scale?fieldManager=headroom" + (only_try ? "&dryRun=All" : ""), body);
    explain_change(a, to);
    if (server_.said.empty()) return decision_outcome::applied;
    if (a.status == 409) return decision_outcome::conflict;
    const bool known = (a.status >= 300 && a.status < 500) || (a.status == 0 && !server_.sent());
    return known ? decision_outcome::refused : decision_outcome::unknown;
  }
  void explain_change(const internal::http_answer& a, int to) {
    if (a.status != 200) return server_.explain(a);
    const auto after = internal::kubernetes_answer::of(a.body);
    if (!after || after->kind() != "Scale") {
      server_.said = server_.root() + ": not a Scale of Kubernetes, or cut off";
    } else if (after->wanted() != to) {
      server_.said = place() + " was asked for " + to_text(to) +
                     " replicas and wants another number: something on the server changed it";
    }
  }

  kubernetes_options options_;
  internal::kubernetes_server server_;
  std::string kind_{};
  std::string plural_{};
  std::string object_{};
  std::string seen_uid_{};
};

}  // namespace headroom
