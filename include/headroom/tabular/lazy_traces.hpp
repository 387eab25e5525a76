#pragma once

#include <algorithm>    // std::copy, std::max, std::min
#include <array>        // std::array
#include <bit>          // std::bit_ceil
#include <cmath>        // std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/tabular/internal/trace_blocks.hpp>
#include <headroom/tabular/traces.hpp>

namespace headroom {

/// Exact eligibility traces whose step costs the same for any number of active traces (Wiering and Schmidhuber 1998,
/// "Fast online Q(lambda)"). The updates of an entry are not made at once. They are owed to it, and paid when
/// it is next looked at.
///
/// A common factor f decays every step. An entry visited with trace e0 when f was f0 has the trace (e0 / f0) f from
/// then on. With the running sum S = sum of step * f, the entry is owed (e0 / f0) (S - S0). f shrinks for ever, and its
/// precision would too, so time is cut into blocks. In each block the factor begins at 1 and ends at 2^-11. An entry
/// belongs to the block of its last visit. The sums of five blocks go on; older entries have traces below 2^-44 and are
/// frozen. Each visit pays out one frozen entry, as fast as new ones come, so no step does more work than another. The
/// end of an episode freezes everything: eight numbers become zero.
///
/// Traces that `traces` would drop below its threshold are kept here, because they cost nothing. The value of an entry
/// is stored beside what it is owed, so a look-up needs one cache line. 32 bytes an entry, and 4 for each entry visited
/// in five blocks.
class lazy_traces {
 public:
  /// @param entries  of the table, below 2^32 - 1
  /// @param kind     what a visit does to a trace
  /// @param decay    per step: discount * trace decay, in [0, 1]
  /// @param visits   entries visited in one step at most
  /// @param value    of every entry, at first
  lazy_traces(std::size_t entries, trace_kind kind, double decay, std::size_t visits = 1, double value = 0)
      : kind_(kind), decay_(decay) {
    require(entries > 0 && entries < std::numeric_limits<std::uint32_t>::max(), "lazy_traces", "number of entries",
            entries, "be at least 1 and below 2^32 - 1");
    require_fraction("lazy_traces", "decay", decay);
    require(visits > 0, "lazy_traces", "visits", visits, "be at least 1");
    cells_.resize(entries, cell{value});
    queue_.resize(std::bit_ceil(capacity(visits)));  // and not reserved: a copy must have the room as well
    mask_ = queue_.size() - 1;
  }

  [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }

  /// The value of an entry: what it was last paid, and what it is owed since. O(1), writes nothing.
  [[nodiscard]] double operator[](std::size_t entry) const noexcept { return value_of(cells_[entry]); }

  /// Visits an entry: pays what it is owed, and pays one frozen entry. Returns the entry's value.
  double visit(std::size_t entry, double learning_rate) {
    HEADROOM_ASSERT(entry < cells_.size(), "lazy_traces: entry outside the table");
    if (factor_[now_] < block_ends) next_block();
    cell& c = cells_[entry];
    const double value = value_of(c);
    double e = 1;
    if (kind_ != trace_kind::replacing) {
      e = c.scale * factor_[c.block];
      e = (kind_ == trace_kind::dutch ? (1 - learning_rate) * e : e) + 1;
    }
    // Stored always, and counted if it is new: a branch on this could not be predicted.
    HEADROOM_ASSERT(tail_ - head_ <= mask_, "lazy_traces: more visits in a step than declared");
    queue_[tail_ & mask_] = static_cast<std::uint32_t>(entry);
    tail_ += c.block != now_ ? 1U : 0U;
    c = {value, sum_[now_], e / factor_[now_], now_};
    pay_next();
    for (std::uint64_t n = std::min(hurry_, frozen_ - head_); n > 0; --n) pay_next();
    return value;
  }

  /// Adds step * e[i] to the value of every entry (it is paid when the entry is next looked at), then e[i] *= decay.
  /// O(1).
  void apply_and_decay(double step) noexcept {
    advance(this_group_, step);
    advance(last_group_, step);
  }

