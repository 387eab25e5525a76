#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/baselines/signals.hpp>
#include <headroom/core/random.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/pipeline_options.hpp>
#include <headroom/live/sense.hpp>
#include <headroom/workloads/diurnal.hpp>
#include <headroom/workloads/poisson.hpp>

/// A simulated service whose reads, writes, clocks, disk and host go wrong as a seed says, and which knows the truth. A
/// host must keep its promises in it: see fault_simulation.test.cpp.
namespace fault_world {

using headroom::decision_outcome;
using headroom::reading;
using headroom::unknown_why;

/// The process ends here. No std::exception, because nothing may catch it and go on.
struct crash {};

enum class fault : std::uint8_t {
  lost,           ///< a read fails
  empty,          ///< it holds no value
  not_a_number,   ///< or NaN
  contradictory,  ///< two sources disagree
  stale,          ///< an old value, with its age
  duplicated,     ///< the last answer once more
  late,           ///< the answer takes its time
  cached,         ///< replicas as they were, with no word about their age
  refused,        ///< a write is refused
  dropped,        ///< there is no answer, and it did not happen
  hidden,         ///< there is no answer, and it happened
  delayed,        ///< there is no answer, and it arrives later
  twice,          ///< it is delivered twice
  undone,         ///< a second writer takes it back at once
  foreign,        ///< a second writer scales
  switched_off,   ///< an operator scales to 0, and back later
  crashed,        ///< the process ends, anywhere
  day_jump,       ///< somebody sets the time of day
  suspended,      ///< the machine sleeps
  set_back,       ///< the clock runs backwards
  disk_full       ///< the journal cannot be written
};
inline constexpr std::size_t faults = 21;

inline constexpr double day_s = 86'400;
inline constexpr double interval_s = 60;
inline constexpr double stale_s = 150;
inline constexpr headroom::replica_limits limits{.minimum = 1, .maximum = 12, .max_up = 4, .max_down = 2};

inline headroom::pipeline_options pipeline_settings() {
  headroom::pipeline_options o;
  o.limits = limits;
  o.interval_s = interval_s;
  o.warm_up_s = 120;
  o.patience_s = 300;
  return o;
}

struct faulty_sample {
  double time_s = 0;
  double load = 0;
  double utilisation = 0;
  double late = 0;
  int replicas = 0;
};
inline constexpr std::size_t metrics = 3;  // load, utilisation, late

class faulty_world {
 public:
  explicit faulty_world(std::uint64_t seed, bool shadow)
      : random_(seed, headroom::stream::noise),
        shadow_(shadow),
        service_(seed, options(),
                 headroom::poisson_arrivals{headroom::diurnal_load{{.mean_per_s = 0.15, .swing = 0.6}},
                                            {.duration_s = day_s + 7200, .resolution_s = 60}}) {
    past_.push_back(service_.reset());
    wanted_ = past_.back().replicas;
    // Swarm testing: each day has some kinds of faults often and others never.
    for (double& rate : rates_) rate = random_.uniform() < 0.4 ? 0.05 * random_.uniform() * random_.uniform() : 0;
  }

