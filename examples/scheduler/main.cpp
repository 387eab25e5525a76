// The published request scheduler, whole and live: the matrix service, the agent, the scheduler, and what a cluster
// does around them. README.md has the rest.
#include <cstdio>
#include <exception>

#include "common.hpp"

int main(int argc, char** argv) {
  CLI::App app{
      "A request scheduler for a service behind an ingress: every so often it makes five metrics of the requests that\n"
      "were finished, asks an agent how many replicas there should be, and sets the Deployment's /scale.\n"
      "Exit codes: 0 it did what was asked; 1 it could not; 2 what was asked for is not possible."};
  app.require_subcommand(1);
  live_scheduler::add_matrix(app);
  live_scheduler::add_agent(app);
  live_scheduler::add_run(app);
  live_scheduler::add_train(app);
  live_scheduler::add_simulate(app);
  live_scheduler::add_node(app);
  // Of the file, the table that has the name of the command; --config may stand behind the command.
  app.set_config("--config", "", "TOML file with the options of each command, in a table of its name");
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "live-scheduler: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "live-scheduler: %s\n", e.what());
    return 1;
  }
}
