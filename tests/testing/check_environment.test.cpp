#include <headroom/testing/check_environment.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

enum class mood : unsigned char { calm, busy };

struct sample {
  double queue = 0;
  int replicas = 1;
  mood how = mood::calm;
};

// A clean environment with one place for each fault. It ends after `length` steps.
struct pool {
  using observation_type = sample;
  using action_type = int;

  sample reset() {
    if (!keep_replicas) replicas = 1;
    if (!keep_steps) steps = 0;
    return {0, replicas, mood::calm};
  }
  step_result<sample> step(int delta) {
    if (steps == throw_at) throw std::runtime_error("no such delta");
    replicas += delta;
    sample o{random.uniform(), replicas, replicas > 2 ? mood::busy : mood::calm};
    if (steps == nan_at || steps == nan_at + 1) o.queue = std::nan("");
    if (steps == infinite_at) o.queue = -std::numeric_limits<double>::infinity();
    ++steps;
    if (steps == status_at) return {o, static_cast<episode>(7)};
    if (forget_end) return {o, steps == length ? episode::terminated : episode::ongoing};
    return {o, steps >= length ? episode::terminated : episode::ongoing};
  }

  engine random{1};
  int length = 20;
  int steps = 0;
  int replicas = 1;
  bool keep_replicas = false;
  bool keep_steps = false;
  bool forget_end = false;
  int nan_at = -2;
  int infinite_at = -1;
  int throw_at = -1;
  int status_at = -1;
};

const std::vector<int> actions{1, 0, -1, 0, 1};

// The pool draws from one stream through all episodes.
constexpr environment_check_options one_stream{.independent_episodes = false};

template <class Break>
std::vector<std::string> findings_of(Break break_it, const environment_check_options& options = one_stream) {
  const auto make = [&] {
    pool p;
    break_it(p);
    return p;
  };
  return check_environment(make, actions, options, &sample::queue, &sample::replicas, &sample::how);
}

using sentences = std::vector<std::string>;

struct moody {
  using observation_type = sample;
  using action_type = int;
  mood how;
  sample reset() { return {}; }
  step_result<sample> step(int) { return {{0, 1, how}}; }
};

struct counter {
  using observation_type = problem_observation;
  using action_type = int;
  std::size_t n;
  problem_observation reset() { return {n, 0}; }
  step_result<problem_observation> step(int) { return {{n, 0}, episode::terminated}; }
};

struct number {
  using observation_type = double;
  using action_type = bool;
  std::unique_ptr<int> only_moved = std::make_unique<int>(0);
  double reset() { return 0; }
  step_result<double> step(bool up) { return {up ? 1.0 : std::nan("")}; }
};

}  // namespace

TEST_CASE("a clean environment has no finding") {
  CHECK(findings_of([](pool&) {}) == sentences{});
}

TEST_CASE("the farm has no finding, with all its numbers, in two workloads") {
  using o = farm::observation;
  environment_check_options options;
  options.step_after_end = true;
  for (const farm::phase_mode mode : {farm::phase_mode::executed, farm::phase_mode::documented}) {
    const auto make = [&] { return farm::environment(42, {}, farm::environment::published(mode)); };
    CHECK(check_environment(make, {-2, 0, 1, 3, -1}, options, &o::input_queue, &o::worker_queue, &o::result_queue,
                            &o::output_queue, &o::workers, &o::average_latency, &o::maximum_latency, &o::arrival_rate,
                            &o::qos_rate, &o::time_s, &o::enqueued_total, &o::requested_delta, &o::applied_delta,
                            &o::blocked_s, &o::unfinished, &o::final_qos, &o::final_qos_all,
                            &o::status) == sentences{});
  }
}

TEST_CASE("two environments that differ are found, with the step and the field") {
  // As if the seed were taken from a clock.
  std::uint64_t clock = 0;
  const auto make = [&] {
    pool p;
    p.random = engine(++clock);
    return p;
  };
  const auto findings = check_environment(make, actions, {}, &sample::replicas, &sample::queue);
  const double one = engine(1).uniform();
  const double two = engine(2).uniform();
  CHECK(findings == sentences{"step 0: two fresh environments differ after the same actions: observation field 1 is " +
                              to_text(one) + " and " + to_text(two)});
}

TEST_CASE("a difference at reset is found there") {
  int built = 0;
  const auto make = [&] {
    pool p;
    p.keep_replicas = true;
    p.replicas = ++built;
    return p;
  };
  CHECK(check_environment(make, actions, {}, &sample::queue, &sample::replicas) ==
        sentences{"reset: two fresh environments differ after the same actions: observation field 1 is 1 and 2"});
}

TEST_CASE("a difference in the end alone is found") {
  int built = 0;
  const auto make = [&] {
    pool p;
    p.length = 10 + built++;
    return p;
  };
  CHECK(check_environment(make, actions, {}, &sample::queue) ==
        sentences{"step 9: two fresh environments differ after the same actions: status is terminated and ongoing"});
}

