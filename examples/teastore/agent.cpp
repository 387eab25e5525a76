#include "teastore/agent.hpp"

#include <algorithm>  // std::min
#include <array>      // std::array
#include <fstream>    // std::ifstream
#include <limits>     // std::numeric_limits
#include <optional>   // std::optional
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/agents/ppo.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/encoders/one_hot.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/io/state.hpp>
#include <headroom/offline/pessimistic.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>
#include <headroom/tables/grid_cell.hpp>
#include <headroom/tables/grid_moves.hpp>
#include <headroom/tables/plan_table.hpp>

namespace live_teastore {

using namespace headroom;
using node = headroom::internal::config_node;

namespace {

constexpr std::size_t episode_steps = 50;

// A move for each cell, which holds where nothing was learned.
class learned_moves {
 public:
  explicit learned_moves(std::size_t cells) : moves_(cells) {}

  void set(std::size_t cell, std::size_t move) { moves_.at(cell) = static_cast<std::uint8_t>(move); }

  std::size_t start(const table_observation& o) { return moves_[o.cell]; }
  std::size_t step(const table_observation& o) { return moves_[o.cell]; }
  void stop(const table_observation&, episode) {}

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "a move for each cell");
    a("moves", self.moves_, {self.moves_.size()});
    for (const std::uint8_t m : self.moves_) a.check(m < moves, "moves", m, "be below " + to_text(moves));
  }

 private:
  std::vector<std::uint8_t> moves_;
};

// `train`: else as it is before its first step, for a file to be read into.
template <class Encoder, class Agent>
move_policy trained_on(const shop_table& t, std::uint64_t seed, std::size_t episodes, bool train, Encoder see,
                       Agent agent) {
  auto policy = learn_on<table>(std::move(see), std::move(agent), t.reward, grid_moves(t.grid));
  if (train) {
    table world(10'000'000 * (seed + 1), t.grid, {.max_steps = episode_steps});
    run(world, policy, episodes * episode_steps);
  }
  return frozen{std::move(policy)};
}

std::optional<move_policy> learner_of(const shop_table& t, const agent_options& o, bool train) {
  const std::size_t cells = t.grid->cells();
  if (o.policy == "q-learning") {
    const std::size_t episodes = o.episodes > 0 ? o.episodes : 20'000;
    const std::uint64_t steps = episodes * episode_steps;
    return trained_on(t, o.seed, episodes, train, grid_cell(cells),
                      q_learning{cells,
                                 moves,
                                 {.learning_rate = linear{0.5, 0.001, steps}, .discount = 0.95},
                                 o.seed,
                                 epsilon_greedy{linear{1, 0.3, steps}}});
  }
  if (o.policy == "ppo") {
    const std::size_t episodes = o.episodes > 0 ? o.episodes : 6'000;
    const std::uint64_t steps = episodes * episode_steps;
    const auto places = [&](std::size_t k) { return one_of{axis_place{k}, t.grid->axis(k).size()}; };
    one_hot see{places(0), places(1), places(2)};
    ppo learner(see.dimension(), moves,
                {.hidden = {32, 32},
                 .learning_rate = linear{1e-3, 1e-5, steps},
                 .discount = 0.95,
                 .minibatch = 256,
                 .entropy = linear{0.03, 0, steps}},
                o.seed);
    return trained_on(t, o.seed, episodes, train, std::move(see), std::move(learner));
  }
  return std::nullopt;
}

constexpr std::string_view from_log_name = "from-log";

// What a file of a policy says of its table: the values of each axis, and how many rows were measured.
std::string axis_text(const shop_table& t, std::size_t k) {
  std::string text;
  for (const double v : t.grid->axis(k)) {
    if (!text.empty()) text += ' ';
    text += to_text(v);
  }
  return text;
}
const std::array<const char*, 3> axis_names{"table.replicas", "table.heap", "table.cpu"};

}  // namespace

