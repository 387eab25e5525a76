#include <filesystem>
#include <memory>
#include <vector>

#include "commands/commands.hpp"
#include "shards/shared_work.hpp"
#include "support/command_line.hpp"

/// `headroom merge`: what one process would have printed, from what several did with --shard.
namespace tool {

void add_merge(command_line& to) {
  struct merge_options {
    std::vector<std::filesystem::path> files{};
  };
  command& c = to.add("merge", "Print the result of a command from its shards, as one process would have");
  const auto o = std::make_shared<merge_options>();
  c.add("shards", o->files, "Every file that the command left with --shard, in any order").required();
  c.footer(
      "The output is that of the command without --shard, byte for byte, and so are the files that it names (--json,\n"
      "--csv, --out...), which are written here. Shards of different commands or versions are refused. A missing one "
      "is\n"
      "named, with the command that makes it.\n"
      "Examples:\n"
      "  headroom compare --policies hpa,sarsa --shard 1/2       on one machine\n"
      "  headroom compare --policies hpa,sarsa --shard 2/2       on another one\n"
      "  headroom merge compare-*-of-2.shard");
  c.runs([o] {
    std::vector<shards::shard_file> parts;
    for (const std::filesystem::path& file : o->files) parts.push_back(shards::load_shard(file));
    return shards::merge(std::move(parts));
  });
}

}  // namespace tool
