#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <string>      // std::string
#include <vector>      // std::vector

/// How fast this machine is, and an agent on it: what `headroom bench` measures.
namespace tool::speed {

/// Something that is timed. `run` does some operations, a millisecond of them at most, and says how many.
struct timed {
  std::string name{};
  std::string in_short{};  ///< of a yardstick, for a column of a table
  std::function<std::uint64_t()> run{};
};

/// What the machine itself takes, measured in the same round as the work.
struct yardstick {
  std::string name{};
  std::string in_short{};
  std::vector<double> ns{};  ///< one operation, by round
};

/// A row of the table: a work, and the times of the rounds as multiples of a yardstick's.
struct work_row {
  std::string name{};
  std::size_t beside = 0;    ///< index of the yardstick
  double operations = 1;     ///< of the yardstick that one of the work is compared with
  std::vector<double> ns{};  ///< one operation, by round
};

struct sizes {
  std::size_t states = 10'000;
  std::size_t actions = 3;
  std::size_t features = 9;
  std::vector<std::size_t> layers{64, 64};
  std::size_t batch = 64;
};

/// What the machine was doing meanwhile.
struct machine_state {
  std::vector<double> load_before{};  ///< averages of 1, 5 and 15 minutes; empty where the system says none
  std::vector<double> load_after{};
  double stolen = 0;  ///< of the machine's time, by other virtual machines on its host; NaN where it is not known
  double got = 0;     ///< of one processor, by this process
};

struct measured {
  std::vector<yardstick> yardsticks{};
  std::vector<work_row> rows{};
  machine_state machine{};
  double flops = 0;       ///< a second, of the multiply-adds: the median of the rounds
  std::size_t lanes = 0;  ///< floats in the widest register
};

/// Measures everything in `rounds` rounds, in each of which every yardstick comes before every work. `pause` is asked
/// between two; true: stop. Nothing is measured then.
[[nodiscard]] measured measure(const sizes& s, std::size_t rounds, double seconds,
                               const std::function<bool(std::size_t done, std::size_t of)>& pause);

/// Keep compilers from computing what nobody looks at.
template <class T>
inline void keep(const T& x) {
  asm volatile("" : : "g"(&x) : "memory");
}

/// The machine by itself, in the order of `yardstick_index`.
enum yardstick_index : std::size_t { l1_load, l2_load, misprediction, multiply_add, bare_walk, bare_jump };
[[nodiscard]] std::vector<timed> machine_itself(const sizes& s);
/// A branch that is always right; `misprediction` is one that is wrong half the time, less this.
[[nodiscard]] timed predicted_branch();

/// The agents at work, and beside which yardstick each stands.
struct agent_work {
  timed one{};
  std::size_t beside = 0;
  double operations = 1;
};
[[nodiscard]] std::vector<agent_work> agents_at_work(const sizes& s);

}  // namespace tool::speed
