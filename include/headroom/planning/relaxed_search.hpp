#pragma once

#include <algorithm>  // std::min, std::sort
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t
#include <limits>     // std::numeric_limits
#include <utility>    // std::swap
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/planning/relaxation.hpp>

namespace headroom {

/// The lowest cost of any policy in one episode: mean replicas over its steps plus `price` times the fraction of
/// requests missed. Dynamic programming over the states of a relaxation. Where more than `width` states have the same
/// replicas, the worst of them are replaced by one state that is no worse than any of them: a relaxed decision diagram
/// (Andersen, Hadzic, Hooker, Tiedemann 2007). So the bound is proven for every width, and exact for the relaxation
/// where nothing was merged. A first pass of width one gives each state a bound on its remaining cost; the second pass
/// prunes with it. O(steps * replicas * width * moves) steps of the relaxation for each possible number of steps of the
/// episode.
template <Relaxation R>
class relaxed_search {
 public:
  /// `width`: states kept per number of replicas and step. A larger width is slower and gives a tighter bound.
  explicit relaxed_search(std::size_t width = 8) : width_(width) {
    require(width >= 1 && width <= 100'000, "relaxed_search", "width", width, "be from 1 to 100000");
  }

  /// Sets the episode for the following calls. The model must outlive them. O(steps * replicas * moves).
  void begin(const R& model) {
    model_ = &model;
    look_ahead();
  }

  /// Proven: no policy costs less than the smaller of the result and `known`, the observed cost of a schedule. With
  /// `known` infinite the result is the bound itself. Call `begin` first.
  double bound(double price, double known = std::numeric_limits<double>::infinity()) {
    HEADROOM_ASSERT(model_ != nullptr, "relaxed_search: bound before begin");
    double best = known;
    schedule_.clear();
    exact_ = true;
    for (std::size_t last = 1; last <= model_->steps(); ++last) best = std::min(best, search(price, last, best));
    return best;
  }

  /// The moves of the relaxation, if they cost less than `known`; otherwise empty.
  [[nodiscard]] const std::vector<int>& schedule() const noexcept { return schedule_; }
  /// Whether the relaxation itself reaches the last bound, without a merged state.
  [[nodiscard]] bool exact() const noexcept { return exact_; }

 private:
  using state_type = typename R::state_type;
  static constexpr double infinite = std::numeric_limits<double>::infinity();

  struct label {
    state_type state{};
    double cost = 0;         // cost so far
    double rank = 0;         // cost with the certain part of the future: the worst are merged
    std::size_t origin = 0;  // index in the trail
    bool merged = false;
  };
  // Where a label came from.
  struct mark {
    std::uint32_t before;
    int move;
  };
  struct bucket {
    std::vector<label> labels{};
    std::size_t used = 0;
  };

  // The episode takes exactly `last` steps.
  double search(double price, std::size_t last, double known) {
    const R& model = *model_;
    step_price_ = 1 / static_cast<double>(last);
    miss_price_ = model.requests() > 0 ? price / model.requests() : 0.0;
    if (!still_to_pay(last)) return infinite;
    trail_.clear();
    trail_.push_back({0, 0});
    prepare(here_);
    model.start(scratch_);
    label& root = take(here_, scratch_);
    root.cost = 0;
    root.origin = 0;
    root.merged = false;
    if (ahead_[0][model.replicas(scratch_)] >= known) return infinite;
    double best = known;
    std::size_t best_origin = 0;
    for (std::size_t k = 0; k < last; ++k) {
      prepare(next_);
      for (bucket& b : here_) {
        for (std::size_t i = 0; i < b.used; ++i) expand(b.labels[i], k, best);
      }
      for (bucket& b : next_) narrow(b);
      std::swap(here_, next_);
    }
    bool merged = false;
    for (bucket& b : here_) {
      for (std::size_t i = 0; i < b.used; ++i) {
        label& l = b.labels[i];
        if (last < model.steps() && !model.may_end(l.state)) continue;
        l.cost += miss_price_ * static_cast<double>(model.end(l.state));
        if (l.cost >= best) continue;
        best = l.cost;
        best_origin = l.origin;
        merged = l.merged;
      }
    }
    if (best >= known) return infinite;
    exact_ = !merged;
    schedule_.clear();
    for (std::size_t at = best_origin; at != 0; at = trail_[at].before) schedule_.push_back(trail_[at].move);
    for (std::size_t i = 0, j = schedule_.size(); i + 1 < j; ++i) std::swap(schedule_[i], schedule_[--j]);
    return best;
  }

  // One state per number of replicas and step, and the result of each move from it, for every price.
  void look_ahead() {
    const R& model = *model_;
    const auto& moves = model.moves();
    nodes_.resize(model.steps() + 1);
    edges_.resize(model.steps());
    for (auto& layer : nodes_) layer.clear();
    model.start(scratch_);
    put(nodes_[0], scratch_);
    for (std::size_t k = 0; k < model.steps(); ++k) {
      edges_[k].assign(nodes_[k].size() * moves.size(), {0, 0});
      reached_.resize(std::max(reached_.size(), edges_[k].size()));
      for (std::size_t c = 0; c < nodes_[k].size(); ++c) {
        if (!nodes_[k][c].taken) continue;
        for (std::size_t m = 0; m < moves.size(); ++m) {
          const std::size_t place = c * moves.size() + m;
          state_type& to = reached_[place] = nodes_[k][c].state;
          edges_[k][place].missed = static_cast<double>(model.step(to, moves[m], k));
          edges_[k][place].to = model.replicas(to);
          put(nodes_[k + 1], to);
        }
      }
      for (std::size_t c = 0; c < nodes_[k].size(); ++c) {
        if (!nodes_[k][c].taken) continue;
        for (std::size_t m = 0; m < moves.size(); ++m) {
          edge& e = edges_[k][c * moves.size() + m];
          const state_type& merged = nodes_[k + 1][e.to].state;
          e.missed += static_cast<double>(model.forgotten(reached_[c * moves.size() + m], merged));
        }
      }
      for (node& n : nodes_[k + 1]) {
        if (!n.taken) continue;
        n.may_end = k + 1 == model.steps() || model.may_end(n.state);
        scratch_ = n.state;
        n.missed = n.may_end ? static_cast<double>(model.end(scratch_)) : 0.0;
      }
    }
  }

  // The bound on the remaining cost of each of these states, at the current prices. False if none may end after `last`
  // steps.
  bool still_to_pay(std::size_t last) {
    const std::size_t moves = model_->moves().size();
    ahead_.resize(std::max(ahead_.size(), last + 1));
    ahead_[last].assign(nodes_[last].size(), infinite);
    bool ends = false;
    for (std::size_t c = 0; c < nodes_[last].size(); ++c) {
      const node& n = nodes_[last][c];
      if (!n.taken || !n.may_end) continue;
      ahead_[last][c] = miss_price_ * n.missed;
      ends = true;
    }
    if (!ends) return false;
    for (std::size_t k = last; k-- > 0;) {
      ahead_[k].assign(nodes_[k].size(), infinite);
      for (std::size_t c = 0; c < nodes_[k].size(); ++c) {
        if (!nodes_[k][c].taken) continue;
        for (std::size_t m = 0; m < moves; ++m) {
          const edge& e = edges_[k][c * moves + m];
          const double cost = static_cast<double>(e.to) * step_price_ + e.missed * miss_price_;
          ahead_[k][c] = std::min(ahead_[k][c], cost + ahead_[k + 1][e.to]);
        }
      }
    }
    return true;
  }

  void expand(const label& from, std::size_t k, double known) {
    const R& model = *model_;
    for (const int move : model.moves()) {
      scratch_ = from.state;
      const double missed = model.step(scratch_, move, k);
      const std::size_t c = model.replicas(scratch_);
      const double cost = from.cost + static_cast<double>(c) * step_price_ + missed * miss_price_;
      if (!(cost + ahead_[k + 1][c] < known)) continue;
      const double rank = cost + miss_price_ * static_cast<double>(model.certain(scratch_));
      if (!(rank < known)) continue;
      bool covered = false;
      if (next_.size() <= c) next_.resize(c + 1);
      bucket& b = next_[c];
      for (std::size_t i = 0; i < b.used; ++i) {
        label& other = b.labels[i];
        if (other.cost <= cost && model.covers(other.state, scratch_)) {
          covered = true;
          break;
        }
      }
      if (covered) continue;
      for (std::size_t i = 0; i < b.used;) {
        label& other = b.labels[i];
        if (cost <= other.cost && model.covers(scratch_, other.state)) {
          --b.used;
          std::swap(other, b.labels[b.used]);
        } else {
          ++i;
        }
      }
      label& l = take(next_, scratch_);
      l.cost = cost;
      l.rank = rank;
      l.merged = from.merged;
      l.origin = trail_.size();
      trail_.push_back({static_cast<std::uint32_t>(from.origin), move});
    }
  }

  // The best states stay. One state that is no worse than any of the others replaces these.
  void narrow(bucket& b) {
    if (b.used <= width_) return;
    const R& model = *model_;
    const auto end = b.labels.begin() + static_cast<std::ptrdiff_t>(b.used);
    std::sort(b.labels.begin(), end, [](const label& x, const label& y) { return x.rank < y.rank; });
    label& rest = b.labels[width_ - 1];
    scratch_ = rest.state;
    for (std::size_t i = width_; i < b.used; ++i) model.merge(scratch_, b.labels[i].state);
    double cost = infinite;
    for (std::size_t i = width_ - 1; i < b.used; ++i) {
      const label& l = b.labels[i];
      cost = std::min(cost, l.cost + miss_price_ * static_cast<double>(model.forgotten(l.state, scratch_)));
    }
    rest.state = scratch_;
    rest.cost = cost;
    rest.merged = true;
    b.used = width_;
  }

  struct node {
    state_type state{};
    bool taken = false;
    bool may_end = false;
    double missed = 0;  // after an end in this state
  };
  struct edge {
    std::size_t to;
    double missed;
  };
  void put(std::vector<node>& layer, const state_type& s) const {
    const R& model = *model_;
    const std::size_t c = model.replicas(s);
    if (layer.size() <= c) layer.resize(c + 1);
    if (layer[c].taken)
      model.merge(layer[c].state, s);
    else
      layer[c] = {s, true, false, 0};
  }

  static void prepare(std::vector<bucket>& buckets) {
    for (bucket& b : buckets) b.used = 0;
  }
  label& take(std::vector<bucket>& buckets, const state_type& s) const {
    const std::size_t c = model_->replicas(s);
    if (buckets.size() <= c) buckets.resize(c + 1);
    bucket& b = buckets[c];
    if (b.used == b.labels.size()) b.labels.emplace_back();
    label& l = b.labels[b.used++];
    l.state = s;
    return l;
  }

  std::size_t width_;
  const R* model_ = nullptr;
  double step_price_ = 0;
  double miss_price_ = 0;
  bool exact_ = true;
  std::vector<int> schedule_{};
  state_type scratch_{};
  std::vector<bucket> here_{};
  std::vector<bucket> next_{};
  std::vector<mark> trail_{};
  std::vector<state_type> reached_{};
  std::vector<std::vector<node>> nodes_{};
  std::vector<std::vector<edge>> edges_{};
  std::vector<std::vector<double>> ahead_{};
};

}  // namespace headroom
