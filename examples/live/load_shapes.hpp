#pragma once

#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/systems/scheduler/two_bumps.hpp>
#include <headroom/systems/scheduler/very_light.hpp>
#include <headroom/workloads/sinusoid.hpp>

/// The loads of the published request scheduler's tests, for whatever sends requests and whatever simulates them.
namespace live_load {

/// Requests a second at a time.
using rate = std::function<double(double t_s)>;

inline constexpr std::string_view shape_names = "low, medium, high (its sines with noise), two-bumps, very-light";

/// `duration_s` is that of the shape's two turns or two bumps; as published 1800 and 3600. The noise of a sine is drawn
/// anew each second, that of the bumps every ten. Throws std::invalid_argument.
[[nodiscard]] inline rate shape_named(const std::string& name, std::uint64_t seed, double duration_s,
                                      double peak_per_s = 18) {
  using namespace headroom;
  const auto sine = [&](double base, double amplitude, double deviation) {
    return sinusoid_load(
        seed,
        {.base_per_s = base, .amplitude_per_s = amplitude, .deviation_per_s = deviation, .duration_s = duration_s});
  };
  if (name == "low") return sine(2, 3, 1);
  if (name == "medium") return sine(5, 6, 1);
  if (name == "high") return sine(7, 9, 3);
  if (name == "two-bumps")
    return scheduler::two_bumps_load(seed, {.duration_s = duration_s, .maximum_per_s = peak_per_s});
  if (name == "very-light") return scheduler::very_light_load({.duration_s = duration_s});
  throw std::invalid_argument("--shape: there is no shape '" + name + "'; there are " + std::string(shape_names));
}

}  // namespace live_load
