#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "serving/line_reader.hpp"
#include "serving/served_service.hpp"
#include "support/command_line.hpp"

/// `headroom recommend`: one observation a line on standard input, one decision a line on standard output.
namespace tool {

using namespace headroom;

namespace {

int recommend(const served_policy_options& o) {
  const served_policy policy(o);
  std::cerr << "headroom: " << policy.sentence() << '\n';
  told_targets targets(policy.fields(true), &told_observation::time_s, &told_observation::replicas, make_told{&policy});
  line_reader lines;
  std::string line;
  for (;;) {
    const line_reader::end what = lines.next(line);
    if (what == line_reader::end::interrupted) return exit_interrupted;
    if (what == line_reader::end::nothing_more) break;
    const served_decision d =
        what == line_reader::end::too_long
            ? targets.refuse("the line is longer than " + std::to_string(line_reader::longest) + " characters")
            : targets.decide(line);
    std::cout << d.json() << '\n' << std::flush;
    if (!std::cout) return exit_failed;
  }
  const served_counts n = targets.counts();
  std::cerr << "headroom: " << n.decided << " decided, " << n.repeated << " repeated, " << n.held << " held, "
            << n.refused << " refused\n";
  return n.refused > 0 ? exit_refused : exit_done;
}

}  // namespace

void add_recommend(command_line& to) {
  command& c =
      to.add("recommend", "Decide for a service of your own: observations in, numbers of replicas out, by lines");
  const auto o = std::make_shared<served_policy_options>();
  o->declare(c);
  c.footer(
      "Example:\n"
      "  echo '{\"time_s\":0,\"load\":120,\"replicas\":6}' | headroom recommend --policy staffing --service "
      "service.toml\n"
      "  {\"replicas\":5,\"held\":false}\n"
      "A line that cannot be used is answered with \"error\" and the replicas to keep. The exit code is 2 if there was "
      "one.");
  c.runs([o] { return recommend(*o); });
}

}  // namespace tool
