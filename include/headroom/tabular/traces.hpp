#pragma once

#include <cmath>        // std::ceil, std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

namespace headroom {

/// What a visit does to an eligibility trace e (Sutton and Barto, chapter 12; van Seijen and Sutton 2014).
enum class trace_kind : std::uint8_t {
  accumulating,  ///< e + 1: grows without bound when a state recurs
  replacing,     ///< 1: the robust default
  dutch          ///< (1 - learning rate) e + 1: between the two
};

/// A trace in a file is at most this: no episode has as many visits of one entry.
inline constexpr double largest_trace = 1e15;

/// Eligibility traces as a compact list of the active entries, so a step costs O(active entries), not O(table). An
/// entry that has decayed below the threshold is dropped. The list has room for all entries that can be above the
/// threshold at once, so nothing allocates after construction. 4 bytes an entry of the table, 12 an active entry. Exact
/// down to the threshold, and the fastest while few entries are active; for more, use `lazy_traces`.
class traces {
 public:
  /// @param entries    of the table, below 2^32 - 1
  /// @param kind       what a visit does to a trace
  /// @param decay      per step: discount * trace decay, in [0, 1]
  /// @param threshold  below it an entry is dropped, in (0, 1)
  /// @param visits     entries visited in one step at most
  traces(std::size_t entries, trace_kind kind, double decay, double threshold, std::size_t visits = 1)
      : kind_(kind), decay_(decay), threshold_(threshold) {
    require(entries > 0 && entries < none, "traces", "number of entries", entries, "be at least 1 and below 2^32 - 1");
    require_fraction("traces", "decay", decay);
    require(threshold > 0 && threshold < 1, "traces", "threshold", threshold, "be in (0, 1)");
    require(visits > 0, "traces", "visits", visits, "be at least 1");
    slot_.assign(entries, none);
    const std::size_t most = capacity(entries, visits);
    index_.resize(most);  // resized, not reserved: a copy must have the room as well
    value_.resize(most);
  }

  /// Visits an entry.
  void visit(std::size_t entry, double learning_rate) {
    HEADROOM_ASSERT(entry < slot_.size(), "traces: entry outside the table");
    const std::uint32_t slot = slot_[entry];
    if (slot == none) {
      HEADROOM_ASSERT(active_ < index_.size(), "traces: more visits in a step than declared");
      slot_[entry] = static_cast<std::uint32_t>(active_);
      index_[active_] = static_cast<std::uint32_t>(entry);
      value_[active_++] = 1;
      return;
    }
    double& e = value_[slot];
    switch (kind_) {
      case trace_kind::accumulating:
        e += 1;
        break;
      case trace_kind::replacing:
        e = 1;
        break;
      case trace_kind::dutch:
        e = (1 - learning_rate) * e + 1;
        break;
    }
  }

  /// table[i] += step * e[i] over the active entries, then decays them and drops those below the threshold. O(active).
  void apply_and_decay(std::span<double> table, double step) {
    for (std::size_t k = 0; k < active_;) {
      table[index_[k]] += step * value_[k];
      value_[k] *= decay_;
      if (value_[k] < threshold_)
        drop(k);
      else
        ++k;
    }
  }

  /// Ends every trace. O(active).
  void clear() noexcept {
    for (std::size_t k = 0; k < active_; ++k) slot_[index_[k]] = none;
    active_ = 0;
  }

  [[nodiscard]] std::size_t active() const noexcept { return active_; }
  [[nodiscard]] double operator[](std::size_t entry) const noexcept {
    return slot_[entry] == none ? 0 : value_[slot_[entry]];
  }

  /// What a checkpoint stores; the order of the list is part of it.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("entries", self.slot_.size());
    a.same("kind", self.kind_);
    a.same("decay", self.decay_);
    a.same("threshold", self.threshold_);
    std::vector<std::uint32_t> index;
    std::vector<double> value;
    index.reserve(self.index_.size());
    value.reserve(self.index_.size());
    for (std::size_t k = 0; k < self.active_; ++k) {
      index.push_back(self.index_[k]);
      value.push_back(self.value_[k]);
    }
    a.list("active", index);
    a.list("trace", value);
    if constexpr (!std::is_const_v<Self>) {
      a.check(index.size() == value.size(), "active", index.size(), "be as many as there are traces");
      self.slot_.assign(self.slot_.size(), none);
      for (std::size_t k = 0; k < index.size(); ++k) {
        a.check(index[k] < self.slot_.size(), "active", index[k], "lie in the table");
        a.check(self.slot_[index[k]] == none, "active", index[k], "be there once");
        a.check(value[k] >= 0 && value[k] <= largest_trace, "trace", value[k], "be from 0 to 1e15");
        self.slot_[index[k]] = static_cast<std::uint32_t>(k);
        self.index_[k] = index[k];
        self.value_[k] = value[k];
      }
      self.active_ = index.size();
    }
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  void drop(std::size_t k) noexcept {
    slot_[index_[k]] = none;
    if (k < --active_) {
      index_[k] = index_[active_];
      value_[k] = value_[active_];
      slot_[index_[k]] = static_cast<std::uint32_t>(k);
    }
  }

  // An entry of at most 1/(1 - decay) (an accumulating one) stays above the threshold for this many steps after its
  // last visit.
  [[nodiscard]] std::size_t capacity(std::size_t entries, std::size_t visits) const {
    if (decay_ >= 1) return entries;
    if (decay_ <= 0) return visits + 1;
    const double steps = std::ceil(std::log(threshold_ * (1 - decay_)) / std::log(decay_)) + 2;
    const double most = steps * static_cast<double>(visits);
    return most < static_cast<double>(entries) ? static_cast<std::size_t>(most) : entries;
  }

  trace_kind kind_;
  double decay_;
  double threshold_;
  std::vector<std::uint32_t> slot_;   // per entry of the table: its position in the list, or none
  std::vector<std::uint32_t> index_;  // active entries
  std::vector<double> value_;         // the traces of these entries
  std::size_t active_ = 0;
};

}  // namespace headroom
