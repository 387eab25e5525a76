#include <string>

#include "catch.hpp"
#include "scratch.hpp"
#include "tool/tool.hpp"

// What the tool says of a target in a cluster before it asks anybody; the real one is in tests/real/.

TEST_CASE("kubernetes: the settings of a target in a cluster are checked before anything is asked") {
  const scratch_folder folder;
  write_bytes(
      folder / "kubeconfig",
      "clusters:\n- name: c\n  cluster: {}\ncontexts:\n- name: x\n  context:\n    cluster: c\ncurrent-context: x\n");
  const auto refused = [&](const std::string& target) {
    write_bytes(folder / "autoscaler.toml",
                "[service]\nslots = 4\nmax_replicas = 9\nobjective = \"p95<0.5\"\n[source]\nload = {query = \"x\"}\n"
                "utilisation = {query = \"y\"}\n[policy]\nname = \"hpa\"\n[journal]\nfile = \"j\"\n[target]\n"
                "kind = \"kubernetes\"\n" +
                    target);
    const tool_run run = run_tool(folder, "config --check autoscaler.toml");
    CHECK(run.code != 0);
    return run.err;
  };
  CHECK(contains(refused(""), "target.name: the name of the workload is missing"));
  CHECK(contains(refused("name = \"web\"\nkubeconfig = \"kubeconfig\"\n"), "the cluster 'c' names no server"));
  CHECK(contains(refused("name = \"web\"\nkubeconfig = \"missing\"\n"), "missing"));
  CHECK(contains(refused("name = \"web\"\ncontext = \"x\"\n"), "target.context: the value is x, must stand beside"));
  CHECK(contains(refused("nam = \"web\"\n"), "the nearest is target.name"));
  write_bytes(folder / "kubeconfig",
              "clusters:\n- name: c\n  cluster:\n    server: http://127.0.0.1:1\ncontexts:\n- name: x\n  context:\n"
              "    cluster: c\ncurrent-context: x\n");
  CHECK(contains(refused("name = \"Web\"\nkubeconfig = \"kubeconfig\"\n"), "kubernetes: name is Web"));
  CHECK(contains(refused("name = \"web\"\nkubeconfig = \"kubeconfig\"\nworkload = \"pod\"\n"),
                 "kubernetes: kind is pod"));
  const tool_run run = run_tool(folder, "run --config autoscaler.toml");  // the last one again, and it would be asked
  CHECK(run.code != 0);
}
