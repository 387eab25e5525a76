#pragma once

#include <filesystem>   // std::filesystem::path
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/environments/duration.hpp>
#include <headroom/environments/service_options.hpp>

/// How a user writes what a service is, in a file and on the command line. `key` is what errors name. All throw
/// std::invalid_argument.
namespace tool {

/// 0.2 or constant:0.2, exponential:0.2, gamma:0.2/0.5, lognormal:0.2/1.5 (mean in seconds and standard deviation
/// divided by it), never, or file:times.csv, which holds one measured duration a line. A relative file is looked for in
/// `folder`.
[[nodiscard]] headroom::duration duration_in(std::string_view key, const std::string& text,
                                             const std::filesystem::path& folder);

/// p95<0.5: 95 % of the requests are answered within 0.5 s.
struct objective {
  double level = 0.99;
  double bound_s = 1;
};
[[nodiscard]] objective objective_in(std::string_view key, const std::string& text);

/// shared-queue, queue-each or processor-sharing.
[[nodiscard]] headroom::discipline discipline_in(std::string_view key, const std::string& text);
/// round-robin, least-outstanding or random-of-two.
[[nodiscard]] headroom::balancer balancer_in(std::string_view key, const std::string& text);

}  // namespace tool
