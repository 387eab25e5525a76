#include "teastore/operator.hpp"

#include <algorithm>  // std::min
#include <iterator>   // std::next
#include <stdexcept>  // std::invalid_argument
#include <utility>    // std::exchange, std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace live_teastore {

using namespace headroom;

namespace {

std::string name_of(const headroom::internal::config_node& object) { return object.text_at({"metadata", "name"}); }

bool has_finaliser(const headroom::internal::config_node& object) {
  const auto* const all = object.at({"metadata", "finalizers"});
  if (all == nullptr) return false;
  for (const auto& one : all->parts) {
    if (one.second.text == shop_operator::finaliser) return true;
  }
  return false;
}

// The list with ours, or without it, for a merge patch that fails where somebody wrote since.
std::string finalisers(const headroom::internal::config_node& object, bool with_ours) {
  headroom::internal::json_writer w;
  w.open('{').name("metadata").open('{').name("resourceVersion").text(object.text_at({"metadata", "resourceVersion"}));
  w.name("finalizers").open('[');
  if (const auto* const all = object.at({"metadata", "finalizers"}); all != nullptr) {
    for (const auto& one : all->parts) {
      if (one.second.text != shop_operator::finaliser) w.text(one.second.text);
    }
  }
  if (with_ours) w.text(shop_operator::finaliser);
  return w.close(']').close('}').close('}').json();
}

}  // namespace

shop_operator::shop_operator(operator_options o)
    : o_(std::move(o)),
      cluster_(o_.access, o_.timeout_s, "teastore-operator"),
      watched_(o_.access, o_.timeout_s, "teastore-operator"),
      leasing_(o_.access, o_.timeout_s, "teastore-operator"),
      lease_({o_.name_space, "teastore-operator", o_.identity, o_.lease_s}) {
  require(o_.resync_s >= 1 && o_.resync_s <= 3600, "operator", "resync_s", o_.resync_s, "be from 1 to 3600");
  watch_ = std::thread([this] { look_on(); });
  renew_ = std::thread([this] { keep_lease(); });
}

shop_operator::~shop_operator() {
  stop_ = true;
  if (watch_.joinable()) watch_.join();
  if (renew_.joinable()) renew_.join();
}

void shop_operator::keep_lease() {
  while (!stop_) {
    const auto asked = clock::now();
    const bool ours = lease_.hold(leasing_);
    if (ours) leads_until_ = (asked + std::chrono::seconds(o_.lease_s)).time_since_epoch().count();
    if (!lease_.held()) leads_until_ = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      lease_said_ = lease_.said();
    }
    const auto next = asked + std::chrono::milliseconds(ours ? 250 * o_.lease_s : std::min(1000, 250 * o_.lease_s));
    while (!stop_ && clock::now() < next) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void shop_operator::take(const node& object, bool gone) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (gone)
    objects_.erase(name_of(object));
  else
    objects_[name_of(object)] = object;
}

// The thread that lists and watches. A watch lasts a second, so that it ends soon when it is asked to.
void shop_operator::look_on() {
  while (!stop_) {
    const kubernetes_result all = watched_.list(kind(), o_.name_space);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      trouble_ = all.said;
      if (all.good()) {
        objects_.clear();
        for (const auto& one : all.object.find("items")->parts) objects_[name_of(one.second)] = one.second;
        known_ = true;
      }
    }
    std::string version = all.version();
    const auto resync = clock::now() + std::chrono::duration_cast<clock::duration>(
                                           std::chrono::duration<double>(all.good() ? o_.resync_s : 1.0));
    while (!stop_ && clock::now() < resync) {
      if (!all.good()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        continue;
      }
      const kubernetes_result r = watched_.watch(kind(), o_.name_space, version, 1, [this](const kubernetes_event& e) {
        if (e.type != "BOOKMARK") take(e.object, e.type == "DELETED");
        return !stop_;
      });
      if (!r.good()) {
        const std::lock_guard<std::mutex> lock(mutex_);
        trouble_ = r.said;
        break;  // a list comes next
      }
      version = r.version();
    }
    if (!stop_) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void shop_operator::round() {
  if (leads() != led_) {
    led_ = !led_;
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string why = lease_said_.empty() ? "the lease was not renewed in time" : lease_said_;
    news_ += led_ ? "leads\n" : "does not lead any more: " + why + '\n';
    if (!led_) managed_.clear();
  }
  if (!led_) return;
  std::map<std::string, node> all;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!known_) {
      if (!trouble_.empty()) news_ += trouble_ + '\n';
      trouble_.clear();
      return;
    }
    all = objects_;
  }
  for (auto it = managed_.begin(); it != managed_.end();) {
    it = all.count(it->first) == 0 ? managed_.erase(it) : std::next(it);
  }
  for (const auto& [name, object] : all) {
    if (leads()) reconcile(name, object, all);
  }
}

void shop_operator::release() {
  stop_ = true;
  if (watch_.joinable()) watch_.join();
  if (renew_.joinable()) renew_.join();
  leads_until_ = 0;
  lease_.release(leasing_);
}

