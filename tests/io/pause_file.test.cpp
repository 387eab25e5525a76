#include <headroom/io/pause_file.hpp>

#include <filesystem>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

TEST_CASE("io.pause_file: an operator's order in a file, and what is not understood holds") {
  const scratch_folder folder;
  const auto file = folder / "pause";
  const pause_file ask{file};
  CHECK(ask().kind == pause_kind::none);
  struct said {
    std::string text;
    pause_kind kind;
    int replicas;
  };
  for (const said& one :
       {said{"", pause_kind::hold, 0}, said{"\n", pause_kind::hold, 0}, said{"no-down\n", pause_kind::no_down, 0},
        said{"no-up", pause_kind::no_up, 0}, said{"8\n", pause_kind::at, 8}, said{"0", pause_kind::at, 0},
        said{"-3", pause_kind::hold, 0}, said{"8 replicas", pause_kind::hold, 0},
        said{"99999999999", pause_kind::hold, 0}, said{std::string(100, '1'), pause_kind::hold, 0}}) {
    write_bytes(file, one.text);
    CAPTURE(one.text);
    CHECK(ask().kind == one.kind);
    CHECK(ask().replicas == one.replicas);
  }
  std::filesystem::remove(file);
  CHECK(ask().kind == pause_kind::none);
  std::filesystem::create_directory(file);  // cannot be read
  CHECK(ask().kind == pause_kind::hold);
}
