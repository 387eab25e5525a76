#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/mount.h>

#include <headroom/core/random.hpp>
#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "live_service.hpp"
#include "real/told.hpp"
#include "skip.hpp"

// What happens to `headroom run` when the servers around it fail: a real Prometheus, a real cluster behind nginx. In
// each fault the journal must say what was wrong, nothing must be scaled by mistake, no decision may be applied twice,
// and it must go on by itself.

using namespace headroom;
using namespace live_service;

namespace {

bool by_policy(const journal_record& r) { return r.decided_by == "policy"; }
auto held_because(const std::string& why) {
  return [why](const journal_record& r) { return r.decided_by == "hold" && contains(r.why, why); };
}

// The policy decides, and has nothing to change.
bool is_steady(const world& w) {
  return w.decides([](const journal_record& r) { return by_policy(r) && r.outcome == decision_outcome::held; }, 30);
}

// Every change that the cluster saw from us stands in the journal as sent, in the same order, and none twice.
void check_journal(const world& w) {
  struct sent {
    int from;
    int to;
    bool known;
  };
  std::vector<sent> written;
  for (const journal_record& r : w.journal()) {
    if (r.outcome == decision_outcome::applied || r.outcome == decision_outcome::unknown)
      written.push_back({r.from.value(), r.to.value(), r.outcome == decision_outcome::applied});
  }
  std::size_t at = 0;
  for (const change& one : w.changes_by("headroom")) {
    // What has no outcome may not have arrived: the process ended, or its program did.
    while (at < written.size() && !written[at].known && (written[at].from != one.from || written[at].to != one.to))
      ++at;
    INFO("change " << one.from << " to " << one.to);
    REQUIRE(at < written.size());
    CHECK(written[at].from == one.from);
    CHECK(written[at].to == one.to);
    ++at;
  }
  for (; at < written.size(); ++at) CHECK_FALSE(written[at].known);
}

void tell(const std::string& fault, const world& w, std::size_t first_record, const std::string& back) {
  tell_of(fault, w.journal(), first_record, back);
}

// What is done while the fault lasts must hold; then it must decide again, at the level that it had.
template <class Fault, class Mend>
void fault_that_holds(world& w, const std::string& name, const std::string& why, Fault&& fault, Mend&& mend) {
  INFO(name);
  REQUIRE(is_steady(w));
  const int level = w.wanted();
  REQUIRE(level > 2);
  const std::size_t records = w.journal().size();
  const std::size_t changes = w.changes().size();
  fault();
  INFO(w.daemon_log());
  CHECK(w.decides(held_because(why)));
  mend();
  const auto mended = std::chrono::steady_clock::now();
  CHECK(w.decides(by_policy, 30));
  const std::chrono::duration<double> back = std::chrono::steady_clock::now() - mended;
  CHECK(w.changes().size() == changes);
  CHECK(w.wanted() == level);
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << ", decides again after " << back.count() << " s";
  tell(name, w, records, text.str());
}

void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

}  // namespace

TEST_CASE("headroom run: Prometheus down, slow, without the series, with NaN: it holds and comes back") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(4);
  w.metrics.load = 200;
  REQUIRE(w.answers("max(door_load)"));
  const auto daemon = w.daemon();

  fault_that_holds(
      w, "Prometheus down", "not known: load failed", [&] { w.end_prometheus(SIGKILL); },
      [&] {
        pass(4);  // longer than patience_s: the fallback, which holds as well, is asked
        w.start_prometheus();
      });
  // In order: it holds, asks the fallback, and fills its windows anew before the policy may change anything.
  std::vector<std::string> said;
  for (const journal_record& r : w.journal()) {
    const std::string one = r.decided_by + (contains(r.why, "windows") ? ": windows" : "");
    if (said.empty() || said.back() != one) said.push_back(one);
  }
  const std::vector<std::string> must{"hold: windows", "policy", "hold", "fallback", "hold: windows", "policy"};
  CHECK(said == must);

  fault_that_holds(
      w, "Prometheus slow", "the read took too long",
      [&] {
        w.prometheus().signal(SIGSTOP);
        pass(1.3);
        w.prometheus().signal(SIGCONT);
      },
      [] {});
  fault_that_holds(
      w, "a service that does not answer Prometheus", "not known: load empty", [&] { w.metrics.silent = true; },
      [&] { w.metrics.silent = false; });
  fault_that_holds(
      w, "NaN", "not known: load not finite", [&] { w.metrics.load = std::numeric_limits<double>::quiet_NaN(); },
      [&] { w.metrics.load = 200; });
  CHECK(daemon->end(SIGTERM) == 0);
  check_journal(w);
}

