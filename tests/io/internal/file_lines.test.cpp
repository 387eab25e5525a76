#include <headroom/io/internal/file_lines.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>     // open
#include <pthread.h>   // pthread_kill
#include <signal.h>    // sigaction
#include <sys/stat.h>  // mkfifo
#include <unistd.h>    // close

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

using found = std::vector<std::pair<std::string, std::uint64_t>>;

found lines_of(const std::string& text, std::uint64_t from = 0, std::uint64_t to = file_lines::to_the_end) {
  const scratch_folder folder;
  write_bytes(folder / "t", text);
  found lines;
  file_lines(folder / "t")
      .each(
          [&](std::string_view line, std::uint64_t offset) {
            lines.emplace_back(line, offset);
            return false;
          },
          from, to);
  return lines;
}

}  // namespace

TEST_CASE("lines come with where they begin, whatever ends them") {
  CHECK(lines_of("").empty());
  CHECK(lines_of("\n") == found{{"", 0}});
  CHECK(lines_of("a\nbc\n") == found{{"a", 0}, {"bc", 2}});
  CHECK(lines_of("a\r\n\r\nbc") == found{{"a", 0}, {"", 3}, {"bc", 5}});
  CHECK(lines_of("\xef\xbb\xbf"
                 "a\nb") == found{{"a", 3}, {"b", 5}});
  CHECK(lines_of("a\r") == found{{"a", 0}});
}

TEST_CASE("a part of a file has the lines that begin in it") {
  CHECK(lines_of("a\nbc\nd\n", 2) == found{{"bc", 2}, {"d", 5}});
  CHECK(lines_of("a\nbc\nd\n", 2, 5) == found{{"bc", 2}});
  CHECK(lines_of("a\nbc\nd\n", 2, 2).empty());
  CHECK(lines_of("a\nbc\nd\n", 5, 100) == found{{"d", 5}});
}

TEST_CASE("lines across blocks are whole, and know their place") {
  std::string text;
  found expected;
  // Lengths without a common divisor with a block's, and one that fills a block but for a character.
  for (std::size_t k = 0; text.size() < 3 * file_lines::block_size; ++k) {
    const std::size_t length = k == 40'000 ? file_lines::block_size - 1 : k % 37;
    expected.emplace_back(std::string(length, static_cast<char>('a' + k % 26)), text.size());
    text += expected.back().first + '\n';
  }
  CHECK((lines_of(text) == expected));
  const std::size_t half = expected.size() / 2;
  CHECK((lines_of(text, expected[half].second) ==
         found(expected.begin() + static_cast<std::ptrdiff_t>(half), expected.end())));
}

TEST_CASE("reading tells how far it is, and can be stopped") {
  const scratch_folder folder;
  write_bytes(folder / "t", std::string(5 * file_lines::block_size / 2, '\n'));
  const file_lines lines(folder / "t");
  const auto ignore = [](std::string_view, std::uint64_t) { return false; };
  std::vector<std::uint64_t> seen;
  const auto remember = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(total == 5 * file_lines::block_size / 2);
    seen.push_back(done);
    return false;
  };
  lines.each(ignore, 0, file_lines::to_the_end, remember);
  CHECK(seen == std::vector<std::uint64_t>{1U << 20U, 2U << 20U, 5U << 19U});
  CHECK_THROWS_WITH(lines.each(ignore, 0, file_lines::to_the_end, [](std::uint64_t, std::uint64_t) { return true; }),
                    (folder / "t").string() + ": reading was stopped");
  std::size_t n = 0;
  lines.each([&](std::string_view, std::uint64_t) { return ++n == 7; });
  CHECK(n == 7);
}

TEST_CASE("a line longer than a block is refused by its number") {
  const scratch_folder folder;
  write_bytes(folder / "t", "a\nb\n" + std::string(file_lines::block_size, 'c') + "\n");
  CHECK_THROWS_WITH(file_lines(folder / "t").each([](std::string_view, std::uint64_t) { return false; }),
                    (folder / "t").string() + ":3:1: line is longer than 1048576 characters");
}

