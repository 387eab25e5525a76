#pragma once

#include <optional>
#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/sense.hpp>

/// What the tests of live hosts have in common: a service that is a number of replicas, and a policy that wishes what
/// the test says.
namespace live_world {

struct small_sample {
  double time_s = 0;
  double load = 0;
  int replicas = 0;
};

struct small_service {
  headroom::manual_clock clock{1'795'310'000};
  headroom::reading load = headroom::reading::of(100);
  std::optional<int> replicas = 4;  ///< nothing: they cannot be read
  headroom::decision_outcome answer = headroom::decision_outcome::applied;
  bool obeys = true;  ///< whether an answer of `unknown` hides a change that happened
  double read_takes_s = 0;
  std::vector<std::pair<int, int>> scaled{};

  headroom::sense<small_sample> source() {
    using headroom::reading;
    return {{&small_sample::time_s, headroom::elapsed{clock}, {.need = headroom::field_need::vital}},
            {&small_sample::load, [this] { return clock.advance(read_takes_s), load; }},
            {&small_sample::replicas,
             [this] { return replicas ? reading::of(*replicas) : reading::none(headroom::unknown_why::failed); }}};
  }
};

struct scaler_of {
  small_service* world;
  headroom::decision_outcome scale(int from, int to) const {
    world->scaled.emplace_back(from, to);
    if (world->answer == headroom::decision_outcome::applied ||
        (world->answer == headroom::decision_outcome::unknown && world->obeys))
      world->replicas = to;
    return world->answer;
  }
};

/// Wishes what the test says, and writes down what happens to it.
struct scripted {
  struct diary {
    int wish = 0;
    int starts = 0;
    int steps = 0;
    std::vector<headroom::episode> stops{};
    std::vector<int> told{};
    std::vector<double> loads{};
  };
  diary* of;

  int start(const small_sample& o) {
    ++of->starts;
    of->loads.push_back(o.load);
    return of->wish;
  }
  int step(const small_sample& o) {
    ++of->steps;
    of->loads.push_back(o.load);
    return of->wish;
  }
  void stop(const small_sample&, headroom::episode why) { of->stops.push_back(why); }
  void executed(int delta) { of->told.push_back(delta); }
};

inline bool never() { return false; }

}  // namespace live_world
