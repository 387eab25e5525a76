#include <cstdio>  // std::puts

#include <headroom/ext/kubernetes.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/prometheus.hpp>

int main() {
  headroom::policy_server server{{.listen = "127.0.0.1:0"}};
  headroom::prometheus nobody{{.url = "http://127.0.0.1:1"}};
  const headroom::reading r = nobody.read("up");
  headroom::kubernetes web{{.access = {.url = "http://127.0.0.1:1"}, .name = "web"}};
  std::puts(server.bind() > 0 && !r.known() && !web.read_replicas().known() ? "unknown" : "wrong");
}
