#include <headroom/live/pipeline_options.hpp>

#include <limits>
#include <stdexcept>
#include <type_traits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct optioned_sample {
  int replicas = 0;
};
static_assert(Policy<hold_policy, optioned_sample, int>);

}  // namespace

TEST_CASE("live.pipeline_options: what cannot be is refused by name") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(checked(pipeline_options{.interval_s = 0}),
                    "pipeline: interval_s is 0, must be positive and finite");
  CHECK_THROWS_AS(checked(pipeline_options{.interval_s = nan}), std::invalid_argument);
  CHECK_THROWS_WITH(checked(pipeline_options{.warm_up_s = -1}),
                    "pipeline: warm_up_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(checked(pipeline_options{.patience_s = -0.5}),
                    "pipeline: patience_s is -0.5, must be zero or more, and finite");
  CHECK_THROWS_WITH(checked(pipeline_options{.slowest_read_s = -2}),
                    "pipeline: slowest_read_s is -2, must be zero or more, and finite");
  CHECK_THROWS_AS(checked(pipeline_options{.patience_s = nan}), std::invalid_argument);
  CHECK_THROWS_AS(checked(pipeline_options{.limits = {.minimum = 3, .maximum = 2}}), std::invalid_argument);
}

TEST_CASE("live.pipeline_options: zero is a warm-up, a patience and a limit of reads") {
  const pipeline_options o{.warm_up_s = 0, .patience_s = 0, .slowest_read_s = 0};
  CHECK(&checked(o) == &o);
  CHECK_NOTHROW(checked(pipeline_options{}));
}

TEST_CASE("live.pipeline_options: the parts that are not given do nothing") {
  hold_policy hold;
  CHECK(hold.start(optioned_sample{4}) == 0);
  CHECK(hold.step(optioned_sample{9}) == 0);
  journal_record record;
  const journal_record untouched = record;
  no_journal::decided(record, true);
  no_description{}(record, static_cast<const optioned_sample*>(nullptr), 3, optioned_sample{});
  CHECK(record.why == untouched.why);
  CHECK(record.state == untouched.state);
  pipeline_parts parts{1, 2, 3, 4};
  static_assert(std::is_same_v<decltype(parts.log), no_journal>);
  static_assert(std::is_same_v<decltype(parts.fallback), hold_policy>);
}
