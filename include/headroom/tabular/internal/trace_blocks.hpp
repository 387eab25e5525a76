#pragma once

#include <array>    // std::array
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint32_t, std::uint64_t
#include <vector>   // std::vector

namespace headroom::internal {

// The numbers of the blocks into which lazy_traces cuts time. They lie in a ring and in groups of four, so that those
// that run on are always found in two groups, whole vectors of the machine. Group 0 stays zero: entries that are owed
// nothing belong to it.
struct trace_blocks {
  static constexpr std::uint32_t group = 4;
  static constexpr std::uint32_t count = 64;
  static constexpr std::uint32_t none = 0;
  static constexpr std::uint32_t first = group;
  static constexpr std::uint32_t last = count - 1;
  static constexpr std::uint32_t running = 5;

  static constexpr std::uint32_t after(std::uint32_t b) noexcept { return b == last ? first : b + 1; }
  static constexpr std::uint32_t before(std::uint32_t b, std::uint32_t n = 1) noexcept {
    return b >= first + n ? b - n : b + (count - first) - n;
  }
  static constexpr bool valid(std::uint32_t b) noexcept { return b >= first && b <= last; }
};

// The state of lazy_traces, but for its sums, as a file holds it: the entries that are owed something or have a trace,
// and the queue, whose positions are counted from its head.
struct trace_record {
  std::vector<std::uint32_t> entry;
  std::vector<double> value;
  std::vector<double> paid;
  std::vector<double> scale;
  std::vector<std::uint32_t> block;
  std::vector<std::uint32_t> queue;
  std::array<std::uint64_t, trace_blocks::count> first{};  // position in the queue at which a block begins
  std::uint64_t frozen = 0;
  std::uint32_t now = 0;
  std::uint32_t oldest = 0;
  std::uint64_t hurry = 0;

  void reserve(std::size_t entries, std::size_t visits) {
    entry.reserve(entries);
    value.reserve(entries);
    paid.reserve(entries);
    scale.reserve(entries);
    block.reserve(entries);
    queue.reserve(visits);
  }

  template <class Archive>
  void fields(Archive& a) {
    a.list("entry", entry);
    a.list("value", value);
    a.list("before", paid);
    a.list("scale", scale);
    a.list("block", block);
    a.list("queue", queue);
    a("first", first);
    a("frozen", frozen);
    a("now", now);
    a("oldest", oldest);
    a("hurry", hurry);
  }

  // Checks a state from a file. Without it, code would touch foreign memory, or a loop would not end.
  template <class Archive>
  void check(Archive& a, std::size_t entries) const {
    for (const std::size_t n : {value.size(), paid.size(), scale.size(), block.size()}) {
      a.check(n == entry.size(), "entry", entry.size(), "be as many as there are of value, before, scale and block");
    }
    for (const auto i : entry) a.check(i < entries, "entry", i, "lie in the table");
    for (const auto i : queue) a.check(i < entries, "queue", i, "lie in the table");
    for (const auto b : block) a.check(trace_blocks::valid(b), "block", b, "be the number of a block");
    a.check(trace_blocks::valid(now), "now", now, "be the number of a block");
    a.check(trace_blocks::valid(oldest), "oldest", oldest, "be the number of a block");
    a.check(frozen <= queue.size(), "frozen", frozen, "be at most the length of the queue");
    std::uint64_t least = 0;
    for (std::uint32_t b = trace_blocks::after(now), n = trace_blocks::first; n < trace_blocks::count;
         b = trace_blocks::after(b), ++n) {
      const std::uint64_t most = n == trace_blocks::first ? 0 : queue.size();
      a.check(first[b] >= least && first[b] <= most, "first", first[b], "rise from 0 to the length of the queue");
      least = first[b];
    }
    a.check(frozen >= first[trace_blocks::before(now, trace_blocks::running - 1)], "frozen", frozen,
            "be all but the last five blocks");
  }
};

}  // namespace headroom::internal
