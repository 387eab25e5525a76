#include <headroom/neural/adam.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/flush_denormals.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// A file of Adam's that anybody could write.
struct made_up {
  double decay1 = 0.9;
  double decay2 = 0.999;
  double epsilon = 1e-8;
  std::uint64_t steps = 1;
  std::vector<float> first = std::vector<float>(32);
  std::vector<float> second = std::vector<float>(32);

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("decay1", self.decay1);
    a.same("decay2", self.decay2);
    a.same("epsilon", self.epsilon);
    a("steps", self.steps);
    a("first_moment", self.first);
    a("second_moment", self.second);
  }
};

}  // namespace

TEST_CASE("Two steps of Adam worked by hand") {
  internal::aligned_vector<double> w(16, 1.0);
  internal::aligned_vector<double> g(16, 0.5);
  adam<double> optimiser{16, {}};
  CHECK(optimiser.step(w, g, 0.1) == Approx(2));  // the norm of sixteen halves
  CHECK(w[3] == Approx(1 - 0.1 * 0.5 / (0.5 + 1e-8)).epsilon(1e-14));
  g.assign(16, -0.25);
  optimiser.step(w, g, 0.1);
  const double m = (0.9 * 0.05 + 0.1 * -0.25) / (1 - 0.81);
  const double v = (0.999 * 0.00025 + 0.001 * 0.0625) / (1 - 0.998001);
  CHECK(w[3] == Approx(1 - 0.1 * 0.5 / (0.5 + 1e-8) - 0.1 * m / (std::sqrt(v) + 1e-8)).epsilon(1e-14));
  CHECK(optimiser.steps() == 2);
}

TEST_CASE("Two hundred steps follow the plain formulas, clipped, with a target behind") {
  constexpr std::size_t n = 48;
  engine random{1};
  internal::aligned_vector<double> w(n);
  internal::aligned_vector<double> g(n);
  for (double& x : w) x = uniform(random, -1, 1);
  internal::aligned_vector<double> target = w;
  std::vector<double> p(w.begin(), w.end());
  std::vector<double> t = p;
  std::vector<double> m(n);
  std::vector<double> v(n);
  adam<double> optimiser{n, {.decay1 = 0.8, .decay2 = 0.95, .epsilon = 1e-3}};
  for (int step = 1; step <= 200; ++step) {
    const double size = step % 3 == 0 ? 5.0 : 0.1;  // some are clipped and some are not
    double squares = 0;
    for (double& x : g) {
      x = uniform(random, -size, size);
      squares += x * x;
    }
    const double norm = std::sqrt(squares);
    const double scale = norm > 3 ? 3 / (norm + 1e-6) : 1;
    CHECK(optimiser.step(w, g, 0.01, {.largest_norm = 3, .target = target, .target_rate = 0.1}) ==
          Approx(norm).epsilon(1e-12));
    for (std::size_t i = 0; i < n; ++i) {
      const double x = g[i] * scale;
      m[i] = 0.8 * m[i] + 0.2 * x;
      v[i] = 0.95 * v[i] + 0.05 * x * x;
      p[i] -= 0.01 * (m[i] / (1 - std::pow(0.8, step))) / (std::sqrt(v[i] / (1 - std::pow(0.95, step))) + 1e-3);
      t[i] += 0.1 * (p[i] - t[i]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(w[i] == Approx(p[i]).margin(1e-12));
    CHECK(target[i] == Approx(t[i]).margin(1e-12));
  }
}

TEST_CASE("A gradient that is not finite changes nothing at all") {
  internal::aligned_vector<float> w(16, 1.0F);
  internal::aligned_vector<float> target(16, 2.0F);
  internal::aligned_vector<float> g(16, 0.5F);
  adam<float> optimiser{16, {}};
  const auto step = [&] { return optimiser.step(w, g, 0.1, {.target = target, .target_rate = 0.5}); };
  step();
  const auto kept = w;
  const auto kept_target = target;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F}) {
    g.assign(16, 0.5F);
    g[7] = bad;
    CHECK_FALSE(std::isfinite(step()));
    CHECK(w == kept);
    CHECK(target == kept_target);
    CHECK(optimiser.steps() == 1);
  }
  // And it goes on where it was: as if the bad ones had not been.
  adam<float> other{16, {}};
  internal::aligned_vector<float> same(16, 1.0F);
  g.assign(16, 0.5F);
  other.step(same, g, 0.1);
  other.step(same, g, 0.1);
  step();
  CHECK(w == same);
}

