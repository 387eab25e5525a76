// headroom: trains, compares and evaluates autoscaling policies on the simulated farm, and compares them on three other
// published systems. README.md in this folder says where what stands.

#include <algorithm>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/io/file.hpp>
#include <headroom/io/internal/file_lines.hpp>

#include "commands/commands.hpp"
#include "mpi/gather.hpp"
#include "reports/json.hpp"
#include "shards/shard_file.hpp"
#include "commands/settings_values.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"

namespace tool {

int run_words(const std::vector<std::string>& words) {
  command_line line(
      "Learns when to scale, and compares what it learned with every baseline.\n"
      "Start with: headroom compare",
      "Results go to standard output, progress to standard error. Exit codes: 0 done, 1 failed,\n"
      "2 refused (bad argument, file or combination), 130 interrupted (what was finished is printed or kept).",
      "headroom " + report::version_text() + (mpi::built_in() ? ", with MPI" : ", without MPI"));
  add_compare(line);
  add_frontier(line);
  add_merge(line);
  add_train(line);
  add_evaluate(line);
  add_sweep(line);
  add_policies(line);
  add_import(line);
  add_recommend(line);
  add_serve(line);
  add_calibrate(line);
  add_farm(line);
  add_run(line);
  add_config(line);
  add_journal(line);
  add_explain(line);
  add_report(line);
  add_play(line);
  add_replay(line);
  add_manifests(line);
  add_gym(line);
  add_bench(line);
  add_settings(line);
  shards::set_words(words);
  std::vector<std::string> all{"headroom"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  return line.run(static_cast<int>(pointers.size()), pointers.data());
}

}  // namespace tool

int main(int argc, char** argv) {
  tool::terminal::catch_interrupts();
  try {
    const int code = tool::run_words({argv + std::min(argc, 1), argv + argc});
    std::cout.flush();
    if (std::cout.good() || code != tool::exit_done) return code;
    std::cerr << "headroom: standard output cannot be written: the disk is full, or nobody reads it\n";
    return tool::exit_failed;
  } catch (const std::invalid_argument& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return tool::exit_refused;
  } catch (const headroom::file_error& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return tool::exit_refused;
  } catch (const headroom::reading_stopped&) {
    std::cerr << "headroom: interrupted before the first result\n";
    return tool::exit_interrupted;
  } catch (const std::exception& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return tool::exit_failed;
  }
}
