#include <headroom/io/journal.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "journal_samples.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("io.journal: decisions are appended, also by the next process") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  for (int process = 0; process < 3; ++process) {
    journal log{file};
    journal_record r = numbered(0, "run " + std::to_string(process));
    r.outcome = decision_outcome::unknown;
    log.decided(r, true);
    r.outcome = decision_outcome::applied;
    log.became(r);
    CHECK(log.bytes() == std::filesystem::file_size(file));
    CHECK(log.torn_bytes() == 0);
  }
  const auto all = journal_records(file);
  REQUIRE(all.size() == 3);
  CHECK(all[2].run == "run 2");
  CHECK(all[2].outcome == decision_outcome::applied);
}

TEST_CASE("io.journal: a torn last line is cut off when it is opened again, wherever it is torn") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  const std::string whole = journal_line(numbered(0)) + "\n";
  const std::string next = journal_line(sample_record());
  for (std::size_t n = 1; n <= next.size(); n += 7) {
    write_bytes(file, whole + next.substr(0, n));
    journal log{file};
    CHECK(log.torn_bytes() == n);
    log.decided(numbered(1), false);
    CHECK(text_of(file) == whole + journal_line(numbered(1)) + "\n");
  }
  write_bytes(file, R"({"sch)");  // a crash within the first line of all
  CHECK(journal{file}.torn_bytes() == 5);
  CHECK(text_of(file).empty());
}

TEST_CASE("io.journal: a file that is no journal is not touched") {
  const scratch_folder folder;
  const auto file = folder / "hosts";
  write_bytes(file, "127.0.0.1 localhost\nhalf a li");
  CHECK_THROWS_WITH(journal{file}, file.string() + R"(: is no journal: it must begin with {"schema":)");
  CHECK(text_of(file) == "127.0.0.1 localhost\nhalf a li");
  CHECK_THROWS_AS(journal{folder.path()}, file_error);
  CHECK_THROWS_AS((journal{folder / "no" / "folder"}), file_error);
}

TEST_CASE("io.journal: two writers of one journal are one too many") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  {
    const journal first{file};
    CHECK_THROWS_WITH(journal{file}, file.string() + ": is written by another process, must be written by one");
  }
  CHECK_NOTHROW(journal{file});
}

TEST_CASE("io.journal: it is put aside by size, the oldest is removed, and an outcome stays with its decision") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  journal log{file, {.rotate_bytes = 4096, .keep = 3, .sync = journal_sync::never}};
  constexpr std::uint64_t decisions = 800;
  for (std::uint64_t k = 0; k < decisions; ++k) {
    journal_record r = numbered(k, std::string(1 + k % 41, 'r'));  // so that files are full at different places
    r.outcome = decision_outcome::unknown;
    log.decided(r, true);
    r.outcome = decision_outcome::applied;
    log.became(r);
  }
  CHECK(folder.files() == 4);
  for (int k = 1; k <= 3; ++k) {
    CHECK(std::filesystem::file_size(journal_part(file, k)) > 3700);
    CHECK(std::filesystem::file_size(journal_part(file, k)) < 4096 + 160);
    CHECK(text_of(journal_part(file, k)).find("outcome_of") > 100);  // it begins with a decision
  }
  const auto all = journal_records(file);
  REQUIRE(all.size() > 40);
  CHECK(all.size() < decisions);
  for (std::size_t k = 0; k < all.size(); ++k) {
    CHECK(all[k].number == decisions - all.size() + k);  // the last ones, without a hole
    CHECK(all[k].outcome == decision_outcome::applied);
  }
  journal alone{folder / "short.jsonl", {.rotate_bytes = 4096, .keep = 0, .sync = journal_sync::never}};
  for (std::uint64_t k = 0; k < decisions; ++k) alone.decided(numbered(k), false);
  CHECK(folder.files() == 5);
  CHECK(journal_records(folder / "short.jsonl").back().number == decisions - 1);
}

TEST_CASE("io.journal: a full disk is told, leaves no torn line, and the next decision is written") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  // A child process whose files may not grow beyond 4 KiB stands for a full disk.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 4096;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int verdict = 1;
    try {
      journal log{file, {.sync = journal_sync::never}};
      std::uint64_t k = 0;
      bool full = false;
      while (!full && k < 1000) {
        try {
          log.decided(numbered(k), true);
          ++k;
        } catch (const file_error&) {
          full = true;
        }
      }
      const bool no_torn_line = std::filesystem::file_size(file) == log.bytes();
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_FSIZE, &limit);
      log.decided(numbered(k), true);
      verdict = full && no_torn_line ? 0 : 2;
    } catch (...) {
      verdict = 3;
    }
    ::_exit(verdict);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  const auto all = journal_records(file);
  REQUIRE(all.size() > 20);
  for (std::size_t k = 0; k < all.size(); ++k) CHECK(all[k].number == k);
}

TEST_CASE("io.journal: impossible options are refused") {
  const scratch_folder folder;
  CHECK_THROWS_WITH((journal{folder / "a", {.rotate_bytes = 10}}),
                    "journal: rotate_bytes is 10, must be at least 4096");
  CHECK_THROWS_AS((journal{folder / "a", {.keep = -1}}), std::invalid_argument);
}
