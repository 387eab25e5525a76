#include <headroom/core/concepts.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "catch.hpp"

using namespace headroom;

// Each concept from both sides: a smallest model, and near misses that differ from it in one thing.
namespace {

struct sample {
  double queue = 0;
};

// Environment
struct coin {
  using observation_type = int;
  using action_type = int;
  int reset();
  step_result<int> step(int action);
};
struct by_reference : coin {
  step_result<int> step(const int& action);
};
struct no_types {
  int reset();
  step_result<int> step(int action);
};
struct bare_step : coin {
  int step(int action);
};
struct other_reset : coin {
  long reset();
};
struct other_result : coin {
  step_result<long> step(int action);
};
struct takes_mutable : coin {
  step_result<int> step(int& action);
};
struct takes_nothing : coin {
  step_result<int> step();
};
struct observes_references {
  using observation_type = const int&;
  using action_type = int;
  const int& reset();
};
struct unique {
  unique() = default;
  unique(unique&&) = default;
};
struct observes_what_cannot_be_copied {
  using observation_type = unique;
  using action_type = int;
  unique reset();
  step_result<unique> step(int action);
};
struct needs_a_value {
  explicit needs_a_value(int);
};
struct acts_without_default {
  using observation_type = int;
  using action_type = needs_a_value;
  int reset();
  step_result<int> step(const needs_a_value& action);
};

// Encoder
struct parity {
  using state_type = state_index;
  state_index operator()(int o);
};
struct parity_of_two : parity {
  [[nodiscard]] std::size_t size() const;
};
struct size_is_int : parity {
  [[nodiscard]] int size() const;
};
struct size_is_not_const : parity {
  std::size_t size();
};
struct vector_of_two : parity {
  [[nodiscard]] std::size_t dimension() const;
};
struct no_state_type {
  state_index operator()(int o);
};
struct yields_number {
  using state_type = state_index;
  std::size_t operator()(int o);
};
struct changes_observation {
  using state_type = state_index;
  state_index operator()(int& o);
};

// Reward
struct price {
  double operator()(const sample&, int, const sample&) const;
};
struct price_in_cents {
  int operator()(const sample&, int, const sample&) const;
};
struct counts_its_calls {
  double operator()(const sample&, int, const sample&);
};
struct price_in_words {
  std::string operator()(const sample&, int, const sample&) const;
};
struct price_of_one {
  double operator()(const sample&, int) const;
};

// ActionSet
struct two {
  [[nodiscard]] std::size_t size() const;
  int operator[](action_index i) const;
};
struct two_masked : two {
  [[nodiscard]] bool legal(const sample&, action_index) const;
};
struct legal_is_int : two {
  [[nodiscard]] int legal(const sample&, action_index) const;
};
struct counts_in_int {
  [[nodiscard]] int size() const;
  int operator[](action_index i) const;
};
struct indexed_by_number {
  [[nodiscard]] std::size_t size() const;
  int operator[](std::size_t i) const;
};
struct changing_menu {
  [[nodiscard]] std::size_t size() const;
  int operator[](action_index i);
};

// Exploration
struct first {
  action_index operator()(std::span<const double>, action_mask, engine&);
};
struct first_and_says_so : first {
  void probabilities(std::span<const double>, action_mask, std::span<double>) const;
};
struct probabilities_change_it : first {
  void probabilities(std::span<const double>, action_mask, std::span<double>);
};
struct first_as_number {
  std::size_t operator()(std::span<const double>, action_mask, engine&);
};
struct first_without_mask {
  action_index operator()(std::span<const double>, engine&);
};
struct brings_its_engine {
  action_index operator()(std::span<const double>, action_mask, engine&&);
};

// Agent
struct still {
  using state_type = state_index;
  action_index start(state_index);
  action_index step(double, state_index);
  void terminate(double);
  void truncate(double, state_index);
  [[nodiscard]] action_index greedy(state_index) const;
};
struct still_masked : still {
  using still::greedy;
  using still::start;
  using still::step;
  using still::truncate;
  action_index start(state_index, action_mask);
  action_index step(double, state_index, action_mask);
  void truncate(double, state_index, action_mask);
  [[nodiscard]] action_index greedy(state_index, action_mask) const;
};
struct still_correctable : still {
  void executed(action_index);
};
struct executed_by_number : still {
  void executed(std::size_t);
};
struct no_truncation {
  using state_type = state_index;
  action_index start(state_index);
  action_index step(double, state_index);
  void terminate(double);
  [[nodiscard]] action_index greedy(state_index) const;
};
struct greedy_learns : still {
  action_index greedy(state_index);
};
struct steps_to_number : still {
  std::size_t step(double, state_index);
};
struct terminate_acts : still {
  action_index terminate(double);
};
struct masks_all_but_truncation : still {
  using still::greedy;
  using still::start;
  using still::step;
  action_index start(state_index, action_mask);
  action_index step(double, state_index, action_mask);
  [[nodiscard]] action_index greedy(state_index, action_mask) const;
};

// Policy
struct hold {
  int start(const sample&);
  int step(const sample&);
  void stop(const sample&, episode);
};
struct hold_correctable : hold {
  void executed(int);
};
struct executed_answers : hold {
  bool executed(int);
};
struct hold_in_real_numbers {
  double start(const sample&);
  double step(const sample&);
  void stop(const sample&, episode);
};
struct stops_without_reason {
  int start(const sample&);
  int step(const sample&);
  void stop(const sample&);
};
struct changes_what_it_sees {
  int start(sample&);
  int step(sample&);
  void stop(sample&, episode);
};

// The organs of a live host
struct fallible_source {
  using observation_type = sample;
  std::optional<sample> read();
};
struct source_that_never_fails {
  using observation_type = sample;
  sample read();
};
struct source_without_type {
  std::optional<sample> read();
};
struct knob {
  void apply(int);
};
struct knob_that_answers {
  bool apply(int);
};
struct manual_clock {
  std::chrono::nanoseconds now();
  void sleep(std::chrono::nanoseconds);
};
struct clock_in_seconds {
  std::chrono::seconds now();
  void sleep(std::chrono::nanoseconds);
};
struct clock_that_wakes_early {
  std::chrono::nanoseconds now();
  bool sleep(std::chrono::nanoseconds);
};

}  // namespace