TEST_CASE("what cannot be opened is refused, and whether it can be read again is known") {
  const scratch_folder folder;
  CHECK_THROWS_WITH(file_lines(folder / "t"), (folder / "t").string() + ":1:1: cannot be opened");
  CHECK_THROWS_WITH(file_lines(folder.path()), folder.path().string() + ":1:1: is a directory");
  write_bytes(folder / "t", "a");
  CHECK(file_lines(folder / "t").regular());
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_FALSE(file_lines(folder / "pipe").regular());
}

TEST_CASE("writing to a file shows in its state") {
  const scratch_folder folder;
  write_bytes(folder / "t", "abc");
  const file_lines lines(folder / "t");
  const file_lines::stamp before = lines.state();
  CHECK(before.size == 3);
  CHECK(lines.state() == before);
  std::ofstream(folder / "t", std::ios::app) << 'd';
  CHECK_FALSE(lines.state() == before);
}

TEST_CASE("CR, CRLF and LF end lines, wherever a block of the file ends") {
  const scratch_folder folder;
  const auto name = folder / "t.txt";
  for (const std::string end : {"\r", "\n", "\r\n"}) {
    for (std::size_t before = file_lines::block_size - 4; before <= file_lines::block_size + 2; ++before) {
      // Lines of 1000 characters, and then one whose end lies around that of the block.
      std::string text;
      std::size_t expected = 0;
      for (; text.size() + 1000 + end.size() < before; ++expected) text += std::string(1000, 'a') + end;
      text += std::string(before - text.size(), 'b') + end + "c" + end + "d";
      expected += 3;
      write_bytes(name, text);
      std::size_t lines = 0;
      std::size_t characters = 0;
      file_lines(name).each([&](std::string_view line, std::uint64_t) {
        ++lines;
        characters += line.size();
        return false;
      });
      CAPTURE(before, end.size());
      CHECK(lines == expected);
      CHECK(characters == text.size() - (expected - 1) * end.size());
    }
  }
}

TEST_CASE("a pipe is answered at once: by its lines, or by a refusal where nobody writes") {
  const scratch_folder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto each = [&] {
    std::string all;
    file_lines(pipe).each([&](std::string_view text, std::uint64_t) { return all.append(text).append("|"), false; });
    return all;
  };
  CHECK_THROWS_WITH(each(), pipe.string() + ":1:1: is an empty pipe, or one that nobody writes to");
  // A writer that is slow, and writes in pieces.
  std::thread writer([&] {
    std::ofstream out(pipe);
    for (const char* text : {"a\nb", "c\n", "d"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      out << text << std::flush;
    }
  });
  CHECK(each() == "a|bc|d|");
  writer.join();
}

TEST_CASE("a signal or the progress ends the waiting for a pipe") {
  const scratch_folder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int silent = ::open(pipe.c_str(), O_RDWR);
  REQUIRE(silent >= 0);
  const file_lines lines(pipe);
  const auto nothing = [](std::string_view, std::uint64_t) { return false; };
  CHECK_THROWS_AS(lines.each(nothing, 0, file_lines::to_the_end, [](auto, auto) { return true; }), reading_stopped);
  struct sigaction before {};
  struct sigaction handler {};
  handler.sa_handler = [](int) {};
  handler.sa_flags = SA_RESTART;  // as std::signal has it
  REQUIRE(::sigaction(SIGUSR1, &handler, &before) == 0);
  const pthread_t self = ::pthread_self();
  std::thread sender([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    ::pthread_kill(self, SIGUSR1);
  });
  CHECK_THROWS_AS(lines.each(nothing), reading_stopped);
  sender.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  ::close(silent);
}

TEST_CASE("a device is refused before it is opened") {
  for (const char* const device : {"/dev/null", "/dev/zero", "/dev/tty"}) {
    if (!std::filesystem::exists(device)) continue;
    CHECK_THROWS_WITH(file_lines(device),
                      std::string(device) + ":1:1: is a terminal or another device, must be a file or a pipe");
  }
}