std::string shop_operator::news() { return std::exchange(news_, {}); }

tuning_options shop_operator::options_of(const node& object) const {
  tuning_options t = o_.defaults;
  const node* const spec = object.find("spec");
  require(spec != nullptr, "ShopTuner", "spec", "missing", "be there");
  const auto text = [&](const char* name, std::string& into) {
    if (spec->has(name)) into = spec->text_of(name);
  };
  t.names.name_space = o_.name_space;
  text("target", t.names.deployment);  // as the data collector had it, which ignored it
  text("deployment", t.names.deployment);
  text("container", t.names.container);
  text("heapVariable", t.names.heap_variable);
  text("agent", t.agent_url);
  text("prometheus", t.prometheus_url);
  text("reward", t.reward);
  text("window", t.window);
  const auto number = [&](const char* name, double& into) {
    if (!spec->has(name)) return;
    const auto value = from_text<double>(spec->text_of(name));
    require(value.has_value(), "ShopTuner", name, spec->text_of(name), "be a number");
    into = *value;
  };
  number("settleSeconds", t.settle_s);
  number("holdSeconds", t.hold_s);
  number("rolloutSeconds", t.rollout_deadline_s);
  return t;
}

kubernetes_result shop_operator::tell(managed& m, const std::string& name, const node& object, const std::string& ready,
                                      const std::string& reason, const std::string& message, const std::string& more) {
  if (m.ready == ready && m.reason == reason && m.message == message && more.empty()) return {};
  if (m.ready != ready || m.since.empty()) m.since = headroom::internal::utc_now();
  if (m.ready != ready || m.reason != reason) news_ += name + ": " + reason + ": " + message + '\n';
  m.ready = ready;
  m.reason = reason;
  m.message = message;
  headroom::internal::json_writer w;
  w.open('{').name("status").open('{');
  w.name("observedGeneration")
      .integer(from_text<int>(object.text_at({"metadata", "generation"})).value_or(0))
      .name("message")
      .text(message);
  w.name("conditions").open('[').open('{').name("type").text("Ready").name("status").text(ready).name("reason");
  w.text(reason).name("message").text(message).name("lastTransitionTime").text(m.since);
  std::string body = w.close('}').close(']').json();
  if (!more.empty()) body += ',' + more;
  kubernetes_result r = cluster_.status_patch(kind(), o_.name_space, name, body + "}}");
  if (!r.good() && !r.absent()) news_ += name + ": " + r.said + '\n';
  return r;
}

void shop_operator::reconcile(const std::string& name, const node& object, const std::map<std::string, node>& all) {
  managed& m = managed_[name];
  if (clock::now() < m.not_before) return;
  const bool leaving = !object.text_at({"metadata", "deletionTimestamp"}).empty();
  if (leaving) {
    if (has_finaliser(object)) leave(m, name, object);
    return;
  }
  if (m.spec != object.text_at({"metadata", "generation"}) + object.text_at({"metadata", "uid"})) {
    m = {};
    m.spec = object.text_at({"metadata", "generation"}) + object.text_at({"metadata", "uid"});
  }
  if (m.spoiled) return;
  try {
    if (m.loop == nullptr) {
      const tuning_options mine = options_of(object);
      for (const auto& [other, that] : all) {
        const std::string age = that.text_at({"metadata", "creationTimestamp"}) + other;
        const node* const spec = that.find("spec");
        if (other == name || age > object.text_at({"metadata", "creationTimestamp"}) + name || spec == nullptr)
          continue;
        const std::string target = spec->has("deployment") ? spec->text_of("deployment") : spec->text_of("target");
        if (target != mine.names.deployment) continue;
        static_cast<void>(
            tell(m, name, object, "False", "Taken", "the older ShopTuner " + other + " tunes " + target + " already"));
        m.not_before = clock::now() + std::chrono::seconds(1);
        return;
      }
      begin(m, name, object);
      return;
    }
  } catch (const std::invalid_argument& e) {
    m.spoiled = true;
    static_cast<void>(tell(m, name, object, "False", "Invalid", e.what()));
    return;
  }
  if (!m.loop->go_on(cluster_)) return;
  const tuning_step& s = m.loop->last();
  ++m.steps;
  m.total += s.reward.value_or(0);
  headroom::internal::json_writer w;
  w.open('{').name("steps").whole(m.steps).name("totalReward").number(m.total);
  if (s.from.replicas > 0) {
    w.name("replicas").integer(s.to.replicas).name("heap").integer(s.to.heap).name("cpu").integer(s.to.cpu);
  }
  std::string more = w.close('}').json();
  more = more.substr(1, more.size() - 2);
  if (s.outcome == "contested") {
    // What somebody else wrote is what there will be when this is gone.
    if (s.theirs.replicas != s.ours.replicas) m.original.replicas = s.theirs.replicas;
    if (s.theirs.cpu != s.ours.cpu) m.original.cpu = s.theirs.cpu;
    if (s.theirs.heap != s.ours.heap) m.original.heap = s.theirs.heap;
    more += ",\"original\":" + json_of(m.original);
  }
  const bool well = s.outcome == "done";
  const char* const reason = well                       ? "Tuned"
                             : s.outcome == "silent"    ? "NotMeasured"
                             : s.outcome == "rollout"   ? "RolledBack"
                             : s.outcome == "contested" ? "Contested"
                             : s.outcome == "refused"   ? "Refused"
                             : s.outcome == "no-agent"  ? "NoAgent"
                                                        : "NotKnown";
  static_cast<void>(tell(m, name, object, well ? "True" : "False", reason, well ? s.to.text() : s.why, more));
}

