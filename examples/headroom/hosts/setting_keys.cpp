#include <string>
#include <string_view>
#include <vector>

#include "hosts/live_fields.hpp"
#include "hosts/settings.hpp"
#include "hosts/target.hpp"
#include "systems/service/service_file.hpp"

/// The table of every key. A further key is a line here; one of a kind of target stands with that kind.
namespace tool {

namespace {

std::vector<setting_key> keys_before_target() {
  using enum setting_type;
  return {
      {"service.file", file, "", "TOML file that describes the service, as --service reads it"},
      {"service.KEY", text, "", "A key of such a file; it replaces what the file says"},

      {"source.kind", text, "prometheus", "Where the metrics are: prometheus"},
      {"source.url", text, "http://127.0.0.1:9090", "Scheme, host, port, and the path where a proxy adds one"},
      {"source.timeout_s", number, "5", "Seconds for the connection, and again for the answer, of each question"},
      {"source.token_file", file, "", "File whose one line is sent as a bearer token; read again for each question"},
      {"source.user", text, "", "Of basic authentication, with source.password_file"},
      {"source.password_file", file, "", "File whose one line is the password of source.user"},
      {"source.ca_file", file, "", "PEM: who may have signed the server's certificate (default: the system's list)"},
      {"source.secret_over_http", yes_no, "false", "Send the token or the password to another machine without TLS"},
      {"source.FIELD.query", text, "", "The expression that gives one value; FIELD is the name in the observation"},
      {"source.FIELD.age", text, "", "An expression that gives the age of the value in seconds (default: it is new)"},
      {"source.FIELD.stale_s", number, "60", "Seconds; a value that is older is not known"},
      {"source.FIELD.need", text, "",
       "vital: without it nothing is decided; needed: after live.patience_s the fallback decides; useful: the policy "
       "is asked all the same (default: needed if the policy reads it, else useful)"},

      {"policy.name", text, "", "The autoscaler that decides, as in hpa or hpa:0.6; headroom policies lists them"},
      {"policy.model", file, "", "Or what train --environment service wrote"},
      {"shadow.name", text, "", "Of each [[shadow]]: an autoscaler that decides beside the policy and is not asked"},
      {"shadow.model", file, "", "Or a model"},

      {"hand_over.name", text, "",
       "An autoscaler that is to take over from the policy in steps, once it is seen to be better (default: nobody)"},
      {"hand_over.model", file, "", "Or a model; it does not learn any more. Both need source.late.query"},
      {"hand_over.block", whole, "20", "Decisions that one of the two makes in a row; a comparison is of blocks"},
      {"hand_over.settle", whole, "5", "First decisions of a block that are not compared"},
      {"hand_over.reach", whole, "1", "Replicas by which the learner may differ at first"},
      {"hand_over.least_pairs", whole, "8", "Comparisons before a step; twice as many after each return"},
      {"hand_over.memory", whole, "40", "Comparisons that are remembered"},
      {"hand_over.recent", whole, "4", "The last comparisons, looked at alone to notice soon that it became worse"},
      {"hand_over.deviations", number, "2.33", "Of the mean, that the advantage must be away from zero"},
      {"hand_over.keep_one_in", whole, "4", "In the last stage one block in so many is still the policy's"},
      {"hand_over.strange_load", number, "1.25",
       "A load above this, times the largest that was seen while it only advised, is handed back"},

      {"guards.minimum", whole, "", "Fewest replicas (default: service.min_replicas)"},
      {"guards.maximum", whole, "", "Most replicas (default: service.max_replicas)"},
      {"guards.max_up", whole, "", "Most replicas that one decision adds (default: any number)"},
      {"guards.max_down", whole, "", "Most replicas that one decision removes (default: any number)"},
      {"guards.up_replicas", whole, "", "Most replicas that are added within guards.up_period_s"},
      {"guards.up_percent", whole, "", "Or percent of them; of the two the larger change holds"},
      {"guards.up_period_s", number, "60", "Seconds"},
      {"guards.down_replicas", whole, "", "Most replicas that are removed within guards.down_period_s"},
      {"guards.down_percent", whole, "", "Or percent of them; of the two the larger change holds"},
      {"guards.down_period_s", number, "60", "Seconds"},
      {"guards.up_stabilisation_s", number, "0", "Seconds; up only to the lowest wish of this window"},
      {"guards.down_stabilisation_s", number, "0", "Seconds; down only to the highest wish of this window"},
      {"guards.flap_changes", whole, "", "Most changes of direction within guards.flap_window_s (default: any number)"},
      {"guards.flap_window_s", number, "3600", "Seconds"},
      {"guards.undo_field", text, "",
       "A scale-down is undone at once if this field rises above guards.undo_above soon after it (default: never)"},
      {"guards.undo_above", number, "0", "In the unit of that field"},
      {"guards.undo_watch_s", number, "180", "Seconds after a scale-down in which it is blamed"},
      {"guards.undo_widen_s", number, "1800", "Seconds after an undo without a scale-down below the widened level"},
      {"guards.undo_margin", number, "0.1", "The widened level, as a fraction above the level that was gone back to"},
      {"guards.hold_when_stale_s", number, "", "Hold while the oldest value is older than this (default: see stale_s)"},
      {"guards.confirmed_down_by", text, "",
       "An autoscaler on what was measured; no scale-down goes further than it would (default: none is asked)"},
      {"guards.pause_file", file, "", "File with an operator's order: empty, no-down, no-up, or a number of replicas"},

      {"journal.file", file, "", "Where decisions are written down; needed"},
      {"journal.rotate_bytes", whole, "67108864", "A file that would grow beyond this is put aside"},
      {"journal.keep", whole, "8", "Files put aside that are kept"},
      {"journal.sync", text, "before_sending", "What must survive a power failure: never, before_sending or always"},

      {"target.kind", text, "none", "What is scaled; each kind has its own keys"},
  };
}

std::vector<setting_key> keys_behind_target() {
  using enum setting_type;
  return {
      {"live.interval_s", number, "", "Seconds from decision to decision (default: service.interval_s)"},
      {"live.warm_up_s", number, "60", "Seconds of complete observations before the first change, and after an outage"},
      {"live.patience_s", number, "60",
       "Seconds without a complete observation after which the fallback decides, and the windows fill anew; at most "
       "the shortest window of the queries"},
      {"live.slowest_read_s", number, "", "Seconds; nothing is decided on a slower read (default: the interval)"},
      {"live.fallback", text, "hold", "The autoscaler that decides then, on what is vital; hold: nothing is changed"},
      {"live.shadow", yes_no, "false", "Decide and write down, and change nothing; as --shadow"},
      {"live.act_without_journal", yes_no, "false", "Send decisions that could not be written down"},
      {"live.late_price", number, "",
       "What a late request costs, in what a request takes of a replica (default: 1 over the share that may be late)"},
      {"live.state", file, "", "What a restart goes on from (default: journal.file and .state)"},
      {"live.past_s", number, "3600",
       "Seconds of observations that a restart shows to its policies again, so that their windows go on; 0: none"},
      {"live.past_stale_s", number, "300", "Seconds; after a longer stop the policies begin anew"},
      {"live.metrics", text, "", "Address and port where /metrics, /healthz and /readyz are served (default: nowhere)"},
      {"live.metrics_token_file", file, "", "File with the bearer token that must come; needed beyond this machine"},
  };
}

std::vector<setting_key> whole_table() {
  std::vector<setting_key> all = keys_before_target();
  for (const target_kind& k : target_kinds()) all.insert(all.end(), k.keys.begin(), k.keys.end());
  for (const setting_key& k : keys_behind_target()) all.push_back(k);
  return all;
}

}  // namespace

std::string_view law_of(setting_type t) {
  constexpr std::string_view words[] = {"a text in quotes",
                                        "a number",
                                        "a whole number, zero or more",
                                        "true or false",
                                        "a list of texts, as in [\"a\", \"b\"]",
                                        "the name of a file in quotes"};
  return words[static_cast<std::size_t>(t)];
}

const std::vector<setting_key>& setting_keys() {
  static const std::vector<setting_key> all = whole_table();
  return all;
}

const setting_key* find_setting(std::string_view name) {
  std::string general(name);
  constexpr std::size_t before = 7;  // letters of "source." and of "shadow."
  const std::size_t dot = name.find('.', before);
  if (name.starts_with("shadow.") && dot != name.npos) {
    general = "shadow" + general.substr(dot);
  } else if (name.starts_with("source.") && dot != name.npos) {
    const std::string_view field = name.substr(before, dot - before);
    bool known = field == "FIELD";
    for (const live_field& f : live_fields) known = known || f.name == field;
    if (!known) return nullptr;
    general = "source.FIELD" + general.substr(dot);
  } else if (name.starts_with("service.") && name != "service.file") {
    bool known = name == "service.KEY";
    for (const service_key_words& k : service_key_table()) known = known || k.key == name.substr(8);
    if (!known) return nullptr;
    general = "service.KEY";
  }
  for (const setting_key& k : setting_keys()) {
    if (k.name == general) return &k;
  }
  return nullptr;
}

}  // namespace tool
