#include <headroom/neural/surrogate.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

const std::array<double, 2> even{std::log(0.5), std::log(0.5)};
const std::array<double, 2> odd{std::log(0.75), std::log(0.25)};

}  // namespace

TEST_CASE("surrogate: the ratio is clipped where leaving 1 would pay, and only there") {
  // The first action's ratio is 1.5, the second's 0.5; the bounds are 0.8 and 1.2.
  std::array<double, 2> slope{};
  const surrogate_weights w{.clip = 0.2};
  const auto at = [&](std::size_t action, double advantage) {
    return surrogate<double>(odd, even, action, advantage, w, slope);
  };
  auto t = at(0, 2);  // already more probable by half: no more
  CHECK(t.ratio == Approx(1.5));
  CHECK(t.clipped);
  CHECK(t.loss == Approx(-1.2 * 2));
  CHECK(slope == std::array<double, 2>{0, 0});
  t = at(0, -2);  // was a mistake: back at full weight, although beyond the bound
  CHECK_FALSE(t.clipped);
  CHECK(t.loss == Approx(1.5 * 2));
  CHECK(slope[0] == Approx(1.5 * 2 * (1 - 0.75)));
  CHECK(slope[1] == Approx(1.5 * 2 * (0 - 0.25)));
  t = at(1, -2);  // already less probable by half: no less
  CHECK(t.ratio == Approx(0.5));
  CHECK(t.clipped);
  CHECK(t.loss == Approx(0.8 * 2));
  CHECK(slope == std::array<double, 2>{0, 0});
  t = at(1, 2);
  CHECK_FALSE(t.clipped);
  CHECK(t.loss == Approx(-0.5 * 2));
  CHECK(slope[1] == Approx(-0.5 * 2 * (1 - 0.25)));
}

TEST_CASE("surrogate: bonus and penalty, by hand") {
  std::array<double, 2> slope{};
  const double entropy = -(0.75 * std::log(0.75) + 0.25 * std::log(0.25));
  const double divergence = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
  const auto t = surrogate<double>(odd, even, 0, 0, {.clip = 0.2, .entropy = 0.1, .penalty = 3}, slope);
  CHECK(t.entropy == Approx(entropy));
  CHECK(t.divergence == Approx(divergence));
  CHECK(t.loss == Approx(-0.1 * entropy + 3 * divergence));
  CHECK(slope[0] == Approx(0.1 * 0.75 * (std::log(0.75) + entropy) + 3 * (0.75 - 0.5)));
  CHECK(slope[0] + slope[1] == Approx(0).margin(1e-12));  // a constant added to all logits changes nothing
}

TEST_CASE("surrogate: what is not a number shows in the loss") {
  std::array<double, 2> slope{};
  const double nan = std::nan("");
  const std::array<double, 2> broken{nan, nan};
  CHECK(std::isnan(surrogate<double>(broken, even, 0, 1, {}, slope).loss));
  CHECK(std::isnan(surrogate<double>(even, even, 0, nan, {}, slope).loss));
  const std::array<double, 2> unheard_of{-800, 0};  // and yet drawn: a ratio beyond all numbers
  CHECK(surrogate<double>(even, unheard_of, 0, -1, {}, slope).loss == std::numeric_limits<double>::infinity());
}

TEST_CASE("value_loss: the squared error, and what each clipping takes off") {
  const auto plain = value_loss(3, 1, 0, value_clipping::none, 0.1);
  CHECK(plain.loss == 4);
  CHECK(plain.slope == 4);
  // RLlib's: an error of 2 is beyond a bound of 3 on its square.
  const auto capped = value_loss(3, 1, 0, value_clipping::squared_error, 3);
  CHECK(capped.loss == 3);
  CHECK(capped.slope == 0);
  CHECK(value_loss(3, 1, 0, value_clipping::squared_error, 5).slope == 4);
  // OpenAI's: moved from 3 to 2 towards 1, where only 2.5 is allowed: nothing to be gained.
  const auto held = value_loss(2, 1, 3, value_clipping::around_old, 0.5);
  CHECK(held.loss == 1.5 * 1.5);
  CHECK(held.slope == 0);
  CHECK(value_loss(2.6, 1, 3, value_clipping::around_old, 0.5).slope == Approx(3.2));  // not yet so far
  CHECK(value_loss(4, 1, 3, value_clipping::around_old, 0.5).slope == 6);              // the wrong way: back
  CHECK(std::isnan(value_loss(std::nan(""), 1, 3, value_clipping::around_old, 0.5).loss));
}

