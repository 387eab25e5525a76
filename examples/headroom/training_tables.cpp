#include "training_of.hpp"

#include "recipes_tables.hpp"

namespace contestants {

std::unique_ptr<any_training> table_training(const plan& p, const scenario& where) {
  const recipes::setting s = setting_of(p, where);
  const bool wide = p.moves.back() > 1;
  const std::string_view name = kind_of(p.policy);
  const auto wrap = [&](auto learner) { return train_on(p, where, std::move(learner)); };
  if (name == "sarsa-clockless" || (name == "sarsa" && !where.clocked)) {
    return wide ? wrap(recipes::wide_clockless(s)) : wrap(recipes::clockless(s));
  }
  if (name == "sarsa") return wide ? wrap(recipes::wide_clocked<sarsa>(s)) : wrap(recipes::clocked<sarsa>(s));
  if (name == "q-learning") {
    return wide ? wrap(recipes::wide_clocked<q_learning>(s)) : wrap(recipes::clocked<q_learning>(s));
  }
  if (name == "expected-sarsa") {
    return wide ? wrap(recipes::wide_clocked<expected_sarsa>(s)) : wrap(recipes::clocked<expected_sarsa>(s));
  }
  if (name == "sarsa-published") return wrap(recipes::published(s));
  unknown(p.policy);
}

}  // namespace contestants
