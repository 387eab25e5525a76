#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

namespace tool {

/// What a restart of `headroom run` goes on from: the pipeline with its guards, and the time of the observation.
/// Written after each decision, all or nothing.
struct live_state {
  std::string policy{};      ///< live_setup::identity()
  double observed_s = 0;     ///< time of the observation
  double wall_s = 0;         ///< s since 1970, at the same moment
  std::uint64_t number = 0;  ///< decisions of the process that wrote it

  template <class Host>
  void save(const Host& host, const std::filesystem::path& file) const {
    headroom::checkpoint c;
    c.set("kind", "headroom run");
    c.set("policy", policy);
    c.set("observed_s", observed_s);
    c.set("wall_s", wall_s);
    c.set("number", number);
    headroom::store(host, c, "pipeline");
    headroom::save(c, file);
  }
  /// Throws checkpoint_error for a file that is no such state.
  [[nodiscard]] static live_state in(const headroom::checkpoint& c) {
    if (!c.has("kind") || c.text("kind") != "headroom run")
      throw headroom::checkpoint_error(c.source(), "is no state of headroom run");
    return {c.text("policy"), c.setting<double>("observed_s"), c.setting<double>("wall_s"),
            c.setting<std::uint64_t>("number")};
  }
};

}  // namespace tool
