// What the tool says where it was built without cpp-httplib.
#include <stdexcept>

#include "http/kubernetes_target.hpp"
#include "http/live_http.hpp"
#include "http/openfaas_target.hpp"
#include "http/ray_serve_target.hpp"
#include "http/prometheus_source.hpp"
#include "http/serving.hpp"

namespace tool {

std::string fetch_history_values(const prometheus_source_options&, const std::string&) {
  throw std::invalid_argument(
      "--prometheus: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

headroom::streamed_trace fetch_history(const prometheus_source_options& o, const recorded_load_options&,
                                       const std::filesystem::path&) {
  throw std::invalid_argument(fetch_history_values(o, o.query));
}

int serve(const serve_options&) {
  throw std::invalid_argument("serve: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

std::unique_ptr<live_queries> make_live_queries(const settings&) {
  throw std::invalid_argument("run: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

void check_live_metrics(const settings& s) { (void)make_live_metrics(s); }

std::unique_ptr<live_metrics> make_live_metrics(const settings&) {
  throw std::invalid_argument(
      "live.metrics: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

std::unique_ptr<scaled_target> make_kubernetes_target(const settings&) {
  throw std::invalid_argument("target.kind: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

std::unique_ptr<scaled_target> make_ray_serve_target(const settings&) {
  throw std::invalid_argument("target.kind: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

std::unique_ptr<scaled_target> make_openfaas_target(const settings&) {
  throw std::invalid_argument("target.kind: this program speaks no HTTP, must be built where cpp-httplib is installed");
}

}  // namespace tool
