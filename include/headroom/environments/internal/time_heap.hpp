#pragma once

#include <cstddef>  // std::size_t
#include <utility>  // std::move
#include <vector>   // std::vector

namespace headroom::internal {

/// A heap of entries that have a time `at`, the earliest in front, in a vector. Beside std::push_heap and its sisters:
/// the two children of a place are compared without a branch, because which of two random times comes first cannot be
/// foreseen, and a processor that guesses wrong at every level needs more time for its guesses than for the heap. The
/// places are those that libstdc++ gives, so that whoever draws one of them by its place gets the same with every
/// standard library.

/// Puts `e` where it belongs on the way from place `hole` to the front, which ends at `top`.
template <class Entry>
void raise_time(std::vector<Entry>& heap, std::size_t hole, std::size_t top, Entry e) noexcept {
  while (hole > top) {
    const std::size_t parent = (hole - 1) / 2;
    if (!(heap[parent].at > e.at)) break;
    heap[hole] = heap[parent];
    hole = parent;
  }
  heap[hole] = std::move(e);
}

/// Fills place `top` of the first `n` with `e`: the earlier child moves up until there is none, then `e` rises from
/// there. It mostly stays: it comes from the end of the heap. O(log n).
template <class Entry>
void settle_time(std::vector<Entry>& heap, std::size_t top, std::size_t n, Entry e) noexcept {
  Entry* const all = heap.data();
  std::size_t hole = top;
  std::size_t child = 2 * hole + 2;
  while (child < n) {
    child -= static_cast<std::size_t>(all[child].at > all[child - 1].at);
    all[hole] = all[child];
    hole = child;
    child = 2 * hole + 2;
  }
  if (child == n) {
    all[hole] = all[child - 1];
    hole = child - 1;
  }
  raise_time(heap, hole, top, std::move(e));
}

/// O(log n).
template <class Entry>
void push_time(std::vector<Entry>& heap, Entry e) {
  heap.push_back(e);
  raise_time(heap, heap.size() - 1, 0, std::move(e));
}
/// Takes out the earliest. Only if there is one. O(log n).
template <class Entry>
void pop_time(std::vector<Entry>& heap) noexcept {
  Entry last = heap.back();
  heap.pop_back();
  if (!heap.empty()) settle_time(heap, 0, heap.size(), std::move(last));
}
/// Makes a heap of what stands in any order. O(n).
template <class Entry>
void order_times(std::vector<Entry>& heap) noexcept {
  for (std::size_t k = heap.size() / 2; k-- > 0;) settle_time(heap, k, heap.size(), Entry{heap[k]});
}

}  // namespace headroom::internal
