#pragma once

#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <span>         // std::span
#include <string>       // std::string
#include <tuple>        // std::apply, std::tuple
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

#include <headroom/explorations/best_of.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/mlp.hpp>

namespace headroom {

/// A trained classifier as plain numbers, as a table or a file would list them: y = relu(x W + b) for each layer but
/// the last, which is linear; x is (input - mean) / scale.
struct classifier_numbers {
  struct layer {
    std::vector<std::vector<double>> weights;  ///< (inputs, outputs)
    std::vector<double> bias;                  ///< (outputs)
  };
  std::vector<double> mean;   ///< of each input
  std::vector<double> scale;  ///< of each input, above 0
  std::vector<layer> layers;  ///< at least one
};

/// Maps a feature vector to the most probable class, by a network that was trained elsewhere. It computes in double, to
/// give the same answers as the original. No allocation after construction; use one object for each thread.
class classifier {
 public:
  /// Throws std::invalid_argument for numbers that do not fit together or are not finite.
  explicit classifier(const classifier_numbers& numbers)
      : mean_(numbers.mean), scale_(numbers.scale), net_(made(numbers)), input_(net_.inputs()) {
    scratch_.resize(net_.scratch_size());
  }

  [[nodiscard]] std::size_t inputs() const noexcept { return net_.inputs(); }
  [[nodiscard]] std::size_t classes() const noexcept { return net_.outputs(); }

  /// The network's outputs, one for each class, valid until the next call. exp(score), divided by the sum of all of
  /// them, is the probability that the network gives to a class.
  [[nodiscard]] std::span<const double> scores(std::span<const double> x) const {
    HEADROOM_ASSERT(x.size() == inputs(), "classifier: as many features as there are inputs");
    for (std::size_t i = 0; i < x.size(); ++i) input_[i] = (x[i] - mean_[i]) / scale_[i];
    return net_.forward_one(input_, scratch_);
  }

  /// The class with the highest score, the first among equals; nothing if a score is not finite (a feature may not be).
  [[nodiscard]] std::optional<std::size_t> operator()(std::span<const double> x) const {
    for (const double feature : x) {
      if (!std::isfinite(feature)) return std::nullopt;
    }
    const std::span<const double> all = scores(x);
    for (const double score : all) {
      if (!std::isfinite(score)) return std::nullopt;
    }
    return to_size(best_of(all, {}, tie_break::smallest_index));
  }

 private:
  static mlp<double> made(const classifier_numbers& n) {
    require(!n.layers.empty(), "classifier", "number of layers", n.layers.size(), "be at least 1");
    require(!n.mean.empty(), "classifier", "number of means", n.mean.size(), "be at least 1");
    require(n.scale.size() == n.mean.size(), "classifier", "number of scales", n.scale.size(),
            "be that of the means, " + to_text(n.mean.size()));
    for (std::size_t i = 0; i < n.mean.size(); ++i) {
      require_finite("classifier", "mean " + to_text(i), n.mean[i]);
      require_positive("classifier", "scale " + to_text(i), n.scale[i]);
    }
    std::vector<std::size_t> sizes{n.mean.size()};
    for (std::size_t k = 0; k < n.layers.size(); ++k) {
      const auto& [weights, bias] = n.layers[k];
      const std::string of_layer = " of layer " + to_text(k);
      require(weights.size() == sizes.back(), "classifier", "number of rows of the weights" + of_layer, weights.size(),
              "be the layer's number of inputs, " + to_text(sizes.back()));
      for (std::size_t i = 0; i < weights.size(); ++i) {
        require(weights[i].size() == bias.size(), "classifier", "length of row " + to_text(i) + of_layer,
                weights[i].size(), "be the number of biases, " + to_text(bias.size()));
        for (const double w : weights[i]) require_finite("classifier", "a weight" + of_layer, w);
      }
      for (const double b : bias) require_finite("classifier", "a bias" + of_layer, b);
      sizes.push_back(bias.size());
    }
    engine unused(0);  // every number it draws is overwritten
    mlp<double> net(sizes, activation::relu, unused);
    for (std::size_t k = 0; k < n.layers.size(); ++k) {
      auto weight = net.weight(k);
      auto bias = net.bias(k);
      using index = decltype(weight.rows());
      for (index o = 0; o < weight.cols(); ++o) {
        const auto column = static_cast<std::size_t>(o);
        bias(0, o) = n.layers[k].bias[column];
        for (index i = 0; i < weight.rows(); ++i) {
          weight(i, o) = n.layers[k].weights[static_cast<std::size_t>(i)][column];
        }
      }
    }
    return net;
  }

  std::vector<double> mean_;
  std::vector<double> scale_;
  mlp<double> net_;
  mutable internal::aligned_vector<double> input_;
  mutable internal::aligned_vector<double> scratch_;
};

/// A policy from a classifier of feature vectors: class k is entry k of the menu. It does not learn. If the classifier
/// names no class, the policy takes the neutral action (`action_type{}` if the menu has it, else the menu's first) and
/// counts. Model of Policy. No allocation.
///     classified policy{read_classifier(file).net, actions{apply, migrate, up, down}, &sample::replicas, ...};
template <class Decider, class Menu, class... Features>
class classified {
  static constexpr std::size_t n = sizeof...(Features);
  static_assert(
      requires(const Menu& menu, action_index i) { menu[i]; },
      "classified: takes a menu whose entries are actions, such as actions{-1, 0, +1}. What an entry of a menu of "
      "targets does depends on the observation");

 public:
  using action_type = std::remove_cvref_t<decltype(std::declval<const Menu&>()[action_index{}])>;

  /// Throws std::invalid_argument if features or menu do not fit a decider that says how many it takes and names.
  /// @param decide    (n numbers) -> the class, or nothing
  /// @param menu      entry k is done for class k
  /// @param features  of the observation, anything that std::invoke turns into a number, in the order of the inputs
  classified(Decider decide, Menu menu, Features... features)
      : decide_(std::move(decide)), menu_(std::move(menu)), features_(std::move(features)...) {
    if constexpr (requires { decide_.inputs(); }) {
      require(decide_.inputs() == n, "classified", "number of features", n,
              "be that of the inputs, " + to_text(decide_.inputs()));
    }
    if constexpr (requires { decide_.classes(); }) {
      require(decide_.classes() == menu_.size(), "classified", "number of actions", menu_.size(),
              "be that of the classes, " + to_text(decide_.classes()));
    }
    require(menu_.size() > 0, "classified", "number of actions", menu_.size(), "be at least 1");
    if (const auto i = index_of(menu_, action_type{})) neutral_ = *i;
  }

  template <class Observation>
  action_type start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  action_type step(const Observation& o) {
    const std::array<double, n> x =
        std::apply([&o](const auto&... f) { return std::array<double, n>{internal::number_of(f, o)...}; }, features_);
    const std::optional<std::size_t> named = decide_(std::span<const double>(x));
    if (named && *named < menu_.size()) return menu_[action_index{*named}];
    ++refused_;
    return menu_[neutral_];
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

  /// How often no class was named.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  Decider decide_;
  Menu menu_;
  std::tuple<Features...> features_;
  action_index neutral_{};
  std::uint64_t refused_ = 0;
};

}  // namespace headroom
