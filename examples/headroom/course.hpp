#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function

namespace contestants {

/// A training of anything, as far as it takes to carry it on.
class course {
 public:
  virtual ~course() = default;
  /// Goes on until it is finished, or until `pause(episodes so far)`, asked after every episode, says so.
  virtual void go_on(const std::function<bool(std::uint64_t)>& pause) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual std::uint64_t episodes() const = 0;
};

}  // namespace contestants
