#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil, std::lround
#include <string>     // std::string
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/observation.hpp>

#include "systems/farm/load.hpp"

/// A farm whose size follows a recorded load, instead of a load that is scaled to the published farm.
namespace tool {

using namespace headroom;

/// The highest phase of the published load, for which the published farm has 12 workers at first and 32 at most.
inline constexpr double published_peak_per_s = 7.5;
/// The farm has at most 4,096 workers.
inline constexpr double largest_peak_per_s = 960;

/// Gives a load a farm of its size, with a queue and a collector that keep up. In a larger one a move is of as many
/// workers as one is of 32, and they come all at once: one after another they would take hours.
inline void follow_load(farm_load& s, double peak_per_s) {
  s.size = peak_per_s / published_peak_per_s;
  const auto times = [&](int published, int least) {
    return std::max(least, static_cast<int>(std::ceil(published * s.size - 1e-9)));
  };
  s.farm.max_workers = std::min(4096, times(s.farm.max_workers, 4));
  s.farm.initial_workers = times(s.farm.initial_workers, 1);
  s.unit = std::max(1, static_cast<int>(std::lround(s.size)));
  if (s.unit > 1) s.farm.block_on_scaling = false;
  if (s.size > 1) {  // one queue and one collector, of 8 ms a request, would serve no more than 125 a second
    s.farm.polling.hop_s /= s.size;
    s.farm.polling.collector_poll_s /= s.size;
  }
}

/// What the farm of a load is, for the head of a table.
[[nodiscard]] inline std::string size_sentence(const farm_load& s) {
  std::string text = "a farm of " + to_text(s.farm.initial_workers) + " workers at first and " +
                     to_text(s.farm.max_workers) + " at most, as the load asks for";
  if (s.unit > 1) text += ", which move " + to_text(s.unit) + " at a time";
  return text + " (--trace-peak 8: the load scaled to the published farm, of 12 and 32)";
}

/// What the published farm would be at the same share of its size: what an encoder that was made for it must see.
[[nodiscard]] inline farm::observation as_published(farm::observation o, double size) {
  for (double* const count : {&o.worker_queue, &o.result_queue, &o.output_queue, &o.workers, &o.arrival_rate,
                              &o.enqueued_total, &o.unfinished}) {
    *count /= size;
  }
  return o;
}

/// An encoder that was made for the published farm, on a farm of another size.
template <class Encoder>
class sized {
 public:
  using state_type = typename Encoder::state_type;

  sized(Encoder encode, double size) : encode_(std::move(encode)), size_(size) {}

  state_type operator()(const farm::observation& o) {
    return size_ == 1 ? encode_(o) : encode_(as_published(o, size_));
  }
  [[nodiscard]] auto size() const requires requires(const Encoder& e) { e.size(); }
  { return encode_.size(); }
  [[nodiscard]] auto dimension() const requires requires(const Encoder& e) { e.dimension(); }
  { return encode_.dimension(); }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { Encoder::fields(self.encode_, a); }) Encoder::fields(self.encode_, a);
  }

 private:
  Encoder encode_;
  double size_;
};

}  // namespace tool
