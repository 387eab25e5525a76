#include <headroom/core/internal/roomy_vector.hpp>

#include <utility>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("roomy_vector: a copy has the room of the original") {
  internal::roomy_vector<int> first;
  first.reserve(100);
  first.push_back(7);
  internal::roomy_vector<int> second{first};
  CHECK(second.capacity() >= 100);
  CHECK(second == std::vector<int>{7});
  internal::roomy_vector<int> third;
  third = first;
  CHECK(third.capacity() >= 100);
  second.push_back(8);
  CHECK(allocations_in([&] {
          third = second;
          for (int k = 2; k < 100; ++k) third.push_back(k);
          third = *&third;
        }) == 0);
  CHECK(third.size() == 100);
  CHECK(third[1] == 8);
  const internal::roomy_vector<int> fourth{std::move(third)};
  CHECK(fourth.size() == 100);
}
