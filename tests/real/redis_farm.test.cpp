#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <headroom/systems/farm/live/queues.hpp>
#include <headroom/live/clock.hpp>

#include "catch.hpp"
#include "real/redis_server.hpp"
#include "serving/serving.hpp"
#include "skip.hpp"

using namespace headroom;

// The farm of real processes, around the real redis-server. How far the processes may be from the simulator: a waiting
// task fails or not by tenths of a second of the farm, which are milliseconds of ours at twenty times the speed, and a
// process on a busy machine wakes that much late. A constant of 12 stands where service is all but saturated, so there
// late milliseconds add up: it runs at half of that speed, and 6 points of what is in time are allowed; 3 with room to
// spare. How many workers there are depends on no such thing.

namespace {

struct farm_row {
  double in_time = -1, of_all = -1, mean_workers = -1, max_workers = -1, scalings = -1, unfinished = -1;
};
// The line of "processes" or "simulator".
farm_row row_in(const std::string& log, const std::string& who) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(who + ' ')) continue;
    farm_row r;
    unsigned long long seed = 0;
    if (std::sscanf(line.c_str() + who.size(), "%llu %lf %% %lf %% %lf %lf %lf %lf", &seed, &r.in_time, &r.of_all,
                    &r.mean_workers, &r.max_workers, &r.scalings, &r.unfinished) == 7)
      return r;
  }
  return {};
}
struct spread {
  double least = 100, most = 0;
};
spread spread_in(const std::string& log) {
  spread s;
  const std::size_t at = log.find("episodes: in time ");
  if (at != std::string::npos) std::sscanf(log.c_str() + at, "episodes: in time %lf to %lf %%", &s.least, &s.most);
  return s;
}
void tell_rows(const std::string& policy, const farm_row& real, const farm_row& simulated) {
  std::cout << "headroom farm under " << policy << ": processes " << real.in_time << " % in time with "
            << real.mean_workers << " workers, simulator " << simulated.in_time << " % with " << simulated.mean_workers
            << '\n';
}

std::vector<std::string> farm_command(const redis_server& at, const std::vector<std::string>& more) {
  std::vector<std::string> all{tool_path(), "farm", "--redis", at.address()};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}
// Waits for a program that ends by itself.
int exit_code_of(beside& one, const std::string& last_words, int seconds) {
  CHECK(one.says(last_words, seconds));
  return one.end(0);
}

// The process id of a worker that a process started; 0 if there is none of that name.
int worker_of(int id, const std::string& name) {
  const std::string process = "/proc/" + std::to_string(id);
  std::ifstream children(process + "/task/" + std::to_string(id) + "/children");
  for (int child = 0; children >> child;) {
    std::ifstream in("/proc/" + std::to_string(child) + "/cmdline", std::ios::binary);
    const std::string line{std::istreambuf_iterator<char>(in), {}};
    if (contains(line, '\0' + name + '\0')) return child;
  }
  return 0;
}

}  // namespace

TEST_CASE("redis_farm: a constant and a schedule do on processes what they do in the simulator") {
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it");
  const redis_server server;
  const scratch_folder folder;
  for (const std::string policy : {"constant:12", "scheduled:16/17/13/12"}) {
    const bool constant = policy == "constant:12";
    beside run(
        farm_command(server, {"--policy", policy, "--speed", constant ? "10" : "20", "--seed", constant ? "42" : "43"}),
        folder / policy.substr(0, 5));
    CHECK(exit_code_of(run, "95 % of 100", 60) == 0);
    const farm_row real = row_in(run.log(), "processes");
    const farm_row simulated = row_in(run.log(), "simulator");
    tell_rows(policy, real, simulated);
    INFO(run.log());
    REQUIRE(real.in_time >= 0);
    REQUIRE(simulated.in_time >= 0);
    const double tolerance = constant ? 6 : 3;
    CHECK(std::abs(real.in_time - simulated.in_time) < tolerance);
    const spread all = spread_in(run.log());
    CHECK(real.in_time > all.least - tolerance);
    CHECK(real.in_time < all.most + tolerance);
    CHECK(real.mean_workers == Approx(simulated.mean_workers).margin(0.1));
    CHECK(real.max_workers == simulated.max_workers);
    CHECK(real.scalings == simulated.scalings);
    CHECK(real.unfinished == 0);
  }
}

TEST_CASE("redis_farm: what train wrote is loaded, and decides on processes") {
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it");
  const redis_server server;
  const scratch_folder folder;
  const std::string model = (folder / "farm.model").string();
  {
    beside train({tool_path(), "train", "--policy", "sarsa", "--train-episodes", "2000", "--out", model},
                 folder / "train");
    static_cast<void>(train.says(model, 60));
    REQUIRE(train.end(0) == 0);
  }
  beside run(farm_command(server, {"--model", model, "--speed", "20"}), folder / "log");
  CHECK(exit_code_of(run, "95 % of 100", 60) == 0);
  const farm_row real = row_in(run.log(), "processes");
  const farm_row simulated = row_in(run.log(), "simulator");
  tell_rows("a model of sarsa", real, simulated);
  INFO(run.log());
  // It decides by what it sees, so a task that waited elsewhere may lead it elsewhere: within three workers.
  CHECK(real.mean_workers == Approx(simulated.mean_workers).margin(3));
  CHECK(real.scalings > 0);
  beside wrong(farm_command(server, {"--policy", "sarsa"}), folder / "wrong");
  CHECK(exit_code_of(wrong, "train it first", 10) == 2);
}