  /// Ends every trace. What an entry is owed until now is still paid. O(1).
  void clear() noexcept {
    stop(this_group_);
    stop(last_group_);
    frozen_ = tail_;
  }
  /// Replaces all values, for example from a file, and ends every trace. O(entries).
  void assign(std::span<const double> values) {
    HEADROOM_ASSERT(values.size() == cells_.size(), "lazy_traces: another number of values");
    for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i] = cell{values[i]};
    sum_ = {};
    factor_ = {};
    first_ = {};
    head_ = tail_ = frozen_ = hurry_ = 0;
    oldest_ = blocks::last;
    become(blocks::last);
  }

  /// The same for the entries that are owed nothing and have no trace.
  void assign_rest(std::span<const double> values) {
    HEADROOM_ASSERT(values.size() == cells_.size(), "lazy_traces: another number of values");
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i].block == blocks::none) cells_[i].value = values[i];
    }
  }

  /// The trace of an entry.
  [[nodiscard]] double trace(std::size_t entry) const noexcept {
    return cells_[entry].scale * factor_[cells_[entry].block];
  }
  /// How many traces are not over. O(waiting()).
  [[nodiscard]] std::size_t active() const noexcept {
    std::size_t n = 0;
    std::uint32_t block = now_;
    for (std::uint64_t p = tail_; p > frozen_; --p) {
      while (p - 1 < first_[block]) block = blocks::before(block);
      const cell& c = cells_[queue_[(p - 1) & mask_]];
      n += c.block == block && factor_[block] > 0 ? 1U : 0U;
    }
    return n;
  }
  /// How many visits still wait to be paid out. The number is bounded.
  [[nodiscard]] std::size_t waiting() const noexcept { return static_cast<std::size_t>(tail_ - head_); }

  /// What a checkpoint stores: the entries that are owed something or have a trace, and the queue with its positions
  /// counted from the head. The values of the others are the owner's to keep and to `assign_rest`.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("entries", self.cells_.size());
    a.same("kind", self.kind_);
    a.same("decay", self.decay_);
    internal::trace_record o = self.record();
    o.fields(a);
    a("sum", self.sum_);
    a("factor", self.factor_);
    if constexpr (!std::is_const_v<Self>) {
      // What an entry is owed is a product of these, which must be finite.
      constexpr double most = 1e150;
      const auto within = [&](const char* name, const auto& numbers, double from, double to) {
        for (const double x : numbers) {
          a.check(x >= from && x <= to, name, x, "be from " + to_text(from) + " to " + to_text(to));
        }
      };
      within("value", o.value, -most, most);
      within("before", o.paid, -most, most);
      within("scale", o.scale, 0, largest_trace / block_ends * 2);
      within("sum", self.sum_, -most, most);
      within("factor", self.factor_, 0, 1);
      o.check(a, self.cells_.size());
      self.take(o);
    }
  }

 private:
  using blocks = internal::trace_blocks;
  static constexpr double block_ends = 0x1p-11;

  struct alignas(32) cell {
    double value = 0;   // of the entry when it was last paid
    double before = 0;  // the block's sum then
    double scale = 0;   // the entry's trace by the block's factor
    std::uint32_t block = blocks::none;
  };

  [[nodiscard]] double value_of(const cell& c) const noexcept { return c.value + c.scale * (sum_[c.block] - c.before); }

  void advance(std::uint32_t g, double step) noexcept {
    for (std::uint32_t k = 0; k < blocks::group; ++k) {
      sum_[g + k] += step * factor_[g + k];
      factor_[g + k] *= decay_;
    }
  }
  void stop(std::uint32_t g) noexcept {
    for (std::uint32_t k = 0; k < blocks::group; ++k) factor_[g + k] = 0;
  }

  // Pays the entry that has waited longest. If it was visited again since, its trace goes on. If no frozen entry waits,
  // pays the oldest of the others: this is correct too, and costs less than a branch that cannot be predicted.
  void pay_next() noexcept {
    cell& c = cells_[queue_[head_ & mask_]];
    head_ += head_ != frozen_ ? 1U : 0U;
    c.value = value_of(c);
    c.block = factor_[c.block] == 0 ? blocks::none : c.block;
    c.before = sum_[c.block];
  }

  void next_block() noexcept {
    const std::uint32_t next = blocks::after(now_);
    // This block number was last used sixty blocks ago. The hurry below ensures that its entries have been paid, except
    // with the state of a file.
    while (head_ < first_[blocks::after(next)]) pay_next();
    factor_[blocks::before(next, blocks::running)] = 0;
    frozen_ = std::max(frozen_, first_[blocks::before(next, blocks::running - 1)]);
    first_[next] = tail_;
    sum_[next] = 0;
    factor_[next] = 1;
    become(next);
    // Many short episodes after a long one use blocks faster than they pay entries. Once half of the ring is used, the
    // debt is spread over the remaining blocks.
    while (oldest_ != now_ && head_ >= first_[blocks::after(oldest_)]) oldest_ = blocks::after(oldest_);
    const std::uint32_t left = oldest_ > now_ ? oldest_ - now_ : oldest_ + (blocks::count - blocks::first) - now_;
    hurry_ = left < blocks::count / 2 ? (frozen_ - head_) / left + 1 : 0;
  }

  // While no frozen entry waits, the queue holds the visits of the running blocks. While one waits, the queue does not
  // grow.
  [[nodiscard]] std::size_t capacity(std::size_t visits) const {
    const std::size_t spare = 2 * visits + 2;
    if (decay_ >= 1) return cells_.size() + spare;  // one block until the episode ends
    double most = static_cast<double>(cells_.size());
    const double steps = decay_ > 0 ? std::log(block_ends) / std::log(decay_) + 2 : 2;
    most = std::min(most, steps * static_cast<double>(visits));
    return static_cast<std::size_t>(most * blocks::running) + spare;
  }

  [[nodiscard]] internal::trace_record record() const {
    internal::trace_record o;
    o.frozen = frozen_ - head_;
    o.now = now_;
    o.oldest = oldest_;
    o.hurry = hurry_;
    o.reserve(cells_.size(), queue_.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const cell& c = cells_[i];
      if (c.block == blocks::none) continue;
      o.entry.push_back(static_cast<std::uint32_t>(i));
      o.value.push_back(c.value);
      o.paid.push_back(c.before);
      o.scale.push_back(c.scale);
      o.block.push_back(c.block);
    }
    for (std::uint64_t p = head_; p < tail_; ++p) o.queue.push_back(queue_[p & mask_]);
    for (std::size_t b = 0; b < blocks::count; ++b) o.first[b] = std::max(first_[b], head_) - head_;
    return o;
  }
  void take(const internal::trace_record& o) {
    for (cell& c : cells_) c = cell{c.value};
    for (std::size_t k = 0; k < o.entry.size(); ++k) {
      cells_[o.entry[k]] = {o.value[k], o.paid[k], o.scale[k], o.block[k]};
    }
    std::copy(o.queue.begin(), o.queue.end(), queue_.begin());
    head_ = 0;
    frozen_ = o.frozen;
    tail_ = o.queue.size();
    first_ = o.first;
    hurry_ = o.hurry;
    oldest_ = o.oldest;
    become(o.now);
  }
  void become(std::uint32_t block) noexcept {
    now_ = block;
    this_group_ = block / blocks::group * blocks::group;
    last_group_ = this_group_ == blocks::first ? blocks::count - blocks::group : this_group_ - blocks::group;
  }

  trace_kind kind_;
  double decay_;
  std::uint32_t now_ = blocks::last;     // the block of new visits; its factor 0 makes the first visit open a block
  std::uint32_t oldest_ = blocks::last;  // the block of the entry that has waited longest
  std::uint32_t this_group_ = blocks::count - blocks::group;
  std::uint32_t last_group_ = blocks::count - 2 * blocks::group;
  // Visits in their order, as positions in a ring: paid ones before head, frozen ones before over, running ones before
  // tail.
  std::uint64_t head_ = 0;
  std::uint64_t frozen_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t mask_ = 0;
  std::uint64_t hurry_ = 0;  // how many more to pay at a visit
  std::vector<cell> cells_;
  std::vector<std::uint32_t> queue_;
  alignas(64) std::array<double, blocks::count> sum_{};
  alignas(64) std::array<double, blocks::count> factor_{};  // 0: the block is frozen
  std::array<std::uint64_t, blocks::count> first_{};        // position at which a block begins
};

}  // namespace headroom
