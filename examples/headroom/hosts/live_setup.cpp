#include "hosts/live_setup.hpp"

#include <limits>     // std::numeric_limits
#include <stdexcept>  // std::invalid_argument, std::logic_error
#include <utility>    // std::move

#include <headroom/core/check.hpp>

#include "hosts/interval_cost.hpp"
#include "support/files.hpp"

namespace tool {

using namespace headroom;

namespace {

field_need need_in(const settings& s, const std::string& key, bool read_by_policy) {
  if (!s.said(key)) return read_by_policy ? field_need::needed : field_need::useful;
  const std::string word = s.text(key);
  if (word == "vital") return field_need::vital;
  if (word == "needed") return field_need::needed;
  if (word != "useful") s.refuse(key, "be vital, needed or useful");
  return field_need::useful;
}

journal_sync sync_in(const settings& s) {
  const std::string word = s.text("journal.sync");
  if (word == "never") return journal_sync::never;
  if (word == "always") return journal_sync::always;
  if (word != "before_sending") s.refuse("journal.sync", "be never, before_sending or always");
  return journal_sync::before_sending;
}

std::string key_of(const live_field& f, const char* last) { return "source." + std::string(f.name) + "." + last; }

const live_field* field_named(std::string_view name) {
  for (const live_field& f : live_fields) {
    if (f.name == name) return &f;
  }
  throw std::logic_error("there is no field " + std::string(name));
}

// A policy that reads what nobody asks for would hold for ever.
void require_asked(const live_setup& all, const served_policy& one, const std::string& who) {
  for (const live_field& f : live_fields) {
    if (!one.reads(f.name) || all.asks_for(f.name)) continue;
    throw std::invalid_argument(all.said->source().string() + ": " + key_of(f, "query") +
                                " is missing, must be named: " + who + " (" + one.name() + ") reads " +
                                std::string(f.name));
  }
}

// How a learner takes over; nothing if no learner is named. Throws with the place, the key and the law.
std::optional<hand_over_options> steps_in(const settings& s) {
  if (!s.given("hand_over.name") && !s.given("hand_over.model")) {
    for (const auto& [name, value] : s.values()) {
      if (name.starts_with("hand_over.")) s.refuse(name, "stand beside hand_over.name or hand_over.model");
    }
    return std::nullopt;
  }
  hand_over_options o;
  o.block = s.whole("hand_over.block", 2, 1'000'000);
  o.settle = s.whole("hand_over.settle", 0, 1'000'000);
  o.reach = s.whole("hand_over.reach", 1);
  o.least_pairs = s.whole("hand_over.least_pairs", 3, 100'000);
  o.memory = s.whole("hand_over.memory", 3, 100'000);
  o.recent = s.whole("hand_over.recent", 2, 100'000);
  o.deviations = s.number("hand_over.deviations", 0.001, 100);
  o.keep_one_in = s.whole("hand_over.keep_one_in", 2);
  o.strange_load = s.number("hand_over.strange_load", 1, 1e9);
  try {
    return checked(o);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(s.source().string() + ": [hand_over]: " + e.what());
  }
}

// Refusals of the command line name its flags; here they must name the keys.
[[noreturn]] void refuse_in_words(const settings& s, const std::string& key, const std::string& what) {
  std::string text = what;
  for (const std::string_view flag : {"--policy: ", "--model: "}) {
    if (text.starts_with(flag)) text.erase(0, flag.size());
  }
  constexpr std::string_view of_serve = "is served with --model";
  if (const auto at = text.find(of_serve); at != text.npos)
    text.replace(at, of_serve.size(), "is named as a model: policy.model, or model of a [[shadow]]");
  const std::string from = s.given(key) ? s.origin(key) : s.source().string();
  throw std::invalid_argument(from + ": " + key + ": " + text);
}

}  // namespace

std::optional<service_plan> service_said(const settings& s) {
  service_plan plan;
  bool any = false;
  if (s.given("service.file")) {
    plan = read_service_file(s.file("service.file"));
    any = true;
  }
  for (const auto& [name, value] : s.values()) {
    if (!name.starts_with("service.") || name == "service.file") continue;
    std::string text;
    for (const std::string& one : value.texts) text += (text.empty() ? "" : ",") + one;
    try {
      set_key(plan, name.substr(8), value.is_list && text.empty() ? "any" : text, s.source().parent_path());
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(value.from + ": service." + e.what());
    }
    any = true;
  }
  if (s.given("live.interval_s")) {
    const std::string text = s.text("live.interval_s");
    const auto before = plan.given.find("interval_s");
    if (before != plan.given.end() && before->second != text)
      s.refuse("live.interval_s", "be that of the service, " + before->second + ": its policies decide in its steps");
    (void)s.number("live.interval_s", 0.001, 1e6);
    set_key(plan, "interval_s", text, {});
  }
  if (!any) return std::nullopt;
  try {
    check_plan(plan);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(s.source().string() + ": [service]: " + e.what());
  }
  return plan;
}

std::unique_ptr<served_policy> served_by(const settings& s, const std::string& name_key, const std::string& model_key,
                                         const std::optional<service_plan>& plan) {
  const bool named = s.given(name_key);
  const bool model = !model_key.empty() && s.given(model_key);
  if (!named && !model) s.refuse(name_key, "be named, or " + model_key);
  if (named && model) s.refuse(name_key, "not stand beside " + model_key + ": one of the two decides");
  if (named && !plan)
    throw std::invalid_argument(s.source().string() +
                                ": [service] is missing, must describe the service: an autoscaler is fitted to it");
  served_policy_options o;
  if (named)
    o.policy = s.text(name_key);
  else
    o.model = s.file(model_key);
  if (plan) o.service.take(*plan);
  try {
    return std::make_unique<served_policy>(o);
  } catch (const std::invalid_argument& e) {
    refuse_in_words(s, named ? name_key : model_key, e.what());
  }
}

bool live_setup::asks_for(std::string_view field) const {
  for (const asked_field& one : fields) {
    if (one.field->name == field) return true;
  }
  return false;
}

live_setup::live_setup(const settings& s) : said(&s) {
  if (s.text("source.kind") != "prometheus") s.refuse("source.kind", "be prometheus");
  const std::optional<service_plan> described = service_said(s);
  policy = served_by(s, "policy.name", "policy.model", described);
  plan = policy->plan();
  if (s.given("policy.model")) policy_sum = checksum_of(s.file("policy.model"));
  if (const auto how_far = steps_in(s)) {
    steps = *how_far;
    learner = served_by(s, "hand_over.name", "hand_over.model", plan);
    if (s.given("hand_over.model")) learner_sum = checksum_of(s.file("hand_over.model"));
  }
  for (std::size_t k = 0; k < s.shadows(); ++k) {
    const std::string at = "shadow." + headroom::to_text(k);
    shadows.push_back(served_by(s, at + ".name", at + ".model", plan));
    shadow_names.push_back(s.given(at + ".model") ? s.file(at + ".model").stem().string() : s.text(at + ".name"));
    for (std::size_t j = 0; j < k; ++j) {
      if (shadow_names[j] == shadow_names[k])
        s.refuse(s.given(at + ".name") ? at + ".name" : at + ".model", "be named once among [[shadow]]");
    }
    if (learner && (shadow_names[k] == "incumbent" || shadow_names[k] == "learner"))
      s.refuse(at + ".model", "not be called incumbent or learner: these are the two of the hand-over");
  }
  if (s.given("guards.confirmed_down_by")) witness = served_by(s, "guards.confirmed_down_by", "", plan);
  if (s.text("live.fallback") != "hold") fallback = served_by(s, "live.fallback", "", plan);

  for (const live_field& f : live_fields) {
    const std::string query = key_of(f, "query");
    if (!s.given(query)) {
      for (const char* const other : {"age", "stale_s", "need"}) {
        if (s.given(key_of(f, other))) s.refuse(key_of(f, other), "stand beside " + query + ", which is missing");
      }
      continue;
    }
    const bool read =
        policy->reads(f.name) || (witness && witness->reads(f.name)) || (learner && learner->reads(f.name));
    asked_field one{&f, s.text(query), s.text(key_of(f, "age")), {}};
    one.how.name = std::string(f.name);
    one.how.stale_s = s.number(key_of(f, "stale_s"), 0.001, 1e9);
    one.how.need = need_in(s, key_of(f, "need"), read);
    if (f.whole != nullptr && one.how.need != field_need::vital) {
      if (s.given(key_of(f, "need"))) s.refuse(key_of(f, "need"), "be vital: a whole number has no \"not known\"");
      one.how.need = field_need::vital;
    }
    fields.push_back(std::move(one));
  }
  require_asked(*this, *policy, "the policy");
  if (witness) require_asked(*this, *witness, "guards.confirmed_down_by");
  if (learner) require_asked(*this, *learner, "the learner of the hand-over");
  for (const char* const field : {"load", "late"}) {
    if (learner && !asks_for(field))
      s.refuse(key_of(*field_named(field), "query"),
               "be named: " + std::string(field) + " is what a hand-over compares the two by");
  }
  for (const auto& one : shadows) require_asked(*this, *one, "a [[shadow]]");

  replica_limits& limits = how.limits;
  limits.minimum = s.given("guards.minimum") ? s.whole("guards.minimum") : plan.service.min_replicas;
  limits.maximum = s.given("guards.maximum") ? s.whole("guards.maximum", 1) : plan.service.max_replicas;
  if (limits.minimum > limits.maximum) {
    s.refuse(s.given("guards.minimum") ? "guards.minimum" : "guards.maximum",
             "leave a range: the fewest replicas are " + headroom::to_text(limits.minimum) + ", the most " +
                 headroom::to_text(limits.maximum));
  }
  if (s.given("guards.max_up")) limits.max_up = s.whole("guards.max_up", 1);
  if (s.given("guards.max_down")) limits.max_down = s.whole("guards.max_down", 1);
  how.interval_s = plan.service.interval_s;
  how.warm_up_s = s.number("live.warm_up_s", 0, 1e7);
  how.patience_s = s.number("live.patience_s", 0, 1e7);
  if (s.given("live.slowest_read_s")) how.slowest_read_s = s.number("live.slowest_read_s", 0.001, 1e7);
  how.shadow = s.yes("live.shadow");
  how.act_without_journal = s.yes("live.act_without_journal");
  how.model = policy->name() + (policy_sum.empty() ? "" : " " + policy_sum);
  if (learner) how.model += ", hand-over to " + learner->name() + (learner_sum.empty() ? "" : " " + learner_sum);
  past_s = s.number("live.past_s", 0, 1e7);
  past_stale_s = s.number("live.past_stale_s", 0, 1e7);

  journal.rotate_bytes = static_cast<std::uint64_t>(s.number("journal.rotate_bytes", 4096, 1e15));
  journal.keep = s.whole("journal.keep", 0, 1000);
  journal.sync = sync_in(s);
  if (!s.given("journal.file")) s.refuse("journal.file", "be named");
  journal_file = s.file("journal.file");
  state_file = s.file("live.state");
  if (state_file.empty()) state_file = journal_file.string() + ".state";
  const double price =
      s.given("live.late_price") ? s.number("live.late_price", 0, 1e9) : std::numeric_limits<double>::quiet_NaN();
  late_price = late_price_of(plan, price);
  (void)guarded_policy();  // what a guard refuses is refused now
  (void)s.number("source.timeout_s", 0.001, 3600);
}

std::string live_setup::identity() const { return how.model; }

}  // namespace tool
