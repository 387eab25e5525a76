#include "http/serving.hpp"

#include <chrono>     // std::chrono::milliseconds
#include <iostream>   // std::cerr
#include <stdexcept>  // std::invalid_argument
#include <thread>     // std::jthread

#include <headroom/ext/dialects/decide.hpp>
#include <headroom/ext/dialects/episodes.hpp>
#include <headroom/ext/dialects/polled.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/systems/scheduler/live/dialect.hpp>

#include "support/command_line.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

int serve(const serve_options& o) {
  const served_policy policy(o.policy);
  told_targets targets(policy.fields(false), &told_observation::time_s, &told_observation::replicas,
                       make_told{&policy});
  policy_server server{{.listen = o.listen, .token_file = o.token_file, .most_connections = o.connections}};
  decide_dialect{targets}.add_to(server);
  episodes_dialect{targets}.add_to(server);
  keda_dialect{targets, {.stale_s = o.stale_s}}.add_to(server);
  datadog_dialect{targets, {.stale_s = o.stale_s}}.add_to(server);
  if (policy.scheduler_tells_enough()) {
    scheduler::dialect{targets, policy.scheduler_fields()}.add_to(server);
  } else {
    std::cerr << "headroom: /action is not served, because it does not tell what the policy reads\n";
  }
  const int port = server.bind();
  std::cerr << "headroom: " << policy.sentence() << '\n'
            << "headroom: listening on " << o.listen.substr(0, o.listen.rfind(':')) << ':' << port
            << (o.token_file.empty() ? ", for everybody on this machine\n" : ", for those with the token\n");
  const std::jthread waiting([&server](const std::stop_token& ended) {
    while (!ended.stop_requested() && !terminal::interrupted.load()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    server.stop();
  });
  server.run();
  const served_counts n = targets.counts();
  std::cerr << "headroom: stopped: " << n.decided << " decided, " << n.repeated << " repeated, " << n.held << " held, "
            << n.refused << " refused\n";
  return exit_done;
}

}  // namespace tool
