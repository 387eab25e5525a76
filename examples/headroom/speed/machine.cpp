// What the machine itself takes: the yardsticks.
#include <algorithm>
#include <memory>
#include <utility>

#include <headroom/core/random.hpp>

#include "../../../bench/fma_peak.hpp"
#include "../../../bench/tabular_problem.hpp"
#include "speed/measure.hpp"

namespace tool::speed {

namespace {

// A ring through memory in random order, one stop in each line of 64 bytes: each address comes from the load before.
class ring {
 public:
  explicit ring(std::size_t bytes) : lines_(bytes / sizeof(line)) {
    std::vector<std::size_t> order(lines_.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    headroom::engine random(1, headroom::stream::workload);
    for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random.below(k)]);
    for (std::size_t k = 0; k < order.size(); ++k) lines_[order[k]].next = &lines_[order[(k + 1) % order.size()]];
    at_ = lines_.data();
  }
  std::uint64_t walk() {
    constexpr std::uint64_t loads = 65'536;
    const line* at = at_;
    for (std::uint64_t k = 0; k < loads; k += 8) {
      for (int unrolled = 0; unrolled < 8; ++unrolled) {
        at = at->next;
        asm volatile("" : "+r"(at));
      }
    }
    at_ = at;
    return loads;
  }

 private:
  struct alignas(64) line {
    const line* next = nullptr;
  };
  std::vector<line> lines_;
  const line* at_ = nullptr;
};

timed loads_of(const std::string& name, const std::string& in_short, std::size_t bytes) {
  const auto all = std::make_shared<ring>(bytes);
  return {name, in_short, [all] { return all->walk(); }};
}

// A branch for each of many bits. The asm in one arm keeps the compiler from a conditional move.
timed branches_of(const std::string& name, bool random_bits) {
  auto bits = std::make_shared<std::vector<unsigned char>>(65'536);
  headroom::engine random(2, headroom::stream::workload);
  for (unsigned char& bit : *bits) bit = random_bits ? static_cast<unsigned char>(random.below(2)) : 1;
  return {name, "misprediction", [bits] {
            std::size_t sum = 0;
            for (const unsigned char bit : *bits) {
              if (bit != 0) {
                ++sum;
                asm volatile("" : "+r"(sum));
              }
            }
            keep(sum);
            return std::uint64_t{65'536};
          }};
}

timed bare(const std::string& name, const sizes& s, bool jump) {
  struct held {
    tabular_problem::recording log;
    std::vector<double> q;
  };
  const auto all = std::make_shared<held>(
      held{tabular_problem::recording(s.states, s.actions, jump), std::vector<double>(s.states * s.actions)});
  static volatile double rate_of_all = 0.1;
  static volatile double discount_of_all = 0.99;
  return {name, "bare loop", [all, width = s.actions] {
            const double rate = rate_of_all;
            const double discount = discount_of_all;
            tabular_problem::bare_loop(all->q, all->log, width, rate, discount);
            keep(all->q);
            return std::uint64_t{tabular_problem::recorded - 1};
          }};
}

}  // namespace

std::vector<timed> machine_itself(const sizes& s) {
  const fma_peak::widest widest = fma_peak::find();
  return {loads_of("a load from L1 that waits for the one before", "L1 load", 16 * 1024),
          loads_of("a load from L2 that waits for the one before", "L2 load", 256 * 1024),
          branches_of("a branch that was mispredicted", true),
          {"a multiplication with its addition, at the peak", "peak",
           [widest] {
             widest.run();
             return static_cast<std::uint64_t>(fma_peak::operations(widest)) / 2;
           }},
          bare("a table's update as a bare loop, walk", s, false),
          bare("a table's update as a bare loop, jump", s, true)};
}

timed predicted_branch() { return branches_of("a branch that was predicted", false); }

}  // namespace tool::speed