TEST_CASE("Environment: models and near misses") {
  STATIC_REQUIRE(Environment<coin>);
  STATIC_REQUIRE(Environment<by_reference>);
  STATIC_REQUIRE_FALSE(Environment<no_types>);
  STATIC_REQUIRE_FALSE(Environment<bare_step>);
  STATIC_REQUIRE_FALSE(Environment<other_reset>);
  STATIC_REQUIRE_FALSE(Environment<other_result>);
  STATIC_REQUIRE_FALSE(Environment<takes_mutable>);
  STATIC_REQUIRE_FALSE(Environment<takes_nothing>);
  STATIC_REQUIRE_FALSE(Environment<observes_references>);
  STATIC_REQUIRE_FALSE(Environment<observes_what_cannot_be_copied>);
  STATIC_REQUIRE_FALSE(Environment<acts_without_default>);
  STATIC_REQUIRE_FALSE(Environment<const coin>);
  STATIC_REQUIRE_FALSE(Environment<int>);
}

TEST_CASE("Encoder, DiscreteEncoder, VectorEncoder: models and near misses") {
  STATIC_REQUIRE(Encoder<parity, int>);
  STATIC_REQUIRE_FALSE(Encoder<no_state_type, int>);
  STATIC_REQUIRE_FALSE(Encoder<yields_number, int>);
  STATIC_REQUIRE_FALSE(Encoder<changes_observation, int>);
  STATIC_REQUIRE_FALSE(Encoder<parity, sample>);
  STATIC_REQUIRE(DiscreteEncoder<parity_of_two, int>);
  STATIC_REQUIRE_FALSE(DiscreteEncoder<parity, int>);
  STATIC_REQUIRE_FALSE(DiscreteEncoder<size_is_int, int>);
  STATIC_REQUIRE_FALSE(DiscreteEncoder<size_is_not_const, int>);
  STATIC_REQUIRE(VectorEncoder<vector_of_two, int>);
  STATIC_REQUIRE_FALSE(VectorEncoder<parity_of_two, int>);
}

TEST_CASE("Reward: models and near misses") {
  STATIC_REQUIRE(Reward<price, sample, int>);
  STATIC_REQUIRE(Reward<price_in_cents, sample, int>);  // a conversion that is friendly
  STATIC_REQUIRE(Reward<double (*)(const sample&, int, const sample&), sample, int>);
  STATIC_REQUIRE_FALSE(Reward<counts_its_calls, sample, int>);
  STATIC_REQUIRE_FALSE(Reward<price_in_words, sample, int>);
  STATIC_REQUIRE_FALSE(Reward<price_of_one, sample, int>);
  STATIC_REQUIRE_FALSE(Reward<price, sample, std::string>);
}

TEST_CASE("ActionSet, MaskedActionSet: models and near misses") {
  STATIC_REQUIRE(ActionSet<two, int>);
  STATIC_REQUIRE(ActionSet<two, double>);
  STATIC_REQUIRE_FALSE(ActionSet<two, std::string>);
  STATIC_REQUIRE_FALSE(ActionSet<counts_in_int, int>);
  STATIC_REQUIRE_FALSE(ActionSet<indexed_by_number, int>);
  STATIC_REQUIRE_FALSE(ActionSet<changing_menu, int>);
  STATIC_REQUIRE(MaskedActionSet<two_masked, int, sample>);
  STATIC_REQUIRE_FALSE(MaskedActionSet<two, int, sample>);
  STATIC_REQUIRE_FALSE(MaskedActionSet<legal_is_int, int, sample>);
  STATIC_REQUIRE_FALSE(MaskedActionSet<two_masked, int, int>);
}