TEST_CASE("a difference in an enumeration is found") {
  int built = 0;
  const auto make = [&] { return moody{built++ == 0 ? mood::calm : mood::busy}; };
  CHECK(check_environment(make, actions, {}, &sample::how) ==
        sentences{"step 0: two fresh environments differ after the same actions: observation field 0 is 0 and 1"});
}

TEST_CASE("numbers that are not finite are found, once a field") {
  CHECK(findings_of([](pool& p) { p.nan_at = 17; }) ==
        sentences{"step 17: observation field 0 is nan; an encoder will refuse it"});
  CHECK(findings_of([](pool& p) { p.infinite_at = 3; }) ==
        sentences{"step 3: observation field 0 is -inf; an encoder will refuse it"});
}

TEST_CASE("state that survives a reset is found where it shows") {
  environment_check_options options;
  const auto same_numbers = [](pool& p) { p.random = engine(0); };
  const auto make = [&](auto break_it) {
    pool p;
    same_numbers(p);
    break_it(p);
    return p;
  };
  CHECK(check_environment([&] { return make([](pool& p) { p.keep_replicas = true; }); }, {1}, options,
                          &sample::replicas) ==
        sentences{"episode 1, reset: what was done before the reset still shows: observation field 0 is 21 and 1"});
  CHECK(
      check_environment([&] { return make([](pool& p) { p.keep_steps = true; }); }, {1}, options, &sample::replicas) ==
      sentences{"episode 1, step 0: what was done before the reset still shows: status is terminated and ongoing"});
}

TEST_CASE("a random stream that runs on makes episodes depend on each other, unless that is agreed") {
  engine after(1);
  for (int i = 0; i < 20; ++i) after.uniform();
  CHECK(findings_of([](pool&) {}, {}) ==
        sentences{"episode 1, step 0: what was done before the reset still shows: observation field 0 is " +
                  to_text(after.uniform()) + " and " + to_text(engine(1).uniform())});
  CHECK(findings_of([](pool&) {}, one_stream) == sentences{});
}

TEST_CASE("an episode that ends at once is found") {
  CHECK(findings_of([](pool& p) { p.length = 1; }) ==
        sentences{"step 0: the episode ends at its first step, nothing can be learned"});
  CHECK(findings_of([](pool& p) { p.length = 2; }) == sentences{});
}

TEST_CASE("an episode that never ends is found, unless it should not") {
  environment_check_options options = one_stream;
  options.max_steps = 50;
  const auto endless = [](pool& p) { p.length = 1000; };
  CHECK(findings_of(endless, options) == sentences{"step 50: no end so far, max_steps is 50, wrap it in a time_limit"});
  options.must_end = false;
  CHECK(findings_of(endless, options) == sentences{});
  options.must_end = true;
  options.max_steps = 1000;  // the last step counts
  CHECK(findings_of(endless, options) == sentences{});
}

TEST_CASE("an end that does not last is found when asked for") {
  environment_check_options options = one_stream;
  const auto forgets = [](pool& p) { p.forget_end = true; };
  CHECK(findings_of(forgets, options) == sentences{});
  options.step_after_end = true;
  CHECK(findings_of(forgets, options) ==
        sentences{"step 20: ongoing again; an episode that has ended stays ended until reset"});
}

TEST_CASE("an exception is found, and ends the check") {
  CHECK(findings_of([](pool& p) { p.throw_at = 5; }) == sentences{"step 5: threw 'no such delta'"});
}

TEST_CASE("a status that is none is found") {
  CHECK(findings_of([](pool& p) { p.status_at = 4; })[0] == "step 3: status is 7, which is none");
}

TEST_CASE("observations without named fields are compared as they can be") {
  int built = 0;
  // By operator==.
  CHECK(check_environment([&] { return random_walk::five(static_cast<std::uint64_t>(built)); }, {0}, one_stream) ==
        sentences{});
  CHECK(check_environment([&] { return counter{static_cast<std::size_t>(built++)}; }, {0}) ==
        sentences{"reset: two fresh environments differ after the same actions: the observations are not equal"});
  // As a number.
  CHECK(check_environment(
            [] {
              return time_limit{number{}, 5};
            },
            {true, false}) == sentences{"step 1: observation is nan; an encoder will refuse it"});
}

TEST_CASE("check_environment refuses to check nothing") {
  const auto make = [] { return pool{}; };
  CHECK_THROWS_WITH(check_environment(make, {}, {}, &sample::queue),
                    "check_environment: number of actions is 0, must be at least 1");
  CHECK_THROWS_WITH(check_environment(make, actions, {.max_steps = 0}, &sample::queue),
                    "check_environment: max_steps is 0, must be at least 1");
}
