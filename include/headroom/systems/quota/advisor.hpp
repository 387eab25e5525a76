#pragma once

#include <array>       // std::array
#include <cmath>       // std::isfinite
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function, std::less
#include <map>         // std::map
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move, std::pair

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/systems/quota/action.hpp>
#include <headroom/systems/quota/question.hpp>

namespace headroom::quota {

struct advisor_options {
  double feedback_rate = 0.5;             ///< how far one reward moves the value of what was done, in (0, 1]
  std::size_t most_deployments = 10'000;  ///< that are remembered; the one not asked about for longest is forgotten
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const advisor_options& checked(const advisor_options& o) {
  require(o.feedback_rate > 0 && o.feedback_rate <= 1, "quota::advisor", "feedback_rate", o.feedback_rate,
          "be in (0, 1]");
  require(o.most_deployments >= 1, "quota::advisor", "most_deployments", o.most_deployments, "be at least 1");
  return o;
}

/// Says what to do about the quota of a deployment, and learns from what became of it. A model of `values` says what
/// each action is worth: the logarithm of a classifier's probability, or the value that a table learned. Feedback moves
/// the value of the action that was taken, in the cell of the question in which it was taken, for this deployment:
///
///   value += feedback_rate * (reward - value)
///
/// and nothing else. The published system labels every question that it remembers of a deployment with the one label of
/// the feedback, also those whose action was another one, and the reward changes nothing.
///
/// Not for several threads at once. O(log deployments) a question.
class advisor {
 public:
  static constexpr std::size_t actions = action_count;
  using worths = std::array<double, actions>;
  using legal_actions = std::array<bool, actions>;
  static constexpr legal_actions published_actions{false, true, true, true, true};  ///< all but hold, which it lacks

  /// @param values  of a question: what each action is worth by the model, in the order of `action`; an action that it
  ///                does not know is worth minus infinity. Nothing: it knows no answer.
  /// @param options how feedback counts; throws std::invalid_argument if they cannot be.
  explicit advisor(std::function<std::optional<worths>(const question&)> values, const advisor_options& options = {})
      : values_(std::move(values)), options_(checked(options)), cells_(question_cells<question>()) {
    require(static_cast<bool>(values_), "quota::advisor", "values", "nothing", "be a function");
  }

  /// The legal action with the highest value, the first among equals; nothing if the model knows no answer, or if a
  /// feature is not finite.
  [[nodiscard]] std::optional<action> ask(const std::string& deployment, const question& q,
                                          const legal_actions& legal = published_actions) {
    for (const double x : q.numbers()) {
      if (!std::isfinite(x)) return std::nullopt;
    }
    const std::optional<worths> model = values_(q);
    if (!model) return std::nullopt;
    memory& m = remembered(deployment);
    const state_index cell = cells_(q);
    std::optional<std::size_t> best;
    double most = 0;
    for (std::size_t a = 0; a < actions; ++a) {
      if (!legal[a] || !std::isfinite((*model)[a])) continue;
      const double worth = (*model)[a] + moved(m, cell, a);
      if (!best || worth > most) {
        best = a;
        most = worth;
      }
    }
    if (!best) return std::nullopt;
    m.taken = {cell, *best, (*model)[*best]};
    return static_cast<action>(*best);
  }

  /// What became of the last answer about this deployment; harm may be told after a good beginning. Returns the
  /// sentence for whoever told it; it begins with "learned" if it changed a value.
  std::string learn(const std::string& deployment, double reward) {
    const auto found = memories_.find(deployment);
    if (found == memories_.end() || !found->second.taken) {
      return "nothing was asked about " + deployment + ", so nothing changes";
    }
    if (!std::isfinite(reward)) return "the reward is not finite, so nothing changes";
    memory& m = found->second;
    const decision d = *m.taken;
    if (d.cell == no_state) return "the question had no cell, because a use of 0 has no ratio, so nothing changes";
    const double worth = d.model + moved(m, d.cell, d.action);
    const double step = options_.feedback_rate * (reward - worth);
    m.moves[{to_size(d.cell), d.action}] += step;
    return "learned: " + std::string(to_string(static_cast<action>(d.action))) + " for " + deployment + " is worth " +
           to_text(worth + step) + ", was " + to_text(worth);
  }

  [[nodiscard]] std::size_t deployments() const noexcept { return memories_.size(); }

 private:
  struct decision {
    state_index cell{};
    std::size_t action = 0;
    double model = 0;  // what the model says that it is worth
  };
  struct memory {
    std::map<std::pair<std::size_t, std::size_t>, double> moves{};  // by cell and action
    std::optional<decision> taken{};
    std::uint64_t asked = 0;
  };

  [[nodiscard]] static double moved(const memory& m, state_index cell, std::size_t a) {
    const auto found = m.moves.find({to_size(cell), a});
    return found == m.moves.end() ? 0 : found->second;
  }
  memory& remembered(const std::string& deployment) {
    const auto found = memories_.find(deployment);
    if (found == memories_.end() && memories_.size() >= options_.most_deployments) {
      auto oldest = memories_.begin();
      for (auto at = memories_.begin(); at != memories_.end(); ++at) {
        if (at->second.asked < oldest->second.asked) oldest = at;
      }
      memories_.erase(oldest);
    }
    memory& m = memories_[deployment];
    m.asked = ++asked_;
    return m;
  }

  std::function<std::optional<worths>(const question&)> values_;
  advisor_options options_;
  decltype(question_cells<question>()) cells_;
  std::map<std::string, memory, std::less<>> memories_{};
  std::uint64_t asked_ = 0;
};

}  // namespace headroom::quota
