// A pitfall: a mean of windows is not the service level. A window with two finished requests counts as much as one with
// sixty. So the quiet windows outweigh the busy ones, in which requests are late.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/run/evaluate.hpp>

namespace {

using namespace headroom;

// [score]
struct both_means {
  static constexpr std::array<std::string_view, 2> names{"mean of windows", "of requests"};
  double sum = 0;
  double windows = 0;
  double final_qos = 0;

  void on_start(const farm::observation&) { *this = {}; }
  template <class Record>
  void on_step(const Record& r) {
    sum += r.next.qos_rate;
    ++windows;
    final_qos = r.next.final_qos;
  }
  [[nodiscard]] std::array<double, 2> values() const { return {sum / windows, final_qos}; }
};
// [score]

}  // namespace

int main() {
  const auto seeds = seed_range(1000, 200);
  std::printf("in time, %%            mean of windows   of requests\n");
  for (const int n : {10, 11, 12, 14, 16}) {
    constant policy{n, &farm::observation::workers, {.maximum = 32, .max_up = 1, .max_down = 1}};
    const evaluation e =
        evaluate([](std::uint64_t seed) { return farm::environment(seed); }, policy, seeds, both_means{});
    std::printf("constant, %2d workers %16.2f %13.2f\n", n, 100 * e.summarized("mean of windows").mean,
                100 * e.summarized("of requests").mean);
  }
}
