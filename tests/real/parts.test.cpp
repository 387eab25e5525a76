#include <cstdlib>
#include <string>

#include "catch.hpp"
#include "real/kubernetes_cluster.hpp"
#include "skip.hpp"
#include "tool/tool.hpp"

/// The parts of a command under the programs that start many processes: mpirun, and the real API server of Kubernetes.
namespace {

// The tool, by mpirun as root may run it in a test, on this machine.
tool_run run_by_mpi(const scratch_folder& folder, const std::string& processes, const std::string& arguments) {
  const scratch_folder prints;
  const std::string command = "cd '" + folder.path().string() + "' && '" + std::getenv("HEADROOM_MPIRUN") +
                              "' --allow-run-as-root --oversubscribe -n " + processes + " '" + tool_path() + "' " +
                              arguments + " >'" + (prints / "out").string() + "' 2>'" + (prints / "err").string() + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(prints / "out"), read_bytes(prints / "err")};
}

}  // namespace

#define HEADROOM_NEED_MPI()                      \
  if (std::getenv("HEADROOM_MPIRUN") == nullptr) \
  HEADROOM_SKIP("HEADROOM_MPIRUN is not set, or the tool was built without MPI; scripts/test --live sets both")

TEST_CASE("parts: processes that mpirun starts give one result, the bytes of one process") {
  HEADROOM_NEED_MPI();
  const std::string command =
      "compare --policies constant:14,hpa:0.6,sarsa --episodes 4 --train-episodes 60 --train-seeds 3 --quiet --json "
      "all.json --out run";
  const scratch_folder whole;
  const tool_run one = run_tool(whole, command);
  REQUIRE(one.code == 0);
  for (const char* const processes : {"1", "2", "3"}) {
    INFO(processes);
    const scratch_folder folder;
    const tool_run several = run_by_mpi(folder, processes, command);
    INFO(several.err);
    REQUIRE(several.code == 0);
    CHECK(several.out == one.out);
    for (const char* const file :
         {"all.json", "run/run.json", "run/results.json", "run/steps.csv", "run/metrics.jsonl"})
      CHECK(read_bytes(folder / file) == read_bytes(whole / file));
  }
  const scratch_folder models;
  const std::string training = "train --policy sarsa --train-episodes 40 --train-seeds 3 --quiet --out ";
  REQUIRE(run_by_mpi(models, "2", training + "web.model").code == 0);
  REQUIRE(run_tool(models, training + "alone.model").code == 0);
  for (const char* const seed : {"1", "2", "3"}) {
    CHECK(read_bytes(models / ("web." + std::string(seed) + ".model")) ==
          read_bytes(models / ("alone." + std::string(seed) + ".model")));
  }
}

TEST_CASE("parts: a process that refuses ends all that mpirun started") {
  HEADROOM_NEED_MPI();
  const scratch_folder folder;
  const tool_run run = run_by_mpi(folder, "2", "compare --policies nobody --episodes 2");
  CHECK(run.code != 0);
  CHECK(run.out.empty());
  CHECK(contains(run.err, "nobody"));
}

// Debian's server is 1.20, and the field that makes a Job an Indexed one came with 1.21: everything else of the Job is
// checked by the server, and this field is the only one that it does not know.
TEST_CASE("parts: the real API server takes the printed Job, but for the one field that is younger than it") {
  const char* const programs = std::getenv("HEADROOM_KUBERNETES");
  if (programs == nullptr) HEADROOM_SKIP("HEADROOM_KUBERNETES is not set; scripts/test --live sets it");
  kubernetes_cluster cluster(programs);
  const std::filesystem::path& folder = cluster.folder().path();
  const tool_run printed = run_tool(cluster.folder(),
                                    "manifests --job --shards 7 --claim work --image example.org/headroom:1 -- compare "
                                    "--policies 'hpa,sarsa' --out \"it's\\\"\"");
  INFO(printed.err);
  REQUIRE(printed.code == 0);
  write_bytes(folder / "job.yaml", printed.out);
  const std::string apply = "apply --dry-run=server -f " + folder.string();
  const int whole = cluster.kubectl(apply + "/job.yaml");
  INFO(cluster.kubectl_log());
  if (whole != 0) {  // 1.21 and later take it
    CHECK(contains(cluster.kubectl_log(), "unknown field \"completionMode\" in io.k8s.api.batch.v1.JobSpec"));
    std::string text = printed.out;
    const std::size_t at = text.find("  completionMode:");
    REQUIRE(at != std::string::npos);
    write_bytes(folder / "older.yaml", text.erase(at, text.find('\n', at) + 1 - at));
    CHECK(cluster.kubectl(apply + "/older.yaml") == 0);
    CHECK(contains(cluster.kubectl_log(), "job.batch/headroom-compare created (server dry run)"));
    // And a mistake in the rest would be noticed.
    write_bytes(folder / "wrong.yaml", text.replace(text.find("restartPolicy: Never"), 20, "restartPolicy: Maybe"));
    CHECK(cluster.kubectl(apply + "/wrong.yaml") != 0);
  }
}