move_policy trained(const shop_table& t, const agent_options& o) {
  if (auto learner = learner_of(t, o, true)) return std::move(*learner);
  if (o.policy == "optimum") {
    const table world(0, t.grid, {.max_steps = episode_steps});
    return stateless{[plan = plan_steps(model_of(world, t.reward), episode_steps)](const table_observation& s) {
      return to_size(plan(state_index{s.cell}, std::max<std::size_t>(s.steps_left, 1)));
    }};
  }
  if (o.policy == "hold") return stateless{[](const table_observation&) { return std::size_t{0}; }};
  if (o.policy == "random") {
    return stateless{[grid = t.grid, random = engine(o.seed, stream::exploration)](const table_observation& s) mutable {
      std::size_t move = 0;
      do {
        move = static_cast<std::size_t>(random.uniform() * static_cast<double>(moves));
      } while (grid->target(s.cell, move) == measured_grid::none);
      return move;
    }};
  }
  require(false, "teastore", "policy", o.policy, "be q-learning, ppo, optimum, hold or random");
  return stateless{[](const table_observation&) { return std::size_t{0}; }};
}

namespace {

std::optional<configuration> configuration_in(const node* of) {
  if (of == nullptr) return std::nullopt;
  const auto number = [&](const char* name) { return from_text<int>(of->text_of(name)); };
  const auto replicas = number("replicas");
  const auto heap = number("heap");
  const auto cpu = number("cpu");
  if (!replicas || !heap || !cpu) return std::nullopt;
  return configuration{*replicas, *heap, *cpu};
}

std::vector<logged<state_index>> steps_in(const shop_table& t, const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw file_error(file, "cannot be opened");
  std::vector<logged<state_index>> log;
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::string episode_before;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto step = node::of_json(line);
    if (!step) {
      if (in.eof()) break;  // the program that wrote it was killed in its last line
      throw file_error(file, "line " + to_text(number) + " is no JSON");
    }
    const auto from = configuration_in(step->find("from"));
    const auto to = configuration_in(step->find("to"));
    const auto reward = from_text<double>(step->text_of("reward"));
    const auto action = from_text<std::size_t>(step->text_of("action"));
    const std::size_t s = from ? t.cell(*from).value_or(none) : none;
    const std::size_t next = to ? t.cell(*to).value_or(none) : none;
    const bool whole = s != none && next != none && reward && action && *action < moves;
    const bool goes_on =
        whole && !log.empty() && step->text_of("episode") == episode_before && log.back().next == state_index{s};
    if (!log.empty() && !goes_on) log.back().status = episode::truncated;
    episode_before = step->text_of("episode");
    if (whole) log.push_back({state_index{s}, action_index{*action}, *reward, state_index{next}});
  }
  if (!log.empty()) log.back().status = episode::truncated;
  return log;
}

}  // namespace

move_policy learned_from(const shop_table& t, const std::filesystem::path& steps) {
  const auto log = steps_in(t, steps);
  require(!log.empty(), "teastore", "number of steps with a reward in " + steps.string(), log.size(), "be at least 1");
  double least = 0;
  for (const auto& one : log) least = std::min(least, one.reward);
  constexpr double discount = 0.95;
  auto plan =
      plan_pessimistically(log, t.grid->cells(), moves,
                           {.discount = discount, .least_visits = 1, .caution = 0, .unknown = least / (1 - discount)});
  learned_moves best(t.grid->cells());
  for (const auto& one : log) best.set(to_size(one.state), to_size(plan(one.state)));
  return best;
}

void save_policy(const move_policy& policy, const agent_options& how, const shop_table& t,
                 const std::filesystem::path& file) {
  require(how.policy == "q-learning" || how.policy == "ppo" || how.policy == from_log_name, "teastore", "policy",
          how.policy, "have learned to be written: q-learning, ppo, or one that learned from a log");
  checkpoint c;
  c.set("teastore.policy", how.policy);
  c.set("teastore.seed", how.seed);
  c.set("teastore.episodes", how.episodes);
  for (std::size_t k = 0; k < axis_names.size(); ++k) c.set(axis_names[k], axis_text(t, k));
  c.set("table.rows", t.grid->table().rows());
  store(policy, c, "policy", keep::decisions);
  save(c, file);
}

loaded_policy load_policy(const shop_table& t, const std::filesystem::path& file) {
  const checkpoint c = load(file);
  const auto same = [&](const std::string& what, const std::string& ours) {
    if (c.text(what) != ours) {
      throw checkpoint_error(file, "was trained on another table: " + what + " is " + c.text(what) +
                                       " there, must be " + ours + ", as in the data of this agent");
    }
  };
  for (std::size_t k = 0; k < axis_names.size(); ++k) same(axis_names[k], axis_text(t, k));
  same("table.rows", to_text(t.grid->table().rows()));
  const agent_options how{.policy = c.text("teastore.policy"),
                          .seed = c.setting<std::uint64_t>("teastore.seed"),
                          .episodes = c.setting<std::size_t>("teastore.episodes")};
  std::optional<move_policy> policy;
  if (how.policy == from_log_name)
    policy = learned_moves(t.grid->cells());
  else
    policy = learner_of(t, how, false);
  if (!policy) throw checkpoint_error(file, "holds the policy " + how.policy + ", which is none that learns");
  restore(*policy, c, "policy", keep::decisions);
  return {how.policy, std::move(*policy)};
}

