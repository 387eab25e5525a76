#include <string>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"
#include "tool/tool.hpp"

namespace {

const std::string manifest_settings =
    "[service]\nfile = \"service.toml\"\n\n[source]\nurl = \"http://prometheus:9090\"\n\n[policy]\nname = \"hpa\"\n\n"
    "[journal]\nfile = \"/var/lib/headroom/journal\"\n\n[target]\nkind = \"kubernetes\"\nname = \"web\"\n"
    "namespace = \"shop\"\n";

tool_run printed_manifests(const scratch_folder& folder, const std::string& settings,
                           const std::string& arguments = "--image example.org/headroom:1") {
  write_bytes(folder / "service.toml", "  slots = 4\n\nservice_time = \"0.2\" # \xc3\xa4\n");
  write_bytes(folder / "autoscaler.toml", settings);
  return run_tool(folder, "manifests autoscaler.toml " + arguments);
}

}  // namespace

TEST_CASE("manifests: a role has the rights that are needed, and the file is in the ConfigMap") {
  const scratch_folder folder;
  const tool_run run = printed_manifests(folder, manifest_settings);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out,
                 "- {apiGroups: [apps], resources: [deployments/scale], resourceNames: [web], verbs: [get, patch]}\n"));
  CHECK(contains(run.out, "- {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [get]}\n"));
  CHECK(contains(run.out, "- {apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [list]}\n"));
  CHECK(contains(run.out, "- {apiGroups: [keda.sh], resources: [scaledobjects], verbs: [list]}\n"));
  std::size_t rules = 0;
  for (std::size_t at = 0; (at = run.out.find("verbs:", at)) != std::string::npos; ++at) ++rules;
  CHECK(rules == 4);
  CHECK_FALSE(contains(run.out, "*"));
  CHECK_FALSE(contains(run.out, "ClusterRole"));
  for (const char* const kind : {"ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Deployment"}) {
    CHECK(contains(run.out, std::string("kind: ") + kind + "\nmetadata:\n  name: headroom-web\n  namespace: shop\n"));
  }
  CHECK(contains(run.out, "    kind = \"kubernetes\"\n    name = \"web\"\n"));
  CHECK(contains(run.out, "  service.toml: |\n    # service.toml, as headroom manifests read it\n      slots = 4\n\n"));
  CHECK(contains(run.out, "args: [run, --config, /etc/headroom/autoscaler.toml, --shadow]"));
  CHECK(contains(run.out, "emptyDir: {}"));

  const tool_run live = printed_manifests(folder, manifest_settings + "workload = \"statefulset\"\n",
                                          "--image a/b@sha256:0 --live --name scaler --journal-claim kept");
  REQUIRE(live.code == 0);
  CHECK(contains(live.out, "args: [run, --config, /etc/headroom/autoscaler.toml]"));
  CHECK(contains(live.out, "resources: [statefulsets/scale], resourceNames: [web]"));
  CHECK(contains(live.out, "  name: scaler\n"));
  CHECK(contains(live.out, "persistentVolumeClaim: {claimName: kept}"));
  CHECK_FALSE(contains(live.out, "emptyDir"));
}

