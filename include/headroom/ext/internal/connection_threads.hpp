#pragma once

#include <condition_variable>  // std::condition_variable
#include <cstddef>             // std::size_t
#include <deque>               // std::deque
#include <functional>          // std::function
#include <mutex>               // std::mutex, std::unique_lock
#include <thread>              // std::thread
#include <utility>             // std::declval, std::move
#include <vector>              // std::vector

#include <headroom/ext/internal/httplib.hpp>

namespace headroom::internal {

/// A thread for each connection, up to a limit. Beyond it the one who accepts connections waits, so that the others
/// stay with the kernel: cpp-httplib's own pool would take them all and keep their sockets. A connection wakes one
/// thread, and not all that are idle: where each request comes on a connection of its own, they would stand in its way.
class connection_threads final : public httplib::TaskQueue {
 public:
  explicit connection_threads(std::size_t most) {
    for (std::size_t k = 0; k < most; ++k) threads_.emplace_back([this] { work(); });
  }
  // void in older versions of cpp-httplib, bool in newer ones.
  using enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::declval<std::function<void()>>()));
  enqueued enqueue(std::function<void()> job) override {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      room_.wait(lock, [this] { return busy_ < threads_.size(); });
      ++busy_;
      jobs_.push_back(std::move(job));
    }
    come_.notify_one();
    return static_cast<enqueued>(true);
  }
  void shutdown() override {
    {
      const std::unique_lock<std::mutex> lock(mutex_);
      ending_ = true;
    }
    come_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      come_.wait(lock, [this] { return !jobs_.empty() || ending_; });
      if (jobs_.empty()) return;
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
      --busy_;
      room_.notify_one();
    }
  }

  std::mutex mutex_{};
  std::condition_variable come_{};  // a connection came, or the end
  std::condition_variable room_{};  // a connection ended
  std::deque<std::function<void()>> jobs_{};
  std::size_t busy_ = 0;  // connections that are open
  bool ending_ = false;
  std::vector<std::thread> threads_{};
};

}  // namespace headroom::internal