TEST_CASE("surrogate: through a network, the gradient is that of the loss, by finite differences in double") {
  constexpr std::size_t samples = 12;
  constexpr std::size_t actions = 4;
  const std::uint64_t without_second = 0b1101;
  engine random(3);
  for (const auto hidden : {activation::tanh, activation::relu}) {
    mlp<double> net{{3, 8, 6, actions + 1}, hidden, random};
    mlp_batch<double> batch{net, samples, true};
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
      for (std::ptrdiff_t j = 0; j < static_cast<std::ptrdiff_t>(samples); ++j) batch.input()(i, j) = normal(random);
    }
    // Decisions of another policy, so that ratios are all over the place; one in three under a mask.
    const auto mask = [&](std::size_t j) { return j % 3 == 0 ? action_mask{&without_second} : action_mask{}; };
    std::vector<std::array<double, actions>> drawn(samples);
    std::vector<std::size_t> action(samples);
    std::vector<double> advantage(samples), target(samples), old(samples);
    for (std::size_t j = 0; j < samples; ++j) {
      std::array<double, actions> logits{};
      for (auto& x : logits) x = normal(random, 0, 0.4);
      categorical::log_probabilities(logits.data(), 1, mask(j), drawn[j]);
      action[j] = to_size(categorical::draw(drawn[j], random));
      advantage[j] = normal(random);
      target[j] = normal(random);
      old[j] = normal(random);
    }
    int clipped = 0;
    const surrogate_weights w{.clip = 0.2, .entropy = 0.05, .penalty = 0.7};
    const auto loss = [&](bool with_slopes) {
      batch.forward(net);
      const auto out = batch.output();
      const std::size_t stride = batch.stride();
      double sum = 0;
      clipped = 0;
      for (std::size_t j = 0; j < samples; ++j) {
        std::array<double, actions> now{}, slope{};
        categorical::log_probabilities(out.data() + j, stride, mask(j), now);
        const auto t = surrogate<double>(now, drawn[j], action[j], advantage[j], w, slope);
        const auto v = value_loss(out(actions, static_cast<std::ptrdiff_t>(j)), target[j], old[j],
                                  value_clipping::around_old, 0.3);
        sum += t.loss + 0.5 * v.loss;
        clipped += t.clipped;
        if (!with_slopes) continue;
        for (std::size_t a = 0; a < actions; ++a) batch.output_gradient().data()[a * stride + j] = slope[a];
        batch.output_gradient().data()[actions * stride + j] = 0.5 * v.slope;
      }
      return sum;
    };
    std::vector<double, internal::aligned_allocator<double>> gradient(net.parameters().size());
    loss(true);
    CHECK(clipped > 0);
    CHECK(clipped < static_cast<int>(samples));
    batch.backward(net, gradient);
    const auto p = net.parameters();
    int moved = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (gradient[i] == 0) continue;  // padding, or a unit that is off
      constexpr double h = 1e-6;
      const double was = p[i];
      p[i] = was + h;
      const double high = loss(false);
      p[i] = was - h;
      const double low = loss(false);
      p[i] = was;
      REQUIRE(gradient[i] == Approx((high - low) / (2 * h)).epsilon(1e-5).margin(1e-7));
      ++moved;
    }
    CHECK(moved > 70);
  }
}
