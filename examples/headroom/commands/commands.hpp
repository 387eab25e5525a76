#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

/// The commands. Each has its options, a struct, and its action in a file of its own; an action throws
/// std::invalid_argument or file_error on what it refuses, and returns the exit code.
namespace tool {

class command_line;

/// Runs a command from the words behind `headroom`, as main does; throws as the actions do.
int run_words(const std::vector<std::string>& words);

void add_compare(command_line& to);
void add_frontier(command_line& to);
void add_merge(command_line& to);
void add_train(command_line& to);
void add_evaluate(command_line& to);
void add_sweep(command_line& to);
void add_policies(command_line& to);
void add_import(command_line& to);
void add_recommend(command_line& to);
void add_serve(command_line& to);
void add_calibrate(command_line& to);
void add_farm(command_line& to);
void add_run(command_line& to);
void add_config(command_line& to);
void add_journal(command_line& to);
void add_explain(command_line& to);
void add_report(command_line& to);
void add_play(command_line& to);
void add_replay(command_line& to);
void add_manifests(command_line& to);
void add_gym(command_line& to);
void add_bench(command_line& to);

}  // namespace tool