// Why flush_denormals is there: 0.9 of the smallest float rounds to the smallest float.
TEST_CASE("The moments of a dead unit fade to zero under the guard, and never do without it") {
  for (const bool guarded : {false, true}) {
    internal::aligned_vector<float> w(16, 0.0F);
    internal::aligned_vector<float> g(16, 0.5F);
    adam<float> optimiser{16, {}, instruction_set::baseline};
    optimiser.step(w, g, 0.0);
    g.assign(16, 0.0F);
    for (int k = 0; k < 3'000; ++k) {
      if (guarded) {
        const flush_denormals guard;
        optimiser.step(w, g, 0.0);
      } else {
        optimiser.step(w, g, 0.0);
      }
    }
    // A further step with a learning rate beyond reason shows what is left of the first moment.
    optimiser.step(w, g, 1e30);
    CHECK((w[0] == 0) == guarded);
  }
}

TEST_CASE("A step takes no memory") {
  internal::aligned_vector<float> w(64, 1.0F);
  internal::aligned_vector<float> g(64, 0.5F);
  adam<float> optimiser{64, {}};
  CHECK(allocations_in([&] { optimiser.step(w, g, 0.1); }) == 0);
  CHECK(w[0] < 1);
}

TEST_CASE("Adam refuses what makes no sense") {
  CHECK_THROWS_WITH((adam<float>{15, {}}), "adam: number of parameters is 15, must be a positive multiple of 16");
  CHECK_THROWS_WITH((adam<float>{16, {.decay1 = 1}}), "adam: decay1 is 1, must be in [0, 1)");
  CHECK_THROWS_WITH((adam<float>{16, {.decay2 = std::nan("")}}), "adam: decay2 is nan, must be in [0, 1)");
  CHECK_THROWS_WITH((adam<float>{16, {.epsilon = 0}}), "adam: epsilon is 0, must be positive and finite");
}

TEST_CASE("Moments that no gradients lead to are refused when a file is read") {
  // The moments of real gradients, growing, shrinking, alternating and tiny, are accepted.
  engine random(3);
  adam<float> trained{32, {}};
  internal::aligned_vector<float> w(32, 0.0F);
  internal::aligned_vector<float> g(32);
  const auto accepted = [&] {
    checkpoint c;
    store(trained, c, "adam");
    adam<float> restored{32, {}};
    restore(restored, c, "adam");
    CHECK(restored.steps() == trained.steps());
  };
  for (int k = 0; k < 3'000; ++k) {
    for (std::size_t i = 0; i < g.size(); ++i) {
      const double size = std::pow(10.0, static_cast<double>(i % 8) * 5 - 25 + (k < 1'500 ? 0 : 5));
      g[i] = static_cast<float>(size * (i < 8 ? 1 : i < 16 ? (k % 2 ? 1 : -1) : uniform(random, -1, 1)));
    }
    trained.step(w, g, 1e-3);
    if (k < 5 || k % 500 == 499 || (k >= 1'500 && k < 1'510)) accepted();
  }
  const auto refused = [](float first, float second, std::uint64_t steps) {
    made_up file;
    file.steps = steps;
    file.first[5] = first;
    file.second[5] = second;
    checkpoint bad;
    store(file, bad, "adam");
    adam<float> restored{32, {}};
    try {
      restore(restored, bad, "adam");
    } catch (const checkpoint_error& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  const std::string unreachable = "must lie within what gradients can lead to, given the second moment";
  CHECK(refused(0, 0, 7) == "nothing");
  CHECK(refused(0, -1e-3F, 7).ends_with("must not be negative"));
  CHECK(refused(7.2F, 1, 7) == "nothing");  // the bound is 7.27 times the root of the second moment
  CHECK(refused(7.4F, 1, 7).ends_with(unreachable));
  CHECK(refused(-7.4F, 1, 7).ends_with(unreachable));
  CHECK(refused(1, 0, 7).ends_with(unreachable));
  CHECK(refused(0, 0, std::numeric_limits<std::uint64_t>::max()).ends_with("must be at most 1000000000000000"));
}
