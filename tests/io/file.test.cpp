#include <headroom/io/file.hpp>

#include <csignal>

#include <sys/resource.h>
#include <sys/wait.h>

#include "catch.hpp"
#include "scratch.hpp"

using headroom::crc64;
using headroom::file_error;
using headroom::input_file;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string opening(const std::filesystem::path& file) {
  return refusal<file_error>([&] { (void)input_file(file); });
}

// Files above `bytes` cannot be written while it lives: the full disk that a test can have.
class small_disk {
 public:
  explicit small_disk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~small_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

}  // namespace

TEST_CASE("crc64: the catalogue's check value, in one piece and in two") {
  crc64 whole;
  whole.update(bytes_of("123456789"));
  CHECK(whole.value() == 0x995dc9bbdf1939faU);
  CHECK(whole.text() == "995dc9bbdf1939fa");
  crc64 pieces;
  pieces.update(bytes_of("1234"));
  pieces.update(bytes_of("56789"));
  CHECK(pieces.value() == whole.value());
  CHECK(crc64().text() == "0000000000000000");
}

TEST_CASE("crc64: no burst of up to 64 bits goes unseen") {
  // A CRC is linear: damage d goes unseen exactly if the register, started at zero, ends at zero. One burst of each
  // length from each first bit would be 2^64 cases; linearity leaves the basis, 64 single bits, whose sums must differ:
  // full rank over GF(2).
  const std::string zeros(8, '\0');
  crc64 none;
  none.update(bytes_of(zeros));
  std::vector<std::uint64_t> basis;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    std::string flipped = zeros;
    flipped[bit / 8] = static_cast<char>(1U << (bit % 8));
    crc64 sum;
    sum.update(bytes_of(flipped));
    std::uint64_t d = sum.value() ^ none.value();
    for (const std::uint64_t b : basis) d = std::min(d, d ^ b);
    CHECK(d != 0);
    basis.push_back(d);
  }
}

TEST_CASE("input_file: what is not a regular file is refused, and never waited for") {
  const scratch_folder folder;
  const auto name = [&](const char* file) { return (folder / file).string(); };

  CHECK(opening(folder / "missing") == name("missing") + ": cannot be opened: No such file or directory");
  CHECK(opening(folder.path()) == folder.path().string() + ": is a directory, must be a regular file");

  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(opening(folder / "fifo") == name("fifo") + ": is a fifo, must be a regular file");
  CHECK(opening("/dev/zero") == "/dev/zero: is a device, must be a regular file");

  std::filesystem::create_symlink(folder / "fifo", folder / "link");
  CHECK(opening(folder / "link") == name("link") + ": is a fifo, must be a regular file");

  write_bytes(folder / "plain", "12345");
  CHECK(opening(folder / "plain" / "below") == name("plain/below") + ": cannot be opened: Not a directory");
}

TEST_CASE("input_file: reads on where it stopped, and refuses to read past the end") {
  const scratch_folder folder;
  write_bytes(folder / "f", "12345");
  input_file in(folder / "f");
  CHECK(in.size() == 5);
  std::string text(3, ' ');
  in.read(std::as_writable_bytes(std::span(text)));
  CHECK(text == "123");
  CHECK(refusal<file_error>([&] { in.read(std::as_writable_bytes(std::span(text))); }) ==
        (folder / "f").string() + ": ends 1 bytes early: it shrank while it was read");
}

TEST_CASE("write_atomically: the pieces in order, nothing else in the folder") {
  const scratch_folder folder;
  const std::string a = "one ", b, c = "two";
  headroom::write_atomically(folder / "f", {bytes_of(a), bytes_of(b), bytes_of(c)});
  CHECK(read_bytes(folder / "f") == "one two");
  headroom::write_atomically(folder / "f", {bytes_of(c)});
  CHECK(read_bytes(folder / "f") == "two");
  CHECK(folder.files() == 1);
}

TEST_CASE("write_atomically: a disk that fills up halfway leaves the old file and no temporary") {
  const scratch_folder folder;
  write_bytes(folder / "f", "old");
  const std::string large(100'000, 'x');
  std::string sentence;
  {
    const small_disk full(4096);
    sentence = refusal<file_error>([&] { headroom::write_atomically(folder / "f", {bytes_of(large)}); });
  }
  CHECK(sentence == (folder / "f").string() + ": cannot be written: File too large");
  CHECK(read_bytes(folder / "f") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("write_atomically: a folder that is missing, or is a file, or a target that is no file") {
  const scratch_folder folder;
  const std::string text = "new";
  const auto writing = [&](const std::filesystem::path& file) {
    return refusal<file_error>([&] { headroom::write_atomically(file, {bytes_of(text)}); });
  };
  write_bytes(folder / "f", "old");
  CHECK(writing(folder / "missing" / "f") ==
        (folder / "missing" / "f").string() + ": cannot be written: No such file or directory");
  CHECK(writing(folder / "f" / "g") == (folder / "f" / "g").string() + ": cannot be written: Not a directory");
  CHECK(writing(folder.path()) == folder.path().string() + ": is a directory, must be a regular file");
  CHECK(writing("/dev/null") == "/dev/null: is a device, must be a regular file");
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(read_bytes(folder / "f") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("write_atomically: readers of the old file keep it, its permissions stay, a leftover is stepped over") {
  const scratch_folder folder;
  const std::string text = "new";
  write_bytes(folder / "f", "old");
  std::filesystem::permissions(folder / "f", std::filesystem::perms::owner_read);
  input_file reader(folder / "f");
  const std::string leftover = "f.partial-" + std::to_string(::getpid()) + "-0";
  write_bytes(folder / leftover, "killed");

  headroom::write_atomically(folder / "f", {bytes_of(text)});

  std::string seen(3, ' ');
  reader.read(std::as_writable_bytes(std::span(seen)));
  CHECK(seen == "old");
  CHECK(read_bytes(folder / "f") == "new");
  CHECK(std::filesystem::status(folder / "f").permissions() == std::filesystem::perms::owner_read);
  CHECK(read_bytes(folder / leftover) == "killed");
  CHECK(folder.files() == 2);
}

TEST_CASE("write_atomically: a symbolic link is replaced, and what it pointed to stays") {
  const scratch_folder folder;
  const std::string text = "new";
  write_bytes(folder / "first", "old");
  std::filesystem::create_symlink(folder / "first", folder / "latest");
  headroom::write_atomically(folder / "latest", {bytes_of(text)});
  CHECK(read_bytes(folder / "first") == "old");
  CHECK(read_bytes(folder / "latest") == "new");
  CHECK_FALSE(std::filesystem::is_symlink(folder / "latest"));
}

TEST_CASE("remove_leftovers: what a killed process left goes, what a living one writes stays, and so does all else") {
  const scratch_folder folder;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string dead = std::to_string(gone);
  for (const std::string& name :
       std::vector<std::string>{"f", "f.partial-" + dead + "-0", "f.partial-" + dead + "-17",
                                "f.partial-" + std::to_string(::getpid()) + "-0", "f.partial-" + dead, "f.partial-x-0",
                                "f.partial-0-0", "f.partial-", "g.partial-" + dead + "-0"}) {
    write_bytes(folder / name, "x");
  }
  headroom::remove_leftovers(folder / "f");
  CHECK(folder.files() == 7);
  CHECK_FALSE(std::filesystem::exists(folder / ("f.partial-" + dead + "-0")));
  CHECK_FALSE(std::filesystem::exists(folder / ("f.partial-" + dead + "-17")));
  headroom::remove_leftovers(folder / "none" / "f");  // no such folder: nothing to do
}