  headroom::manual_clock clock{1'795'310'000};

  // ---- what a host is made of

  reading metric(std::size_t k) {
    advance();
    usable_[k] = false;
    if (happens(fault::lost)) return reading::none(unknown_why::failed);
    if (happens(fault::empty)) return reading::none(unknown_why::empty);
    if (happens(fault::not_a_number)) return reading::of(std::numeric_limits<double>::quiet_NaN());
    if (happens(fault::contradictory)) return reading::none(unknown_why::several);
    if (happens(fault::duplicated) && answered_[k]) {
      const reading again = reading::of(answers_[k], now_s() - measured_s_[k]);
      usable_[k] = again.age_s <= stale_s;
      returned_[k] = again.value;
      return again;
    }
    std::size_t back = 0;
    if (happens(fault::stale)) back = std::min(past_.size() - 1, 1 + random_.below(8));
    const headroom::service_observation& o = past_[past_.size() - 1 - back];
    if (happens(fault::late)) pass(random_.uniform() * 1.5 * interval_s);
    const std::array<double, metrics> values{o.load, o.utilisation, o.late / interval_s};
    answers_[k] = returned_[k] = values[k];
    measured_s_[k] = o.time_s;
    answered_[k] = true;
    const double age_s = now_s() - o.time_s;
    usable_[k] = age_s <= stale_s && std::isfinite(values[k]);
    return reading::of(values[k], age_s);
  }
  reading replicas() {
    advance();
    replicas_usable_ = false;
    if (happens(fault::lost)) return reading::none(unknown_why::failed);
    if (happens(fault::contradictory)) return reading::none(unknown_why::several);
    if (happens(fault::late)) pass(random_.uniform() * 1.5 * interval_s);
    replicas_usable_ = true;
    if (happens(fault::cached) && before_) return read_version_ = version_ - 1, reading::of(*before_);
    read_version_ = version_;
    return reading::of(wanted_);
  }
  void read_begins() { read_from_s_ = now_s(); }
  void read_ends() { slow_ = now_s() - read_from_s_ > interval_s; }

  void policy_called(const faulty_sample& o) {
    const bool known = usable_[0] && usable_[1] && usable_[2] && replicas_usable_ && !slow_;
    if (!known) fail("the policy decides on something that is not known");
    if (o.load != returned_[0] || o.utilisation != returned_[1] || o.late != returned_[2])
      fail("the policy sees something that was not read");
  }

  decision_outcome scale(int from, int to) {
    if (shadow_) fail("a change is sent in shadow");
    if (open_ == none || sent_ == open_) fail("a change is sent without a line of its own in the journal");
    sent_ = open_;
    if (to < limits.minimum || to > limits.maximum) fail("a change leaves the limits");
    if (to - from > limits.max_up || from - to > limits.max_down) fail("a change is larger than it may be");
    if (from == 0) fail("a service that an operator switched off is scaled");
    crash_here();
    if (happens(fault::refused)) return decision_outcome::refused;
    if (happens(fault::dropped)) return decision_outcome::unknown;
    if (happens(fault::delayed)) {
      delayed_.push_back({now_s() + random_.uniform() * 300, sent_, from, to, read_version_});
      return decision_outcome::unknown;
    }
    if (!deliver(sent_, from, to, read_version_)) return decision_outcome::conflict;
    if (happens(fault::twice) && deliver(sent_, from, to, read_version_)) fail("a change is applied twice");
    if (happens(fault::undone)) write(from);
    crash_here();
    return happens(fault::hidden) ? decision_outcome::unknown : decision_outcome::applied;
  }

  void decided(const headroom::journal_record& r, bool sends) {
    if (disk_is_full()) throw std::runtime_error("no space left on device");
    crash_here();
    if (happens(fault::crashed)) {
      if (file) tear(headroom::journal_line(r));
      throw crash{};  // half a line
    }
    if (file) file->decided(r, sends);
    lines.push_back(r);
    open_ = lines.size() - 1;
    crash_here();
  }
  void became(const headroom::journal_record& r) {
    if (disk_is_full()) throw std::runtime_error("no space left on device");
    crash_here();
    if (file) file->became(r);
    lines.back().outcome = r.outcome;
    told_.resize(lines.size());
    told_.back() = true;
    crash_here();
  }

  // ---- what goes wrong between decisions

  void between() {
    open_ = none;
    if (happens(fault::foreign)) write(1 + static_cast<int>(random_.below(12)));
    if (happens(fault::switched_off)) {
      write(0);
      on_again_s_ = now_s() + random_.uniform() * 1800;
    }
    if (happens(fault::day_jump)) clock.jump_wall(random_.uniform() < 0.5 ? 3600 : -3600);
    if (happens(fault::suspended)) pass(random_.uniform() * 1800);
    if (happens(fault::set_back)) {
      const double by_s = random_.uniform() * 600;
      clock.jump_now(-by_s);
      set_back_s_ += by_s;
      jumped_ = true;
    }
    if (happens(fault::disk_full)) full_until_s_ = now_s() + random_.uniform() * 900;
    crash_here();
  }
  /// The process begins anew a while after it ended.
  void restart() {
    open_ = none;
    pass(random_.uniform() * 300);
    last_fault_s_ = now_s();
    last_decision_s_ = -1e9;
    complete_s_ = now_s();
    ++processes;
  }
  void process_begins() { complete_s_ = now_s(); }

  // ---- what must be true

  void check(const headroom::journal_record& r) {
    advance();
    ++decisions;
    const double now = read_from_s_;
    const bool vital = replicas_usable_ && !slow_;
    const bool known = vital && usable_[0] && usable_[1] && usable_[2];
    if (!known && r.decided_by == "policy") fail("the policy decides on something that is not known");
    if (r.decided_by == "fallback" && !vital) fail("the fallback decides without what is vital");
    if (r.decided_by == "fallback" && known) fail("the fallback decides although everything is known");
    if (r.decided_by == "fallback" && !jumped_ && now_s() - complete_s_ < 300 - 1e-6)
      fail("the fallback decides too early");
    if (r.decided_by == "hold" && r.to != r.from) fail("a hold changes something");
    if (r.decided_by == "hold" && r.why.empty()) fail("a hold has no reason");
    if (!jumped_ && now - last_decision_s_ < 0.85 * interval_s) fail("decisions come in a burst");
    if (known) complete_s_ = now_s();
    last_decision_s_ = now;
    jumped_ = false;
    const double normal_s = last_fault_s_ + pipeline_settings().warm_up_s + 3 * interval_s;
    if (now > normal_s && r.decided_by != "policy") fail("it is not back to normal, but: " + r.why);
    if (now > normal_s && !shadow_ && r.outcome != decision_outcome::held && r.outcome != decision_outcome::applied)
      fail("a change is not applied although nothing goes wrong");
    if (now > normal_s) ++normal;
  }
  void check_end() {
    told_.resize(lines.size());
    std::vector<int> times(lines.size());
    for (const std::size_t id : applied_) ++times[id];
    for (std::size_t k = 0; k < lines.size(); ++k) {
      const auto is = lines[k].outcome;
      if (times[k] > 1) fail("a decision is applied twice");
      if (times[k] == 0 && is == decision_outcome::applied) fail("the journal says applied, and it was not");
      if (times[k] == 1 && is != decision_outcome::applied && is != decision_outcome::unknown)
        fail("the journal does not say that a change was applied");
      if (k > 0 && lines[k].run == lines[k - 1].run && lines[k].number <= lines[k - 1].number)
        fail("a decision stands in the journal twice");
    }
  }

  [[nodiscard]] double now_s() const { return headroom::to_seconds(clock.now()) + set_back_s_; }
  [[nodiscard]] bool over() const { return now_s() >= day_s; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = "at " + headroom::to_text(now_s()) + " s: " + what;
  }

  std::vector<headroom::journal_record> lines{};  ///< what is on the disk
  headroom::journal* file = nullptr;              ///< the same on a real one, if there is one
  std::filesystem::path path{};
  std::array<std::uint64_t, faults> happened{};
  std::uint64_t decisions = 0;
  std::uint64_t normal = 0;  ///< decisions that were checked to be back to normal
  std::uint64_t processes = 1;
  [[nodiscard]] std::uint64_t changes() const { return applied_.size(); }

 private:
  struct delayed_write {
    double at_s;
    std::size_t id;
    int from;
    int to;
    std::int64_t version;
  };
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  static headroom::service_options options() {
    headroom::service_options o;
    o.interval_s = interval_s;
    o.service_time = headroom::duration::exponential(20);
    o.objective_s = 60;
    o.start_delay = headroom::duration::constant(60);
    o.initial_replicas = 4;
    o.min_replicas = 0;
    o.max_replicas = 12;
    o.scrape_s = 60;
    o.window_s = 60;
    return o;
  }
  // Faults end after three quarters of the day, so that the return to normal is seen.
  bool happens(fault f) {
    const double rate = rates_[static_cast<std::size_t>(f)];
    if (rate <= 0 || now_s() > 0.75 * day_s || random_.uniform() >= rate) return false;
    ++happened[static_cast<std::size_t>(f)];
    last_fault_s_ = now_s();
    return true;
  }
  void crash_here() {
    // A process passes here several times a decision.
    if (random_.uniform() < 0.25 && happens(fault::crashed)) throw crash{};
  }
  bool disk_is_full() {
    if (now_s() >= full_until_s_) return false;
    last_fault_s_ = now_s();
    return true;
  }
  void tear(const std::string& line) {
    std::ofstream(path, std::ios::binary | std::ios::app) << line.substr(0, 1 + random_.below(line.size()));
  }
  void pass(double s) {
    clock.advance(s);
    last_fault_s_ = now_s();
  }
  void write(int to) {
    before_ = wanted_;
    wanted_ = to;
    ++version_;
    last_fault_s_ = now_s();
  }
  // Kubernetes' optimistic lock: only if nobody wrote since it was read.
  bool deliver(std::size_t id, int from, int to, std::int64_t version) {
    if (version != version_) return false;
    if (from != wanted_) fail("a change begins with other replicas than there are");
    before_ = wanted_;
    wanted_ = to;
    ++version_;
    applied_.push_back(id);
    return true;
  }
  // The service lives up to now.
  void advance() {
    for (std::size_t k = 0; k < delayed_.size();) {
      if (delayed_[k].at_s > now_s()) {
        ++k;
        continue;
      }
      last_fault_s_ = now_s();
      (void)deliver(delayed_[k].id, delayed_[k].from, delayed_[k].to, delayed_[k].version);
      delayed_.erase(delayed_.begin() + static_cast<std::ptrdiff_t>(k));
    }
    if (wanted_ == 0 && now_s() >= on_again_s_) write(2);
    while (past_.back().time_s + interval_s <= now_s()) {
      past_.push_back(service_.step(wanted_ - past_.back().replicas).observation);
      if (past_.size() > 10) past_.pop_front();
    }
  }

  headroom::engine random_;
  bool shadow_;
  headroom::service service_;
  std::array<double, faults> rates_{};
  std::deque<headroom::service_observation> past_{};
  int wanted_ = 0;
  std::optional<int> before_{};
  std::int64_t version_ = 1;
  std::int64_t read_version_ = 0;
  std::array<bool, metrics> usable_{};
  std::array<bool, metrics> answered_{};
  std::array<double, metrics> answers_{};
  std::array<double, metrics> returned_{};
  std::array<double, metrics> measured_s_{};
  bool replicas_usable_ = false;
  double read_from_s_ = 0;
  bool slow_ = false;
  std::vector<delayed_write> delayed_{};
  std::vector<std::size_t> applied_{};
  std::vector<bool> told_{};
  std::size_t open_ = none;  // the line of the decision that is being made
  std::size_t sent_ = none;
  double set_back_s_ = 0;
  bool jumped_ = false;
  double on_again_s_ = 0;
  double full_until_s_ = 0;
  double last_fault_s_ = 0;
  double last_decision_s_ = -1e9;
  double complete_s_ = 0;
  std::string failure_{};
};

}  // namespace fault_world
