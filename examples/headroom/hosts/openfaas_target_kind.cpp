#include "http/openfaas_target.hpp"

/// The keys of a function of OpenFaaS; what asks the gateway needs cpp-httplib and stands in http/.
namespace tool {

target_kind openfaas_target_kind() {
  return {
      "openfaas",
      "A function of OpenFaaS, over its gateway's REST",
      {{"target.function", setting_type::text, "", "The name of the function", "openfaas"},
       {"target.function_namespace", setting_type::text, "", "Its namespace; left out: the gateway's own", "openfaas"},
       {"target.gateway", setting_type::text, "http://127.0.0.1:8080", "The address of the gateway", "openfaas"},
       {"target.user", setting_type::text, "", "The user of basic authentication, with target.password_file",
        "openfaas"},
       {"target.password_file", setting_type::file, "", "The file that holds the password, read for each request",
        "openfaas"},
       {"target.gateway_ca_file", setting_type::file, "",
        "PEM: who may have signed the gateway's certificate; left out: the system's list", "openfaas"},
       {"target.gateway_timeout_s", setting_type::number, "5",
        "Seconds for a connection to the gateway, and again for its answer", "openfaas"}},
      make_openfaas_target};
}

}  // namespace tool
