#include <cstdio>  // std::puts

#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/prometheus.hpp>

int main() {
  headroom::policy_server server{{.listen = "127.0.0.1:0"}};
  headroom::prometheus nobody{{.url = "http://127.0.0.1:1"}};
  std::puts(server.bind() > 0 && !nobody.read("up").known() ? "unknown" : "wrong");
}