// The finaliser, then what there was, then the first knob: each is stored before the next, so that whoever comes after
// a crash can put everything back.
void shop_operator::begin(managed& m, const std::string& name, const node& object) {
  if (!has_finaliser(object)) {
    const kubernetes_result r = cluster_.merge_patch(kind(), o_.name_space, name, finalisers(object, true));
    if (!r.good() && !r.conflict()) news_ += name + ": " + r.said + '\n';
    if (r.good()) take(r.object, false);
    m.not_before = clock::now() + std::chrono::milliseconds(r.good() ? 0 : 500);
    return;
  }
  const tuning_options mine = options_of(object);
  auto loop = std::make_unique<tuning>(mine);
  const auto kept = values_in(object.at({"status", "original"}));
  if (kept && object.text_at({"status", "deployment"}) != mine.names.deployment) {
    throw std::invalid_argument("ShopTuner: deployment was " + object.text_at({"status", "deployment"}) +
                                ", must stay: make another ShopTuner");
  }
  if (kept) {
    m.original = *kept;
    m.steps = from_text<std::size_t>(object.text_at({"status", "steps"})).value_or(0);
    m.total = from_text<double>(object.text_at({"status", "totalReward"})).value_or(0);
    m.loop = std::move(loop);
    return;
  }
  const kubernetes_result r = cluster_.get(tuning::deployments(), o_.name_space, mine.names.deployment);
  m.not_before = clock::now() + std::chrono::seconds(1);
  std::string why = r.said;
  if (r.good()) {
    try {
      const knob_values now = look(r.object, mine.names).values;
      if (configuration_of(now, mine.names, why)) {
        const kubernetes_result told = tell(
            m, name, object, "False", "Begun", "knows what the Deployment was",
            "\"deployment\":" + headroom::internal::json_text(mine.names.deployment) + ",\"original\":" + json_of(now));
        if (told.good()) take(told.object, false);
        m.not_before = clock::now() + std::chrono::milliseconds(told.good() ? 0 : 500);
        return;
      }
    } catch (const std::runtime_error& e) {
      why = e.what();
    }
  }
  static_cast<void>(tell(m, name, object, "False", r.good() ? "Invalid" : "NotKnown", why));
}

void shop_operator::leave(managed& m, const std::string& name, const node& object) {
  m.not_before = clock::now() + std::chrono::milliseconds(200);
  const auto original = values_in(object.at({"status", "original"}));
  knob_names names;
  try {
    names = options_of(object).names;
  } catch (const std::invalid_argument&) {  // nothing was ever turned for it
  }
  if (original) {
    names.deployment = object.text_at({"status", "deployment"});
    const kubernetes_result r = cluster_.get(tuning::deployments(), o_.name_space, names.deployment);
    if (!r.good() && !r.absent()) {
      news_ += name + ": " + r.said + '\n';
      return;
    }
    try {
      const seen_deployment seen = r.good() ? look(r.object, names) : seen_deployment();
      if (seen.note) {  // else nothing was turned
        knob_values back = seen.values;
        if (back.replicas == seen.note->replicas) back.replicas = original->replicas;
        if (back.cpu == seen.note->cpu) back.cpu = original->cpu;
        if (back.heap == seen.note->heap) back.heap = original->heap;
        const kubernetes_result changed = cluster_.strategic_patch(
            tuning::deployments(), o_.name_space, names.deployment, patch_of(back, names, seen.version, false));
        if (!changed.good()) {
          if (!changed.conflict()) news_ += name + ": " + changed.said + '\n';
          return;  // again, soon
        }
        news_ += name + (back == *original ? ": put the Deployment back\n"
                                           : ": put back what nobody else has changed of the Deployment\n");
      }
    } catch (const std::runtime_error& e) {
      news_ += name + ": " + e.what() + ", so there is nothing to put back\n";
    }
  }
  if (m.loop != nullptr) m.loop->end_episode();
  const kubernetes_result r = cluster_.merge_patch(kind(), o_.name_space, name, finalisers(object, false));
  if (!r.good() && !r.conflict() && !r.absent()) news_ += name + ": " + r.said + '\n';
  if (r.good()) {
    managed_[name].loop.reset();
    m.not_before = clock::now() + std::chrono::seconds(1);
  }
}

}  // namespace live_teastore