TEST_CASE("redis_farm: --live starts a Redis, trains what learns, and plays all on the same tasks in both worlds") {
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it");
  const scratch_folder folder;
  const std::string models = (folder / "models").string();
  const std::string out = (folder / "live").string();
  const std::vector<std::string> command{tool_path(), "farm", "--live",  "--policies", "constant:16,sarsa",
                                         "--models",  models, "--speed", "20",         "--train-episodes",
                                         "200",       "--out"};
  {
    auto first = command;
    first.push_back(out);
    beside run(first, folder / "log");
    CHECK(exit_code_of(run, "constant:16 ", 120) == 0);
    INFO(run.log());
    CHECK(contains(run.log(), "trained sarsa on 200 episodes"));
    CHECK(contains(run.log(), "One episode has no interval"));
    std::istringstream lines(run.log());
    int rows = 0;
    for (std::string line; std::getline(lines, line);) {
      std::string name;
      double qos[3], workers[3];
      std::istringstream in(line);
      if (!(in >> name >> qos[0] >> qos[1] >> qos[2] >> workers[0] >> workers[1] >> workers[2])) continue;
      ++rows;
      CHECK((name == "constant:16" || name == "sarsa"));
      CHECK(qos[2] == Approx(qos[0] - qos[1]).margin(0.011));
      CHECK(workers[2] == Approx(workers[0] - workers[1]).margin(0.011));
      if (name == "constant:16") {
        CHECK(qos[0] > 90);
        CHECK(std::abs(workers[2]) < 0.1);
      }
    }
    CHECK(rows == 2);
  }
  const std::string steps = read_bytes(folder / "live" / "steps.csv");
  for (const std::string row : {"constant:16 on processes,42,0,", "constant:16 simulated,42,0,",
                                "sarsa on processes,42,20,", "sarsa simulated,42,20,"}) {
    INFO(row);
    CHECK(contains(steps, row));
  }
  CHECK(run_tool(folder, "report live --out live.html").code == 0);
  {
    // The folder is there: refused before anything is played. The model is there: nobody trains.
    auto again = command;
    again.push_back(out);
    beside run(again, folder / "again");
    CHECK(exit_code_of(run, "is there already", 10) == 2);
    CHECK_FALSE(contains(run.log(), "training"));
  }
  beside wrong({tool_path(), "farm", "--policy", "constant:3", "--out", "elsewhere"}, folder / "wrong");
  CHECK(exit_code_of(wrong, "--out requires --live", 10) == 2);
}

TEST_CASE("redis_farm: a worker that is killed loses its task the published way, and none the reliable way") {
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it");
  const redis_server server;
  const scratch_folder folder;
  for (const bool reliable : {false, true}) {
    redis connection({.address = server.address()});
    farm::queues queues(connection, reliable);
    REQUIRE(queues.begin());
    REQUIRE(connection.ask({"SET", "farm:began_ns", to_text(system_clock::now().count())}).good());
    constexpr int tasks = 5;
    for (int k = 0; k < tasks; ++k) {
      REQUIRE(queues.emit({.id = "t" + std::to_string(k), .service_s = k == 0 ? 40.0 : 1.0, .deadline_s = 100}));
    }
    const auto start = [&](const std::string& role, const std::string& name) {
      std::vector<std::string> all{tool_path(), "farm-part", "--role",         role,      "--name",
                                   name,        "--redis",   server.address(), "--speed", "40"};
      if (reliable) all.emplace_back("--reliable");
      return all;
    };
    const auto until = [&](const std::string& key, double wanted) {
      for (int k = 0; k < 1000; ++k) {
        const reading seen = connection.length(key, farm::queues::marker);
        if (seen.known() && seen.value == wanted) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      return false;
    };
    beside collector(start("collector", "collector"), folder / "collector");
    {
      beside first(start("worker", "worker-1"), folder / "first");
      REQUIRE(until("worker_queue", tasks - 1));  // it serves the long one, for a second
      CHECK(first.end(SIGKILL) == -1);
    }
    CHECK(queues.recover_worker("worker-1") == (reliable ? 1 : 0));
    beside second(start("worker", "worker-2"), folder / "second");
    CHECK(until("output_queue", reliable ? tasks : tasks - 1));
    CHECK(connection.length("worker_queue", farm::queues::marker).value == 0);
    REQUIRE(queues.ask_to_leave("worker"));
    CHECK(second.end(0) == 0);  // told to leave, it ends by itself
    CHECK(queues.who_left() == "worker-2");
    REQUIRE(queues.ask_to_leave("collector"));
    CHECK(collector.end(0) == 0);
    CHECK(connection.length("output_queue", farm::queues::marker).value == (reliable ? tasks : tasks - 1));
  }
}

TEST_CASE("redis_farm: killed workers are replaced while it runs, and every task is collected") {
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it");
  const redis_server server;
  const scratch_folder folder;
  beside run(farm_command(server, {"--policy", "constant:16", "--speed", "30", "--reliable"}), folder / "log");
  REQUIRE(run.says("seed"));
  // Those are killed that have a task at that moment.
  redis connection({.address = server.address()});
  const std::string begin = "worker_queue:processing:";
  int killed = 0;
  for (int k = 0; k < 3000 && killed < 8; ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const redis_answer busy = connection.ask({"KEYS", begin + '*'});
    if (busy.list.empty()) continue;
    const int id = worker_of(run.id(), busy.list.front().text.substr(begin.size()));
    if (id != 0 && ::kill(id, SIGKILL) == 0) ++killed;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until the dead one is seen
  }
  REQUIRE(killed == 8);
  CHECK(exit_code_of(run, "workers died", 60) == 0);
  INFO(run.log());
  CHECK(contains(run.log(), "8 workers died; "));
  CHECK_FALSE(contains(run.log(), "died; 0 tasks"));
  CHECK(row_in(run.log(), "processes").unfinished == 0);
}
