// headroom: trains, compares and evaluates autoscaling policies on the simulated farm, and compares them on three other
// published systems. README.md in this folder says where what stands.

#include <exception>
#include <iostream>
#include <stdexcept>

#include <headroom/io/file.hpp>
#include <headroom/io/internal/file_lines.hpp>

#include "commands/commands.hpp"
#include "commands/settings_values.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"

namespace {

int run_tool(int argc, char** argv) {
  tool::command_line line(
      "Learns when to scale, and compares what it learned with every baseline.\n"
      "Start with: headroom compare",
      "Results go to standard output, progress to standard error. Exit codes: 0 done, 1 failed,\n"
      "2 refused (bad argument, file or combination), 130 interrupted (what was finished is printed or kept).");
  tool::add_compare(line);
  tool::add_frontier(line);
  tool::add_train(line);
  tool::add_evaluate(line);
  tool::add_sweep(line);
  tool::add_policies(line);
  tool::add_import(line);
  tool::add_recommend(line);
  tool::add_serve(line);
  tool::add_calibrate(line);
  tool::add_farm(line);
  tool::add_run(line);
  tool::add_config(line);
  tool::add_journal(line);
  tool::add_explain(line);
  tool::add_report(line);
  tool::add_play(line);
  tool::add_replay(line);
  tool::add_manifests(line);
  tool::add_gym(line);
  tool::add_settings(line);
  return line.run(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  tool::terminal::catch_interrupts();
  try {
    const int code = run_tool(argc, argv);
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
