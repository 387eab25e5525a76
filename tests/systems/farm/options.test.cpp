#include <headroom/systems/farm/options.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

struct names {
  std::vector<std::string> all{};
  template <class Value>
  void operator()(const char* name, const Value&) {
    all.emplace_back(name);
  }
};

}  // namespace

TEST_CASE("farm::options: the published experiment passes, and comes back as it is") {
  const farm::options published;
  CHECK(&checked(published) == &published);
  CHECK_NOTHROW(checked(farm::options{.initial_workers = 1, .min_workers = 1, .max_workers = 1}));
}

TEST_CASE("farm::options: what cannot work is refused, by name") {
  CHECK_THROWS_WITH(checked(farm::options{.min_workers = 0}), "farm: min_workers is 0, must be at least 1");
  CHECK_THROWS_WITH(checked(farm::options{.max_workers = 4097}),
                    "farm: max_workers is 4097, must be from min_workers to 4096");
  CHECK_THROWS_WITH(checked(farm::options{.initial_workers = 33}),
                    "farm: initial_workers is 33, must be from min_workers to max_workers");
  CHECK_THROWS_WITH(checked(farm::options{.deadline_max_s = 0.05}),
                    "farm: deadline_max_s is 0.05, must not be below deadline_min_s");
  CHECK_THROWS_WITH(checked(farm::options{.polling = {.hop_s = -1}}),
                    "farm: polling.hop_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(checked(farm::options{.service = {.side_max = 1e9}}),
                    "farm: service.side_max is 1e+09, must not be below side_min, and below 1e9");
}

TEST_CASE("farm::options: a checkpoint stores every one under a name of its own") {
  names seen;
  const farm::options o;
  farm::options::fields(o, seen);
  CHECK(seen.all.size() == 24);
  CHECK(seen.all.front() == "initial_workers");
  CHECK(seen.all.back() == "side_max");
}