TEST_CASE("Exploration, ExplicitExploration: models and near misses") {
  STATIC_REQUIRE(Exploration<first>);
  STATIC_REQUIRE_FALSE(Exploration<first_as_number>);
  STATIC_REQUIRE_FALSE(Exploration<first_without_mask>);
  STATIC_REQUIRE_FALSE(Exploration<brings_its_engine>);
  STATIC_REQUIRE(ExplicitExploration<first_and_says_so>);
  STATIC_REQUIRE_FALSE(ExplicitExploration<first>);
  STATIC_REQUIRE_FALSE(ExplicitExploration<probabilities_change_it>);
}

TEST_CASE("Schedule and Workload: models and near misses") {
  const auto slowly = [](std::uint64_t n) { return 1.0 / static_cast<double>(1 + n); };
  const auto steady = [](double) { return 5; };
  int calls = 0;
  const auto counting = [calls](std::uint64_t) mutable { return ++calls; };
  const auto nothing = [](std::uint64_t) {};
  STATIC_REQUIRE(Schedule<decltype(slowly)>);
  STATIC_REQUIRE_FALSE(Schedule<decltype(counting)>);
  STATIC_REQUIRE_FALSE(Schedule<decltype(nothing)>);
  STATIC_REQUIRE_FALSE(Schedule<double>);
  STATIC_REQUIRE(Workload<decltype(steady)>);
  STATIC_REQUIRE_FALSE(Workload<decltype(nothing)>);
  STATIC_REQUIRE_FALSE(Workload<decltype(counting)>);
  CHECK(slowly(1) == 0.5);
  CHECK(steady(0) == 5);
}

TEST_CASE("Agent, MaskedAgent, CorrectableAgent: models and near misses") {
  STATIC_REQUIRE(Agent<still>);
  STATIC_REQUIRE_FALSE(Agent<no_truncation>);
  STATIC_REQUIRE_FALSE(Agent<greedy_learns>);
  STATIC_REQUIRE_FALSE(Agent<steps_to_number>);
  STATIC_REQUIRE_FALSE(Agent<terminate_acts>);
  STATIC_REQUIRE(MaskedAgent<still_masked>);
  STATIC_REQUIRE_FALSE(MaskedAgent<still>);
  STATIC_REQUIRE_FALSE(MaskedAgent<masks_all_but_truncation>);
  STATIC_REQUIRE(CorrectableAgent<still_correctable>);
  STATIC_REQUIRE_FALSE(CorrectableAgent<still>);
  STATIC_REQUIRE_FALSE(CorrectableAgent<executed_by_number>);
}

TEST_CASE("Policy, CorrectablePolicy: models and near misses") {
  STATIC_REQUIRE(Policy<hold, sample, int>);
  STATIC_REQUIRE_FALSE(Policy<hold, sample, double>);
  STATIC_REQUIRE_FALSE(Policy<hold, int, int>);
  STATIC_REQUIRE_FALSE(Policy<hold_in_real_numbers, sample, int>);
  STATIC_REQUIRE_FALSE(Policy<stops_without_reason, sample, int>);
  STATIC_REQUIRE_FALSE(Policy<changes_what_it_sees, sample, int>);
  STATIC_REQUIRE(CorrectablePolicy<hold_correctable, sample, int>);
  STATIC_REQUIRE_FALSE(CorrectablePolicy<hold, sample, int>);
  STATIC_REQUIRE_FALSE(CorrectablePolicy<executed_answers, sample, int>);
}

TEST_CASE("MetricSource, Actuator, Clock: models and near misses") {
  STATIC_REQUIRE(MetricSource<fallible_source>);
  STATIC_REQUIRE_FALSE(MetricSource<source_that_never_fails>);
  STATIC_REQUIRE_FALSE(MetricSource<source_without_type>);
  STATIC_REQUIRE(Actuator<knob, int>);
  STATIC_REQUIRE_FALSE(Actuator<knob_that_answers, int>);
  STATIC_REQUIRE_FALSE(Actuator<knob, std::string>);
  STATIC_REQUIRE(Clock<manual_clock>);
  STATIC_REQUIRE(Nanoseconds<std::chrono::nanoseconds>);
  STATIC_REQUIRE_FALSE(Nanoseconds<std::chrono::microseconds>);
  STATIC_REQUIRE_FALSE(Nanoseconds<double>);
  STATIC_REQUIRE_FALSE(Clock<clock_in_seconds>);
  STATIC_REQUIRE_FALSE(Clock<clock_that_wakes_early>);
}
