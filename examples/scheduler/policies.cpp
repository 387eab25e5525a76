#include "policies.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

#include <headroom/agents/dqn.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/core/check.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/run/run.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/score.hpp>

#include "common.hpp"

namespace live_scheduler {

using namespace headroom;

namespace {

constexpr std::size_t training_steps = 360;  // as published: an hour in steps of ten seconds

// The menu: 1 to `most` replicas.
struct counts {
  int most = 1;
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(most); }
  int operator[](action_index i) const noexcept { return static_cast<int>(to_size(i)) + 1; }
};

auto make_learner(const scaled_service& s, std::uint64_t seed, std::uint64_t episodes) {
  const counts menu{s.maximum};
  const std::uint64_t steps = episodes * training_steps;
  auto see = scheduler::features<observation>(s.ranges());
  dqn agent{
      see.dimension(),
      menu.size(),
      {.hidden = {64, 64}, .learning_rate = linear{5e-3, 1e-5, steps}, .discount = 0, .batch = 64, .train_every = 2},
      seed,
      epsilon_greedy{linear{1, 0.1, steps / 2}}};
  return learn_on<scheduler::environment>(std::move(see), std::move(agent),
                                          scheduler::published_reward{{.n_max = s.maximum}}, menu);
}
scheduler::load_episodes training_load(const scaled_service& s) {
  return scheduler::environment::published_load(
      {.duration_s = training_steps * s.interval_s, .maximum_per_s = s.workload_max, .noise_every_s = s.interval_s});
}

// Each number that a network was trained for, under the name that its file and its option have.
template <class Service, class Use>
void each_number(Service& s, const Use& use) {
  use("service_s", "--service-time", s.service_s);
  use("limit_s", "--limit", s.limit_s);
  use("maximum", "--max-replicas", s.maximum);
  use("workload_max", "--workload-max", s.workload_max);
  use("interval_s", "--interval", s.interval_s);
}
const scaled_service& checked(const scaled_service& s) {
  require_positive("live-scheduler", "--service-time", s.service_s);
  require(s.limit_s > s.service_s, "live-scheduler", "--limit", s.limit_s,
          "be above --service-time, " + to_text(s.service_s));
  require(s.maximum >= 1 && s.maximum <= 100, "live-scheduler", "--max-replicas", s.maximum, "be from 1 to 100");
  require_positive("live-scheduler", "--workload-max", s.workload_max);
  require_positive("live-scheduler", "--interval", s.interval_s);
  return s;
}

// Target tracking decides differences.
struct as_number {
  target_tracking<observation> one;
  int seen = 0;
  int start(const observation& o) { return number(o, one.start(o)); }
  int step(const observation& o) { return number(o, one.step(o)); }
  void stop(const observation& o, episode why) { one.stop(o, why); }
  void executed(int replicas) { one.executed(replicas - seen); }

 private:
  int number(const observation& o, int delta) {
    seen = o.applied;
    return seen + delta;
  }
};

// The part of a name behind its colon.
template <class Number>
Number setting_in(const std::string& name, Number otherwise) {
  const std::size_t colon = name.find(':');
  if (colon == name.npos) return otherwise;
  const auto value = from_text<Number>(name.substr(colon + 1));
  if (!value) throw std::invalid_argument("--policy: '" + name + "' has no number behind its colon");
  return *value;
}

}  // namespace

scheduler::environment scaled_service::world(std::uint64_t seed, std::size_t steps,
                                             scheduler::load_episodes load) const {
  return scheduler::environment(seed,
                                {.chain = {{service_s, limit_s}},
                                 .n_max = maximum,
                                 .steps = steps,
                                 .step_s = interval_s,
                                 .effect = scheduler::meets::drawn},
                                std::move(load));
}

void service_flags::declare(CLI::App& to) {
  to.add_option("--service-time", service_s, "Seconds of service of a request (default 0.2)");
  to.add_option("--limit", limit_s, "Response time at which the pressure is 1, in seconds (default 0.5)");
  to.add_option("--max-replicas", maximum, "The most replicas (default 6)");
  to.add_option("--workload-max", workload_max, "Requests a second, the largest that a network sees (default 20)");
  to.add_option("--interval", interval_s, "Seconds between two decisions (default 10)");
}
scaled_service service_flags::known() const {
  scaled_service s;
  s.service_s = service_s.value_or(s.service_s);
  s.limit_s = limit_s.value_or(s.limit_s);
  s.maximum = maximum.value_or(s.maximum);
  s.workload_max = workload_max.value_or(s.workload_max);
  s.interval_s = interval_s.value_or(s.interval_s);
  return checked(s);
}

