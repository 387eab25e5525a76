#include <headroom/planning/relaxation.hpp>

#include <array>
#include <cstddef>

#include <headroom/systems/farm/relaxation.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Three steps of ten requests; a replica serves four of them in a step, and what is not served is missed at once.
struct three_steps {
  struct state_type {
    std::size_t replicas = 1;
    std::size_t t = 0;
  };
  [[nodiscard]] std::size_t steps() const { return 3; }
  [[nodiscard]] double requests() const { return 30; }
  [[nodiscard]] std::array<int, 3> moves() const { return {-1, 0, +1}; }
  void start(state_type& s) const { s = {}; }
  [[nodiscard]] std::size_t replicas(const state_type& s) const { return s.replicas; }
  double step(state_type& s, int move, std::size_t) const {
    s.replicas = static_cast<std::size_t>(static_cast<int>(s.replicas) + move);
    ++s.t;
    return 10 - 4 * static_cast<double>(s.replicas);
  }
  [[nodiscard]] double certain(const state_type&) const { return 0; }
  [[nodiscard]] double forgotten(const state_type&, const state_type&) const { return 0; }
  [[nodiscard]] bool may_end(const state_type&) const { return false; }
  [[nodiscard]] double end(state_type&) const { return 0; }
  [[nodiscard]] bool covers(const state_type&, const state_type&) const { return true; }
  void merge(state_type&, const state_type&) const {}
};

using state = three_steps::state_type;
// The same, each without one of its parts, or with one of another kind.
struct no_state : three_steps {
  using state_type = int;
};
struct steps_are_int : three_steps {
  int steps() const { return 3; }
};
struct no_requests : three_steps {
  double requests() const = delete;
};
struct moves_are_names : three_steps {
  std::array<const char*, 1> moves() const { return {"up"}; }
};
struct no_start : three_steps {
  void start(state&) const = delete;
};
struct no_replicas : three_steps {
  std::size_t replicas(const state&) const = delete;
};
struct step_keeps_misses : three_steps {
  void step(state&, int, std::size_t) const {}
};
struct no_certain : three_steps {
  double certain(const state&) const = delete;
};
struct no_forgotten : three_steps {
  double forgotten(const state&, const state&) const = delete;
};
struct may_end_is_number : three_steps {
  int may_end(const state&) const { return 0; }
};
struct end_keeps_misses : three_steps {
  void end(state&) const {}
};
struct covers_is_number : three_steps {
  double covers(const state&, const state&) const { return 1; }
};
struct no_merge : three_steps {
  void merge(state&, const state&) const = delete;
};

}  // namespace

TEST_CASE("relaxation: a model with every part is one, and so is the farm's") {
  CHECK(Relaxation<three_steps>);
  CHECK(Relaxation<farm::relaxation>);
}

TEST_CASE("relaxation: each part is asked for, and of its type") {
  CHECK_FALSE(Relaxation<no_state>);
  CHECK_FALSE(Relaxation<steps_are_int>);
  CHECK_FALSE(Relaxation<no_requests>);
  CHECK_FALSE(Relaxation<moves_are_names>);
  CHECK_FALSE(Relaxation<no_start>);
  CHECK_FALSE(Relaxation<no_replicas>);
  CHECK_FALSE(Relaxation<step_keeps_misses>);
  CHECK_FALSE(Relaxation<no_certain>);
  CHECK_FALSE(Relaxation<no_forgotten>);
  CHECK_FALSE(Relaxation<may_end_is_number>);
  CHECK_FALSE(Relaxation<end_keeps_misses>);
  CHECK_FALSE(Relaxation<covers_is_number>);
  CHECK_FALSE(Relaxation<no_merge>);
}