TEST_CASE("headroom run: a counter that begins anew, and a Prometheus that restarts, are no change of the load") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(4);
  daemon_options o;
  o.load = "10 * sum(rate(door_requests_total[3s]))";  // 200 a second
  o.age = "time() - max(timestamp(door_requests_total))";
  REQUIRE(w.answers(o.load));
  o.warm_up_s = 3.5;  // until the window of the query is full again
  o.patience_s = 1;
  const auto daemon = w.daemon(o);
  REQUIRE(is_steady(w));
  const int level = w.wanted();
  REQUIRE(level > 2);
  const std::size_t records = w.journal().size();
  w.metrics.reset_counter();
  pass(1);
  w.end_prometheus(SIGTERM);
  w.metrics.reset_counter();
  w.start_prometheus();
  CHECK(w.decides(held_because("the windows are not full yet"), 30));
  CHECK(w.decides(by_policy, 30));
  REQUIRE(is_steady(w));
  INFO(w.daemon_log());
  const auto all = w.journal();
  for (std::size_t k = records; k < all.size(); ++k) {
    if (all[k].to) CHECK(std::abs(*all[k].to - level) <= 1);
    for (const journal_field& f : all[k].fields) {
      if (f.name != "load" || !f.why.empty()) continue;
      CHECK(f.value >= 0);
      CHECK(f.value < 400);
    }
  }
  CHECK(std::abs(w.wanted() - level) <= 1);
  CHECK(daemon->end(SIGTERM) == 0);
  check_journal(w);
  tell("a counter that begins anew and a restart of Prometheus", w, records, "");
}

TEST_CASE("headroom run: somebody else scales, once and in a storm: no change on what was not read") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(4);
  w.metrics.load = 200;
  REQUIRE(w.answers("max(door_load)"));
  daemon_options o;
  o.slow_set = true;  // time enough for somebody else between its read and its change
  const auto daemon = w.daemon(o);
  REQUIRE(is_steady(w));
  const int level = w.wanted();
  const std::size_t records = w.journal().size();
  REQUIRE(w.set(10, "somebody") == 0);
  CHECK(w.decides([](const journal_record& r) { return r.from == 10; }));
  CHECK(within(20, [&] { return w.wanted() == level; }));
  for (int k = 0; k < 60; ++k) {
    REQUIRE(w.set(k % 2 == 0 ? 9 : 7, "somebody") == 0);
    pass(0.05);
  }
  CHECK(within(30, [&] { return w.wanted() == level; }));
  CHECK(daemon->end(SIGTERM) == 0);
  check_journal(w);
  int is = 4;
  for (const change& one : w.changes()) {  // --from was always what the cluster had
    CHECK(one.from == is);
    CHECK(one.to >= std::min(level, 7));
    is = one.to;
  }
  std::size_t conflicts = 0;
  for (const journal_record& r : w.journal()) conflicts += r.outcome == decision_outcome::conflict ? 1U : 0U;
  CHECK(conflicts > 0);
  tell("somebody else who scales", w, records, ", " + std::to_string(conflicts) + " conflicts");
}

TEST_CASE("headroom run: killed 50 times at any moment, it applies no decision twice and goes on") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(4);
  REQUIRE(w.answers("max(door_load)"));
  daemon_options o;
  o.interval_s = 0.1;
  o.warm_up_s = 0;
  engine random(5);
  constexpr int kills = 50;
  for (int k = 0; k < kills; ++k) {
    w.metrics.load = 100.0 + 60.0 * static_cast<double>(random.below(5));
    const std::size_t before = w.journal().size();
    const auto daemon = w.daemon(o);
    REQUIRE(within(20, [&] { return w.journal().size() > before; }));
    pass(random.uniform() * 0.3);
    CHECK(daemon->end(SIGKILL) == -1);  // it did not end by itself
    // A cluster's program that was under way then ends, or not, before the next life reads.
  }
  check_journal(w);
  CHECK(w.changes_by("headroom").size() > 10);
  for (const change& one : w.changes()) CHECK(one.to >= 2);
  const auto daemon = w.daemon(o);
  CHECK(is_steady(w));
  CHECK(daemon->end(SIGTERM) == 0);
  const journal_summary sum = read_journal(w.journal_file(), [](const journal_record&) {});
  tell("50 times kill -9", w, 0, ", " + std::to_string(sum.unresolved) + " without an outcome");
}

