#include "training_of.hpp"

#include "recipes_networks.hpp"

namespace contestants {

std::unique_ptr<any_training> network_training(const plan& p, const scenario& where) {
  const recipes::setting s = setting_of(p, where);
  const bool wide = p.moves.back() > 1;
  const std::string_view name = kind_of(p.policy);
  const auto wrap = [&](auto learner) { return train_on(p, where, std::move(learner)); };
  if (name == "dqn-clockless" || (name == "dqn" && !where.clocked)) {
    return wide ? wrap(recipes::wide_dqn_clockless(s)) : wrap(recipes::dqn_clockless(s));
  }
  if (name == "dqn") return wide ? wrap(recipes::wide_dqn_clocked(s)) : wrap(recipes::dqn_clocked(s));
  if (name == "dqn-published") return wrap(recipes::dqn_published(s));
  unknown(p.policy);
}

}  // namespace contestants
