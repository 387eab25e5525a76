#include <cstdio>  // std::puts

#include <headroom/ext/kubernetes.hpp>
#include <headroom/headroom.hpp>

int main() {
  headroom::kubernetes web{{.access = {.url = "http://127.0.0.1:1"}, .name = "web"}};
  std::puts(!web.read_replicas().known() ? "unknown" : "wrong");
}