TEST_CASE("manifests: what cannot run in a cluster is refused with the way out") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::string& arguments = "--image example.org/headroom:1") {
    std::string text = manifest_settings;
    text.replace(text.find(from), from.size(), to);
    const tool_run run = printed_manifests(folder, text, arguments);
    CHECK(run.code != 0);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(contains(refused("kind = \"kubernetes\"", "kind = \"none\""),
                 "target.kind: the value is none, must be kubernetes"));
  CHECK(contains(refused("namespace = \"shop\"\n", ""), "manifests: target.namespace is missing, must be named"));
  CHECK(contains(refused("name = \"web\"\n", ""), "manifests: target.name is missing, must be named"));
  CHECK(contains(refused("/var/lib/headroom/journal", "journal"), "stand in /var/lib/headroom"));
  CHECK(contains(refused("namespace = \"shop\"\n", "namespace = \"shop\"\nkubeconfig = \"x\"\n"),
                 "in the cluster the service account is used"));
  CHECK(contains(refused("[policy]", "token_file = \"token\"\n[policy]"), "source.token_file"));
  CHECK(contains(refused("\"service.toml\"", "\"../service.toml\""), "stand in the folder of the settings"));
  CHECK(contains(refused("\"service.toml\"", "\"nowhere.toml\""), "nowhere.toml"));
  CHECK(contains(refused("name = \"web\"", "name = \"web\\nrules: x\""), "must be a name of Kubernetes"));
  CHECK(contains(refused("namespace = \"shop\"\n", "namespace = \"shop\"\nworkload = \"pod\"\n"),
                 "be deployment, statefulset or replicaset"));
  CHECK(contains(refused("[policy]", "[policy]", "--image \"a b\""), "must be an image"));
  CHECK(contains(refused("[policy]", "[policy]", "--image a --name A"), "--name is 'A', must be a name of Kubernetes"));
  CHECK(contains(refused("[policy]", "[policy]", "--image a --journal-claim \"a: b\""), "--journal-claim"));
  CHECK(contains(refused("[policy]", "[policy]", ""), "--image"));
}

TEST_CASE("manifests: a Job's pods do the parts of a command, and Slurm gets its line") {
  const scratch_folder folder;
  const std::string how = "manifests --job --shards 7 --claim work --image example.org/headroom:1";
  const tool_run run = run_tool(folder, how + " -- compare --policies hpa,sarsa --trace \"my load.csv\" --out '$x\"'");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: headroom-compare\n"));
  CHECK(contains(run.out, "  completionMode: Indexed"));
  CHECK(contains(run.out, "  completions: 7\n  parallelism: 7\n"));
  CHECK(contains(run.out,
                 "args: [\"compare\", \"--policies\", \"hpa,sarsa\", \"--trace\", \"my load.csv\", "
                 "\"--out\", \"$$x\\\"\", \"--shard\", \"JOB_COMPLETION_INDEX/7\", \"--quiet\"]\n"));
  CHECK(contains(run.out, "workingDir: /work\n"));
  CHECK(contains(run.out, "persistentVolumeClaim: {claimName: work}\n"));
  CHECK(contains(run.out, "#   headroom merge compare-*-of-7.shard\n"));
  CHECK(contains(run.out,
                 "#   sbatch --array=1-7 --wrap='headroom compare --policies hpa,sarsa --trace "
                 "'\\''my load.csv'\\'' "));
  CHECK(contains(run.out, " --shard $SLURM_ARRAY_TASK_ID/7'\n"));

  const auto refused = [&](const std::string& arguments) {
    const tool_run r = run_tool(folder, "manifests " + arguments);
    CHECK(r.code == 2);
    CHECK(r.out.empty());
    return r.err;
  };
  const std::string image = "--image a --job ";
  CHECK(contains(refused(image + "--shards 7 -- compare"), "--claim: a PersistentVolumeClaim is missing"));
  CHECK(contains(refused(image + "--claim work -- compare"), "--shards"));
  CHECK(
      contains(refused(image + "--claim work --shards 2 -- run x.toml"), "the command is 'run', must be one that has"));
  CHECK(contains(refused(image + "--claim work --shards 2 -- train --shard 1/2"), "the command has --shard"));
  CHECK(contains(refused(image + "--claim 'a b' --shards 2 -- compare"),
                 "--claim is 'a b', must be a name of Kubernetes"));
  CHECK(contains(refused(image + "--live --claim work --shards 2 -- compare"), "--live is of `run`"));
  CHECK(contains(refused("x.toml --image a --shards 2"), "--shards is of --job"));
  CHECK(contains(refused("x.toml y.toml --image a"), "several files are named"));
}
