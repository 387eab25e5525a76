#include <headroom/live/pipeline.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <headroom/core/random.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "live_world.hpp"
#include "scratch.hpp"

using namespace headroom;
using namespace live_world;

namespace {

// A service that outlives the process: a line for each change, written by one call.
struct lasting_service {
  int file;
  small_service* world;
  std::string run;

  decision_outcome scale(int from, int to) const {
    const std::string line = run + ' ' + std::to_string(from) + ' ' + std::to_string(to) + '\n';
    if (::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return decision_outcome::unknown;
    world->replicas = to;
    return decision_outcome::applied;
  }
};

// Decides for as long as it is allowed to live.
[[noreturn]] void decide_until_killed(const std::filesystem::path& decisions, const std::filesystem::path& applied,
                                      std::uint64_t process) {
  try {
    small_service world;
    std::string run;
    int from = 0;
    int to = 4;
    std::ifstream before(applied);
    while (before >> run >> from >> to) world.replicas = to;
    scripted::diary diary;
    engine random(process);
    pipeline_options options;
    options.limits = {.minimum = 1, .maximum = 10};
    options.run = std::to_string(process);
    const int file = ::open(applied.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, lasting_service{file, &world, options.run},
                                 world.clock, journal{decisions}},
                  &small_sample::replicas, options};
    for (;;) {
      diary.wish = static_cast<int>(random.below(5)) - 2;
      host.decide();
    }
  } catch (...) {
    ::_exit(3);
  }
}

}  // namespace

TEST_CASE("live.killed_process: killed at any moment, the journal holds every change that was applied, once") {
  const scratch_folder folder;
  const auto decisions = folder / "decisions.jsonl";
  const auto applied = folder / "applied";
  constexpr std::uint64_t kills = 50;
  engine random(4);
  for (std::uint64_t process = 0; process < kills; ++process) {
    std::error_code none_yet;
    const auto size = std::filesystem::exists(decisions) ? std::filesystem::file_size(decisions) : 0;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) decide_until_killed(decisions, applied, process);
    // It has begun when the journal grows.
    for (int k = 0; k < 20'000; ++k) {
      const auto now = std::filesystem::file_size(decisions, none_yet);
      if (!none_yet && now > size + 1000) break;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(5000)));
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it did not end by itself
  }

  using changes = std::vector<std::pair<int, int>>;
  std::map<std::string, changes> happened;
  std::string run;
  int from = 0;
  int to = 0;
  std::ifstream in(applied);
  while (in >> run >> from >> to) happened[run].emplace_back(from, to);
  std::map<std::string, changes> sent;
  std::map<std::string, bool> last_is_known;
  const journal_summary sum = read_journal(decisions, [&](const journal_record& r) {
    if (r.outcome != decision_outcome::applied && r.outcome != decision_outcome::unknown) return;
    sent[r.run].emplace_back(r.from.value(), r.to.value());
    last_is_known[r.run] = r.outcome == decision_outcome::applied;
  });
  CHECK(sent.size() == kills);
  CHECK(sum.records > kills * 5);
  CHECK(sum.unresolved <= kills);
  for (const auto& [name, written] : sent) {
    CAPTURE(name);
    changes must = written;
    // The last one may not have been sent any more, if nobody wrote what became of it.
    if (!last_is_known[name] && happened[name].size() + 1 == written.size()) must.pop_back();
    CHECK(happened[name] == must);
  }
}