TEST_CASE("headroom run: the disk of the journal is full: nothing is sent that cannot be written down") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(4);
  const auto disk = w.folder / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=128k") != 0)
    HEADROOM_SKIP("a small disk cannot be mounted, must be root");
  struct unmounted {
    std::filesystem::path at;
    ~unmounted() { ::umount2(at.c_str(), MNT_DETACH); }
  } const end{disk};
  w.keep_journal_in(disk);
  w.metrics.load = 200;
  REQUIRE(w.answers("max(door_load)"));
  auto daemon = w.daemon();
  REQUIRE(is_steady(w));
  const int level = w.wanted();
  const std::size_t changes = w.changes().size();
  {
    std::ofstream fill(disk / "fill");
    const std::string much(4096, 'x');
    while (fill.write(much.data(), static_cast<std::streamsize>(much.size())).flush()) continue;
  }
  // What is left of the last page takes a few more lines.
  const auto size = [&] { return std::filesystem::file_size(w.journal_file()); };
  REQUIRE(within(30, [&] {
    const auto before = size();
    pass(1.5);
    return size() == before;
  }));
  w.metrics.load = 400;  // a wish, which nobody can write down
  CHECK(within(20, [&] { return contains(w.daemon_log(), "held: hold: the journal could not be written"); }));
  pass(1);
  CHECK(w.changes().size() == changes);
  const std::size_t records = w.journal().size();
  std::filesystem::remove(disk / "fill");
  CHECK(within(20, [&] { return w.wanted() > level; }));
  CHECK(is_steady(w));
  CHECK(daemon->end(SIGTERM) == 0);
  check_journal(w);
  tell("a full disk of the journal, once it had room again", w, records, "");
}

TEST_CASE("headroom run: the clock of the machine is set on and back by an hour: it decides at its interval") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  const std::string library = program("HEADROOM_FAKETIME");
  if (library.empty()) HEADROOM_SKIP("HEADROOM_FAKETIME is not set; scripts/test --live sets it");
  world w(4);
  w.metrics.load = 200;
  REQUIRE(w.answers("max(door_load)"));
  const auto set_clock = [&](const char* by) { write_bytes(w.folder / "clock", std::string(by) + "\n"); };
  set_clock("+0");
  daemon_options o;
  o.environment = {"LD_PRELOAD=" + library, "FAKETIME_TIMESTAMP_FILE=" + (w.folder / "clock").string(),
                   "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"};
  const auto daemon = w.daemon(o);
  REQUIRE(is_steady(w));
  const int level = w.wanted();
  const std::size_t records = w.journal().size();
  const auto begin = std::chrono::steady_clock::now();
  for (const char* by : {"+3600", "-3600", "+0"}) {
    set_clock(by);
    CHECK(is_steady(w));
    pass(2);
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  CHECK(daemon->end(SIGTERM) == 0);
  const auto all = w.journal();
  double on = 0;
  double back = 0;
  for (std::size_t k = records; k < all.size(); ++k) {
    on = std::max(on, all[k].time_s - all[k - 1].time_s);
    back = std::min(back, all[k].time_s - all[k - 1].time_s);
    CHECK(all[k].decided_by == "policy");
    CHECK(all[k].from == level);
    CHECK(all[k].to == level);
  }
  CHECK(on > 3500);  // the journal shows the time of day, whatever it is
  CHECK(back < -7000);
  // Decisions neither stopped nor came in a burst.
  const double expected = passed.count() / o.interval_s;
  CHECK(static_cast<double>(all.size() - records) <= expected + 2);
  CHECK(static_cast<double>(all.size() - records) >= expected / 2);
  tell("a clock that jumps by an hour", w, records, "");
}
