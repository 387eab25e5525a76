#pragma once

#include <array>     // std::array
#include <cstddef>   // std::size_t
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/ext/internal/config_node.hpp>

/// TeaStore live: what of a Deployment is turned, and how it is found. The published code turned container 0 and
/// variable 2; a sidecar in front of either changed what was turned. Here both have names.
namespace live_teastore {

/// Where the three knobs of a shop are.
struct knob_names {
  std::string name_space = "default";
  std::string deployment{};
  std::string container{};
  std::string heap_variable = "JAVA_TOOL_OPTIONS";  ///< its value holds -Xmx, among other options
};

/// What is written there: texts, so that they can be put back as they were.
struct knob_values {
  int replicas = 0;
  std::optional<std::string> cpu{};   ///< resources.limits.cpu of the container
  std::optional<std::string> heap{};  ///< value of the variable

  friend bool operator==(const knob_values&, const knob_values&) = default;
};

/// A configuration of the published table: replicas, heap in MB, CPU limit in millicores.
struct configuration {
  int replicas = 0;
  int heap = 0;
  int cpu = 0;

  friend bool operator==(const configuration&, const configuration&) = default;
  [[nodiscard]] std::string text() const;  ///< "9 replicas, heap 100 MB, cpu 100 m"
  [[nodiscard]] std::string json() const;  ///< {"replicas":9,"heap":100,"cpu":100}
};

/// The published numbering of moves: 0 holds; 1 and 2 add and remove a replica, 3 and 4 a place of heap, 5 and 6 a
/// place of CPU. Nothing for a move off the published grid, 1 to 9 replicas, 100 to 900 MB and millicores.
inline constexpr std::size_t moves = 7;
[[nodiscard]] std::optional<configuration> moved(const configuration& from, std::size_t move);

/// A Deployment as one answer of the API server shows it.
struct seen_deployment {
  knob_values values{};
  std::string version{};              ///< resourceVersion
  std::optional<knob_values> note{};  ///< what we wrote last, by our annotation
  bool rolled_out = false;            ///< its controller has seen what is written, and all pods are of it and ready
  int ready = 0;
};
/// Throws std::runtime_error for a Deployment without that container.
[[nodiscard]] seen_deployment look(const headroom::internal::config_node& deployment, const knob_names& names);

/// Of a quantity of CPU ("500m", "0.5", "2") and of the options of a JVM ("-Xss1m -Xmx500M"); nothing where they say
/// no whole number of it. Where -Xmx stands twice the JVM takes the last, and so does this.
[[nodiscard]] std::optional<int> millicores(const std::string& quantity);
[[nodiscard]] std::optional<int> heap_mb(const std::string& options);
/// The same options with another -Xmx.
[[nodiscard]] std::string with_heap(const std::string& options, int mb);

/// The configuration that is written; nothing, and `why` says it, where a knob is not set or is no number.
[[nodiscard]] std::optional<configuration> configuration_of(const knob_values& v, const knob_names& names,
                                                            std::string& why);
/// What to write for it: everything else in the options of the JVM stays.
[[nodiscard]] knob_values values_of(const configuration& c, const knob_values& now);

/// The annotation that keeps what was written last, with the change itself: so a host that dies between a change and
/// its own notes still knows which knobs are its.
inline constexpr const char* note_name = "teastore.headroom.example/applied";

/// A strategic merge that writes `to`, and takes away what `to` does not have, if nobody wrote since `version` (empty:
/// whoever wrote). `keep_note` false: the annotation is taken off, because nothing here is ours any more.
[[nodiscard]] std::string patch_of(const knob_values& to, const knob_names& names, const std::string& version,
                                   bool keep_note = true);
/// {"replicas":9,"cpu":"100m","heapValue":"-Xmx100M"}, and what stands there; null for what is not set.
[[nodiscard]] std::string json_of(const knob_values& v);
[[nodiscard]] std::optional<knob_values> values_in(const headroom::internal::config_node* json);

}  // namespace live_teastore
