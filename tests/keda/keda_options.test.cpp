#include <headroom/ext/keda_options.hpp>

#include <stdexcept>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

TEST_CASE("keda_options: who may ask is said before a public address is listened on") {
  CHECK(checked(keda_options{}).listen == "127.0.0.1:9191");
  keda_options o;
  o.listen = "0.0.0.0:9191";
  CHECK_THROWS_WITH(checked(o),
                    Catch::Contains("keda_scaler: listen is 0.0.0.0:9191, must be an address of this machine"));
  o.client_ca_file = "ca.pem";
  CHECK_THROWS_WITH(checked(o), Catch::Contains("client_ca_file is given, must stand beside certificate_file"));
  o.certificate_file = "c.pem";
  CHECK_THROWS_WITH(checked(o), Catch::Contains("certificate_file without key_file"));
  o.key_file = "k.pem";
  CHECK_NOTHROW(checked(o));
  o.stale_s = 0;
  CHECK_THROWS_AS(checked(o), std::invalid_argument);
  o.stale_s = 1;
  o.push_s = 0.001;
  CHECK_THROWS_AS(checked(o), std::invalid_argument);
}

TEST_CASE("keda_options: without a certificate there is no TLS, and a file that is not there is named") {
  CHECK(internal::keda_credentials({}) != nullptr);
  const scratch_folder folder;
  keda_options o;
  o.certificate_file = folder / "c.pem";
  o.key_file = folder / "k.pem";
  CHECK_THROWS_WITH(internal::keda_credentials(o), Catch::Contains("k.pem") || Catch::Contains("c.pem"));
}
