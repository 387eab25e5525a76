#include <memory>

#include "commands/commands.hpp"
#include "http/serving.hpp"
#include "support/command_line.hpp"

/// `headroom serve`: decisions over HTTP, for programs that ask for them in their own words.
namespace tool {

void add_serve(command_line& to) {
  command& c = to.add("serve", "Decide over HTTP, on this machine alone unless there is a token");
  const auto o = std::make_shared<serve_options>();
  o->policy.declare(c);
  c.add("--listen", o->listen, "Address and port; port 0 is any that is free").shows_default();
  c.add("--token-file", o->token_file, "File with the bearer token that must come; needed for any other address");
  c.add("--stale", o->stale_s, "Seconds after which a decision is not given to those who only poll").shows_default();
  c.add("--connections", o->connections, "How many may be open at once").shows_default();
  c.footer(
      "Example:\n"
      "  headroom serve --policy staffing --service web.toml --listen 127.0.0.1:8080\n"
      "  curl -H 'Content-Type: application/json' -d '{\"target\":\"shop\",\"load\":120,\"replicas\":6}' \\\n"
      "    http://127.0.0.1:8080/v1/decide\n"
      "docs/serving.md has the other dialects. SIGTERM and Ctrl-C end it.");
  c.runs([o] { return serve(*o); });
}

}  // namespace tool
