#include <headroom/core/internal/same_observation.hpp>

#include <array>
#include <string>

#include "catch.hpp"

using headroom::internal::same_observation;

namespace {

struct comparable {
  std::array<double, 100> values{};
  bool operator==(const comparable&) const = default;
};
struct plain {  // compared byte by byte with the copy
  std::array<double, 100> values{};
};
struct with_text {  // neither can be compared nor be copied as bytes
  std::array<double, 100> values{};
  std::string zone = "eu";
};

template <class Observation>
void recognises() {
  same_observation<Observation> last;
  Observation o;
  Observation copy = o;
  CHECK_FALSE(last.repeats(o, copy));  // nothing was remembered
  last.remember(o, copy);
  CHECK(last.repeats(o, copy));
  CHECK_FALSE(last.repeats(copy, copy));  // the same value in another place
  o.values[50] = 1;
  CHECK_FALSE(last.repeats(o, copy));  // the same place with another value
  last.remember(o, copy);
  copy = o;
  CHECK(last.repeats(o, copy));
  last.forget();
  CHECK_FALSE(last.repeats(o, copy));
  last.remember(o, copy);  // the first of an episode follows on none
  CHECK(last.repeats(o, copy));
  last.remember(o, copy);  // a step that changed nothing: the world stands still at times
  CHECK_FALSE(last.repeats(o, copy));
  last.forget();
  o.values[50] = 2;
  copy = o;
  last.remember(o, copy);
  CHECK_FALSE(last.repeats(o, copy));  // and nothing can be said from then on
}

}  // namespace

TEST_CASE("same_observation: the same place with the same value is the same, as long as the world moves") {
  recognises<comparable>();
  recognises<plain>();
  recognises<with_text>();
}

TEST_CASE("same_observation: bytes are kept only of what cannot be compared with a copy") {
  CHECK(sizeof(same_observation<comparable>) <= 3 * sizeof(void*));
  CHECK(sizeof(same_observation<plain>) <= 3 * sizeof(void*));
  CHECK(sizeof(same_observation<with_text>) > sizeof(with_text));
}