double train_model(const scaled_service& s, std::uint64_t seed, std::uint64_t episodes,
                   const std::filesystem::path& file) {
  require(episodes >= 1 && episodes <= 100'000, "live-scheduler", "--episodes", episodes, "be from 1 to 100000");
  auto learner = make_learner(s, seed, episodes);
  auto world = s.world(10'000'000 + seed * 100'000, training_steps, training_load(s));
  std::uint64_t done = 0;
  for (std::uint64_t k = 0; k < episodes; ++k) {
    run_episodes(world, learner, 1);
    const std::uint64_t percent = 100 * (k + 1) / episodes;
    if (percent / 10 != done / 10) {
      std::fprintf(stderr, "live-scheduler: %s %% of the training\n", to_text(percent).c_str());
    }
    done = percent;
  }
  checkpoint c;
  c.set("environment", "scheduler-live");
  each_number(s, [&c](const char* name, const char*, const auto& value) { c.set(name, value); });
  c.set("train_seed", seed);
  c.set("train_episodes", episodes);
  store(learner, c, "policy", keep::decisions);
  save(c, file);
  frozen decides{learner};
  const evaluation e =
      evaluate([&](std::uint64_t held_out) { return s.world(held_out, training_steps, training_load(s)); }, decides,
               seed_range(1000, 20), scheduler::score{scheduler::published_reward{{.n_max = s.maximum}}});
  return e.summarized("total_reward").mean;
}

scaled_service service_of(const checkpoint& model, const service_flags& said) {
  if (!model.has("environment") || model.text("environment") != "scheduler-live") {
    throw checkpoint_error(model.source(), "is no model of live-scheduler train");
  }
  scaled_service s;
  each_number(s, [&model](const char* name, const char*, auto& value) {
    value = model.setting<std::remove_reference_t<decltype(value)>>(name);
  });
  const auto same = [&](const auto& option, auto trained, const char* name, const char* flag) {
    if (!option || *option == trained) return;
    throw checkpoint_error(model.source(), std::string("was trained with ") + name + " = " + to_text(trained) +
                                               ", and not " + to_text(*option) + " (" + flag +
                                               "): its ranges are those of its training");
  };
  same(said.service_s, s.service_s, "service_s", "--service-time");
  same(said.limit_s, s.limit_s, "limit_s", "--limit");
  same(said.maximum, s.maximum, "maximum", "--max-replicas");
  same(said.workload_max, s.workload_max, "workload_max", "--workload-max");
  same(said.interval_s, s.interval_s, "interval_s", "--interval");
  return checked(s);
}
policy policy_of(const checkpoint& model, const scaled_service& s) {
  auto learner =
      make_learner(s, model.setting<std::uint64_t>("train_seed"), model.setting<std::uint64_t>("train_episodes"));
  frozen decides{std::move(learner)};
  // The encoder compares the ranges in the file with its own once more.
  static_cast<void>(restore(decides, model, "policy", keep::decisions));
  return decides;
}

policy policy_named(const std::string& name, const scaled_service& s) {
  using levels = scheduler::latency_levels_options;
  using steps = scheduler::latency_steps_options;
  const std::string kind = name.substr(0, name.find(':'));
  const auto in_milliseconds = [](const observation& o) { return 1000 * o.response_time_s; };
  if (name == "levels-published") return scheduler::latency_levels{in_milliseconds, levels::published()};
  if (name == "levels") return scheduler::latency_levels{in_milliseconds, levels::corrected()};
  if (name == "steps-published") {
    return scheduler::latency_steps{&observation::response_time_s, &observation::applied, steps::published(s.limit_s)};
  }
  if (name == "steps") {
    return scheduler::latency_steps{&observation::response_time_s, &observation::applied,
                                    steps::corrected(s.limit_s, s.maximum)};
  }
  if (kind == "hpa") {
    const signals<observation> see{.time_s = &observation::time_s,
                                   .replicas = [](const observation& o) { return 1.0 * o.applied; },
                                   .ready = &observation::n_instances};
    return as_number{{see,
                      &observation::utilization,
                      {.target = setting_in(name, 0.6), .sync_period_s = s.interval_s},
                      {.minimum = 1, .maximum = s.maximum}}};
  }
  if (kind == "constant" && name != kind) {
    const int n = setting_in(name, 1);
    require(n >= 1 && n <= s.maximum, "--policy", "constant", n, "be from 1 to --max-replicas, " + to_text(s.maximum));
    return stateless{[n](const observation&) { return n; }};
  }
  throw std::invalid_argument("--policy: there is no policy '" + name + "'; there are " + std::string(policy_names));
}

void add_train(CLI::App& to) {
  struct asked {
    service_flags service{};
    std::filesystem::path out{};
    std::uint64_t seed = 1;
    std::uint64_t episodes = 150;
  };
  CLI::App* const c = to.add_subcommand("train", "Trains a network in the queueing model of the service");
  const auto o = std::make_shared<asked>();
  o->service.declare(*c);
  c->add_option("--out", o->out, "File of the model")->required();
  c->add_option("--seed", o->seed, "Of the training")->capture_default_str();
  c->add_option("--episodes", o->episodes, "Of an hour each")->capture_default_str();
  c->footer("Example:\n  live-scheduler train --out scheduler.model --service-time 0.2 --limit 0.5");
  c->final_callback([o] {
    const double reward = train_model(o->service.known(), o->seed, o->episodes, o->out);
    std::printf("%s: mean reward %.1f of %zu steps, over 20 episodes that it was not trained on\n",
                o->out.string().c_str(), reward, training_steps);
  });
}

}  // namespace live_scheduler
