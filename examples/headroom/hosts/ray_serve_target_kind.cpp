#include "http/ray_serve_target.hpp"

/// The keys of a deployment of Ray Serve; what asks the dashboard needs cpp-httplib and stands in http/.
namespace tool {

target_kind ray_serve_target_kind() {
  return {
      "ray-serve",
      "A deployment of Ray Serve whose application has external_scaler_enabled, over the REST of Ray's dashboard",
      {{"target.deployment", setting_type::text, "", "The name of the deployment", "ray-serve"},
       {"target.application", setting_type::text, "default", "The application that it belongs to", "ray-serve"},
       {"target.dashboard", setting_type::text, "http://127.0.0.1:8265", "The address of the dashboard", "ray-serve"},
       {"target.dashboard_token_file", setting_type::file, "",
        "File whose one line is sent as a bearer token, for a proxy before the dashboard", "ray-serve"},
       {"target.dashboard_ca_file", setting_type::file, "",
        "PEM: who may have signed the certificate; left out: the system's list", "ray-serve"},
       {"target.dashboard_timeout_s", setting_type::number, "5",
        "Seconds for a connection to the dashboard, and again for its answer", "ray-serve"}},
      make_ray_serve_target};
}

}  // namespace tool
