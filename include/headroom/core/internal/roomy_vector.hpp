#pragma once

#include <utility>  // std::move
#include <vector>   // std::vector

namespace headroom::internal {

/// A vector whose copy has the same capacity. What was reserved for a hot path is there in a copy, too; a copy of a
/// plain vector has room for its elements only, so it would allocate later.
template <class T>
class roomy_vector : public std::vector<T> {
 public:
  using std::vector<T>::vector;

  roomy_vector() = default;
  roomy_vector(const roomy_vector& other) : std::vector<T>() { *this = other; }
  roomy_vector(roomy_vector&&) noexcept = default;
  roomy_vector& operator=(const roomy_vector& other) {
    if (this == &other) return *this;
    this->reserve(other.capacity());
    this->assign(other.begin(), other.end());
    return *this;
  }
  roomy_vector& operator=(roomy_vector&&) noexcept = default;
  ~roomy_vector() = default;
};

}  // namespace headroom::internal
