#pragma once

#include <cstddef>      // std::size_t
#include <functional>   // std::function
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/internal/form_text.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/kubernetes_answer.hpp>
#include <headroom/ext/internal/kubernetes_server.hpp>
#include <headroom/ext/kubernetes_access.hpp>

/// Objects of any kind on an API server of Kubernetes, for an operator. Needs the CMake component `kubernetes`.
namespace headroom {

/// Which kind of object: {"apps/v1", "deployments"}, {"v1", "pods"}, {"shop.example/v1", "tuners"}.
struct kubernetes_kind {
  std::string api;     ///< group and version, of the core group the version alone
  std::string plural;  ///< the name in the path
};

/// What a server says to one request.
struct kubernetes_result {
  int status = 0;                  ///< of HTTP; 0: no answer came
  internal::config_node object{};  ///< the object, the list or the Status; numbers are the texts as they are written
  std::string said{};              ///< why it is not as wanted, in a sentence; empty if it is

  [[nodiscard]] bool good() const noexcept { return said.empty(); }
  [[nodiscard]] bool absent() const noexcept { return status == 404; }
  /// Somebody else changed it, or made it: read it anew.
  [[nodiscard]] bool conflict() const noexcept { return status == 409; }
  /// A watch must begin anew with a list: the server does not remember this version any more.
  [[nodiscard]] bool too_old() const noexcept { return status == 410; }
  /// metadata.resourceVersion, of the object or the list.
  [[nodiscard]] std::string version() const { return object.text_at({"metadata", "resourceVersion"}); }
};

/// One change that a watch tells of.
struct kubernetes_event {
  std::string type;                     ///< ADDED, MODIFIED, DELETED or BOOKMARK (only the version counts)
  const internal::config_node& object;  ///< as it is after the change; of DELETED as it was
};

/// A client of objects by kind, namespace and name; an empty namespace is for kinds without one, and for lists and
/// watches over all. A body is a JSON text. Each call is one request on a connection of its own and reads the files of
/// the access again; none but the constructor throws, except for a name that is none. One thread at a time.
///     kubernetes_objects cluster{kubernetes_access::found()};
///     const kubernetes_kind deployments{"apps/v1", "deployments"};
///     const kubernetes_result shop = cluster.get(deployments, "default", "shop");
///     if (shop.good()) cluster.merge_patch(deployments, "default", "shop", R"({"spec":{"replicas":3}})");
class kubernetes_objects {
 public:
  /// Throws std::invalid_argument, and file_error for a file that cannot be read. Nothing is asked yet. `manager` is
  /// the name under which the server notes who wrote a field.
  explicit kubernetes_objects(kubernetes_access access, double timeout_s = 5, std::string manager = "headroom")
      : server_(std::move(access), timeout_s), manager_(std::move(manager)) {
    require(is_name(manager_), "kubernetes_objects", "manager", manager_, law);
  }

  [[nodiscard]] kubernetes_result get(const kubernetes_kind& kind, std::string_view name_space, std::string_view name) {
    return answered(server_.ask("GET", path(kind, name_space, name)));
  }
  /// All of one kind, or those whose labels fit `selector` ("app=shop,tier in (web)"). object.find("items") are they;
  /// version() is where a watch goes on.
  [[nodiscard]] kubernetes_result list(const kubernetes_kind& kind, std::string_view name_space,
                                       std::string_view selector = {}) {
    kubernetes_result r = answered(server_.ask("GET", path(kind, name_space, {}) + asked_of(selector)));
    const internal::config_node* const items = r.object.find("items");
    if (r.good() && (items == nullptr || items->is != internal::config_node::kind::list)) {
      r.said = server_.root() + ": not a list of " + kind.plural + ", or cut off";
    }
    return r;
  }
  /// Makes it; conflict() if one of this name is there already.
  kubernetes_result create(const kubernetes_kind& kind, std::string_view name_space, std::string body) {
    return answered(server_.ask("POST", path(kind, name_space, {}) + by(), std::move(body), "application/json"));
  }
  /// Replaces what the body names; null removes, lists are replaced as a whole (RFC 7386). With
  /// metadata.resourceVersion in the body it is conflict() where somebody else wrote since.
  kubernetes_result merge_patch(const kubernetes_kind& kind, std::string_view name_space, std::string_view name,
                                std::string body) {
    return patch(path(kind, name_space, name), std::move(body), "application/merge-patch+json");
  }
  /// The same of the subresource /status.
  kubernetes_result status_patch(const kubernetes_kind& kind, std::string_view name_space, std::string_view name,
                                 std::string body) {
    return patch(path(kind, name_space, name) + "/status", std::move(body), "application/merge-patch+json");
  }
  /// The same for kinds of Kubernetes itself: what a list holds is found by its name, a container or a variable for
  /// instance, and what the body does not name stays.
  kubernetes_result strategic_patch(const kubernetes_kind& kind, std::string_view name_space, std::string_view name,
                                    std::string body) {
    return patch(path(kind, name_space, name), std::move(body), "application/strategic-merge-patch+json");
  }
  /// Deletes it. absent() if it is not there. One with a finaliser stays until that is taken off.
  kubernetes_result erase(const kubernetes_kind& kind, std::string_view name_space, std::string_view name) {
    return answered(server_.ask("DELETE", path(kind, name_space, name)));
  }

