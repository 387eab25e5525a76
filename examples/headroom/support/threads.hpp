#pragma once

#include <algorithm>   // std::max, std::min
#include <atomic>      // std::atomic
#include <cstddef>     // std::size_t
#include <exception>   // std::current_exception, std::exception_ptr, std::rethrow_exception
#include <functional>  // std::cref
#include <mutex>       // std::mutex, std::scoped_lock
#include <thread>      // std::thread
#include <vector>      // std::vector

namespace tool {

/// Calls `work(state, k)` for each k below `jobs`, on as many threads as the machine has; `make()` is what one thread
/// keeps from job to job. Jobs begin in order. One that returns false or throws is the last to begin; the first
/// exception is thrown on. What a job yields must not depend on the others: then any number of threads yields the same.
template <class Make, class Work>
void on_all_threads(std::size_t jobs, Make&& make, Work&& work) {
  std::atomic<std::size_t> taken{0};
  std::atomic<bool> stop{false};
  std::mutex one_at_a_time;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      auto state = make();
      while (!stop) {
        const std::size_t k = taken++;
        if (k >= jobs) return;
        if (!work(state, k)) stop = true;
      }
    } catch (...) {
      const std::scoped_lock lock(one_at_a_time);
      if (!failure) failure = std::current_exception();
      stop = true;
    }
  };
  const std::size_t threads = std::min<std::size_t>(jobs, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(std::cref(run));
  run();
  for (std::thread& t : others) t.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tool