void agent::add_to(policy_server& server) {
  for (const char* const verb : {"start", "get_action", "log_action", "log_returns", "end"}) {
    server.post(std::string("/v1/episodes/") + verb,
                [this, verb](const policy_server::request& r) { return answered(verb, r.body); });
  }
  server.add_metrics([this](exposition& all) {
    const std::lock_guard<std::mutex> lock(mutex_);
    all.counter("teastore_agent_decisions_total", "Moves that were given.", decided_);
    all.counter("teastore_agent_masked_moves_total", "Moves off the grid that could not be chosen.", masked_);
    all.gauge("teastore_agent_episodes", "Episodes that are under way.", static_cast<double>(episodes_.size()));
  });
}

server_reply agent::start(const std::string& id) {
  if (episodes_.size() >= most_episodes) return server_reply::error(503, "too many episodes are under way");
  episodes_[id] = {};
  headroom::internal::json_writer w;
  return {w.open('{').name("episode_id").text(id).close('}').json()};
}

server_reply agent::get_action(running& of, const node& observation) {
  const auto c = configuration_in(&observation);
  if (!c) return server_reply::error(400, "observation must have the whole numbers replicas, heap and cpu");
  const auto cell = table_->cell(*c);
  if (!cell) return server_reply::error(409, c->text() + ": was never measured, so no move is known");
  table_observation o;
  o.cell = *cell;
  o.position = table_->grid->position(*cell);
  o.row = table_->grid->table().row(table_->grid->order()[table_->grid->rows_of(*cell).first]);
  o.steps_left = of.steps < episode_steps ? episode_steps - of.steps : 1;
  const std::size_t move = of.steps == 0 ? policy_.start(o) : policy_.step(o);
  const std::uint32_t to = table_->grid->target(*cell, move);
  if (to == measured_grid::none) return server_reply::error(500, "the policy chose a move that is masked");
  ++of.steps;
  ++decided_;
  int masked = 0;
  for (std::size_t m = 0; m < moves; ++m) masked += table_->grid->target(*cell, m) == measured_grid::none ? 1 : 0;
  masked_ += masked;
  const configuration next = table_->at(to);
  headroom::internal::json_writer w;
  w.open('{').name("action").whole(move).name("replicas").integer(next.replicas).name("heap").integer(next.heap);
  return {w.name("cpu").integer(next.cpu).name("masked").integer(masked).close('}').json()};
}

server_reply agent::answered(const std::string& verb, const std::string& body) {
  const auto asked = node::of_json(body);
  if (!asked) return server_reply::error(400, "this is not JSON");
  const std::string id = asked->text_of("episode_id");
  if (id.empty()) return server_reply::error(400, "episode_id is missing, or no text");
  const std::lock_guard<std::mutex> lock(mutex_);
  if (verb == "start") return start(id);
  const auto found = episodes_.find(id);
  if (found == episodes_.end()) return server_reply::error(404, "there is no such episode");
  headroom::internal::json_writer w;
  w.open('{');
  if (verb == "end") {
    episodes_.erase(found);
    return {w.name("episode_id").text(id).close('}').json()};
  }
  if (verb == "log_returns") {
    const auto reward = from_text<double>(asked->text_of("reward"));
    if (!reward) return server_reply::error(400, "reward is missing, or no number");
    found->second.total += *reward;
    return {w.name("total").number(found->second.total).close('}').json()};
  }
  const node* const observation = asked->find("observation");
  if (observation == nullptr) return server_reply::error(400, "observation is missing, or no object");
  if (verb == "get_action") return get_action(found->second, *observation);
  const auto action = from_text<std::size_t>(asked->text_of("action"));
  if (!action || *action >= moves) return server_reply::error(400, "action is missing, or no move from 0 to 6");
  ++found->second.steps;
  return {w.name("action").whole(*action).close('}').json()};
}

}  // namespace live_teastore