  /// Calls `each` for every change after `version` for at most about `seconds`, or until it returns false. The result's
  /// version() is where the next watch goes on. It is good() also where nothing happened; too_old() where a list must
  /// come first. What is no event ends it, and so does an exception of `each`, whose sentence said is.
  kubernetes_result watch(const kubernetes_kind& kind, std::string_view name_space, std::string_view version,
                          double seconds, const std::function<bool(const kubernetes_event&)>& each,
                          std::string_view selector = {}) {
    require(seconds >= 1 && seconds <= 3600, "kubernetes_objects", "seconds", seconds, "be from 1 to 3600");
    std::string query = asked_of(selector);
    query += query.empty() ? '?' : '&';
    query +=
        "watch=1&allowWatchBookmarks=true&timeoutSeconds=" + to_text(static_cast<int>(seconds)) + "&" + since(version);
    kubernetes_result end;
    std::string last(version);
    bool broken = false;
    const internal::http_answer a = server_.stream(path(kind, name_space, {}) + query, seconds, [&](std::string& come) {
      for (std::size_t line = come.find('\n'); line != come.npos; line = come.find('\n')) {
        const auto event = internal::config_node::of_json(std::string_view(come).substr(0, line));
        come.erase(0, line + 1);
        const internal::config_node* const object = event ? event->find("object") : nullptr;
        const std::string type = event ? event->text_of("type") : std::string();
        broken = object == nullptr || type.empty();
        if (broken) return false;
        if (type == "ERROR") {
          end.object = *object;
          end.status = object->text_of("code") == "410" ? 410 : 500;
          return false;
        }
        last = object->text_at({"metadata", "resourceVersion"});
        if (!each({type, *object})) return false;
      }
      return true;
    });
    if (end.status != 0) {
      end.said = server_.root() + ": the watch ended: " + end.object.text_of("message");
      return end;
    }
    if (a.status == 0) return with_version(answered(a), last);  // cut off; what came before counts
    if (a.status != 200) return answered(a);
    if (broken) return {a.status, {}, server_.root() + ": no event of " + kind.plural};
    end.status = 200;
    return with_version(std::move(end), last);
  }

  /// "https://10.96.0.1:443".
  [[nodiscard]] const std::string& root() const noexcept { return server_.root(); }
  /// /apis/apps/v1/namespaces/NAME_SPACE/PLURAL/NAME; without a name, of all of them. Throws std::invalid_argument.
  [[nodiscard]] static std::string path(const kubernetes_kind& kind, std::string_view name_space,
                                        std::string_view name) {
    const std::size_t slash = kind.api.find('/');
    require(is_name(std::string_view(kind.api).substr(0, slash)) &&
                (slash == kind.api.npos || is_name(std::string_view(kind.api).substr(slash + 1))),
            "kubernetes_objects", "api", kind.api, "be group/version, or a version");
    require(is_name(kind.plural), "kubernetes_objects", "plural", kind.plural, law);
    require(name_space.empty() || is_name(name_space), "kubernetes_objects", "name_space", name_space, law);
    require(name.empty() || is_name(name), "kubernetes_objects", "name", name, law);
    std::string p = (slash == kind.api.npos ? "/api/" : "/apis/") + kind.api;
    if (!name_space.empty()) p.append("/namespaces/").append(name_space);
    p.append(1, '/').append(kind.plural);
    if (!name.empty()) p.append(1, '/').append(name);
    return p;
  }

 private:
  static constexpr const char* law = "be a name of Kubernetes: lower-case letters, digits, - and .";

  [[nodiscard]] static bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == name.npos;
  }
  [[nodiscard]] static std::string asked_of(std::string_view selector) {
    if (selector.empty()) return {};
    std::string form;
    internal::add_to_form(form, "labelSelector", selector);
    return '?' + form;
  }
  [[nodiscard]] static std::string since(std::string_view version) {
    std::string form;
    internal::add_to_form(form, "resourceVersion", version);
    return form;
  }
  [[nodiscard]] std::string by() const { return "?fieldManager=" + manager_; }
  [[nodiscard]] static kubernetes_result with_version(kubernetes_result r, std::string version) {
    using node = internal::config_node;
    node metadata{node::kind::map, {}, {{"resourceVersion", {node::kind::text, std::move(version), {}}}}};
    r.object = {node::kind::map, {}, {{"metadata", std::move(metadata)}}};
    return r;
  }
  kubernetes_result patch(const std::string& path, std::string body, const char* type) {
    return answered(server_.ask("PATCH", path + by(), std::move(body), type));
  }
  [[nodiscard]] kubernetes_result answered(const internal::http_answer& a) {
    kubernetes_result r;
    r.status = a.status;
    if (auto object = internal::config_node::of_json(a.body)) r.object = *std::move(object);
    const bool success = a.status >= 200 && a.status < 300;
    if (a.status != 0 && !success) server_.explain(a);
    if (success && r.object.text_of("kind").empty()) {
      server_.said = server_.root() + ": not an object of Kubernetes, or cut off";
    }
    r.said = server_.said;
    return r;
  }

  internal::kubernetes_server server_;
  std::string manager_;
};

}  // namespace headroom
