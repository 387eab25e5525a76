# Sourced by scripts/going-live and scripts/soak: the service behind nginx and a Prometheus that asks it, on free ports of
# 127.0.0.1, with their files in the current folder. `end` ends everything that `beside` started, by process id.
#
# Needs: root, the folder of the project. Sets: headroom, live, shop (the address of nginx), url (of Prometheus).
# shellcheck shell=bash

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# programs: finds them, and builds what is built here unless HEADROOM_BUILD names a build folder that holds it.
programs() {
  local build=${HEADROOM_BUILD:-$root/build/gcc-release} program
  if [[ -z ${HEADROOM_BUILD:-} ]]; then
    [[ -e $build/build.ninja ]] || (cd "$root" && cmake --preset gcc-release > /dev/null)
    cmake --build "$build" --target headroom_tool headroom_live_service headroom_live_cluster headroom_live_load > build.log ||
      fail "the programs cannot be built, see $PWD/build.log"
  fi
  headroom=$build/examples/headroom live=$build/examples/live
  for program in "$headroom" "$live/live-service" "$live/live-cluster" "$live/live-load"; do
    [[ -x $program ]] || fail "$program is missing: cpp-httplib and CLI11 are needed"
  done
  nginx=$("$root/scripts/debian-program" nginx usr/sbin/nginx)
  prometheus=$("$root/scripts/debian-program" prometheus usr/bin/prometheus)
}

started=()
beside() {
  "$@" &
  started+=($!)
}
# end_last [N]: the last N that were started.
end_last() {
  local n=${1:-1} id
  while ((n-- > 0 && ${#started[@]} > 0)); do
    id=${started[-1]}
    unset 'started[-1]'
    kill "$id" 2> /dev/null || true
    wait "$id" 2> /dev/null || true
  done
}
# The last one first: the daemons before what they ask.
end() { end_last "${#started[@]}"; }
trap end EXIT

# Waits until a command succeeds.
until_it() {
  local k
  for ((k = 0; k < 300; k++)); do
    "$@" > /dev/null 2>&1 && return
    sleep 0.1
  done
  fail "this did not succeed within 30 s: $*"
}

# start_servers REPLICAS [OPTION OF A REPLICA...]
start_servers() {
  local replicas=$1
  shift
  mkdir -p cluster
  beside "$live/live-cluster" run --folder cluster --nginx "$nginx" --replicas "$replicas" -- "$live/live-service" "$@" > cluster.log 2>&1
  until_it grep -q 'listening on' cluster.log
  shop=http://$(sed -n 's/^listening on //p' cluster.log)
  cat > prometheus.yml << EOF
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: shop
    file_sd_configs: [{files: ['$PWD/cluster/targets.json']}]
  - job_name: cluster
    static_configs: [{targets: ['${shop#http://}']}]
EOF
  beside "$prometheus" --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 > prometheus.log 2>&1
  until_it grep -q 'msg="Listening on" address=127' prometheus.log
  url=http://$(sed -n 's/.*msg="Listening on" address=\([0-9.:]*\).*/\1/p' prometheus.log)
  until_it serving "$replicas"
  sleep 5  # Prometheus looks for new targets every 5 s
}
serving() { (($(grep -c ' serves$' cluster.log) >= $1)); }
wish() { "$live/live-cluster" set --folder cluster "$@"; }

# autoscaler NAME POLICY: the configuration NAME.toml, with the journal NAME.jsonl.
autoscaler() {
  sed -e "s#@FOLDER@#$PWD/cluster#g" -e "s#@PROMETHEUS@#$url#" -e "s#@CLUSTER@#$live/live-cluster#" \
    -e "s#@POLICY@#$2#" -e "s#@JOURNAL@#$1.jsonl#" "$root/examples/live/autoscaler.toml" > "$1.toml"
}
