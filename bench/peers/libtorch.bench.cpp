// The same update in libtorch, three ways: as its users write it, as fast as its autograd allows, and without autograd.
// All do the whole work of dqn_problem.hpp, sampling included, and `main` first checks that each gives the weights that
// ours gives.
//
//   update          torch::nn modules, torch::optim::Adam, torch::nn::utils::clip_grad_norm_, huber_loss, lerp_
//   update_flat     autograd, but all parameters and all gradients are views of one tensor each, so that clipping, Adam
//   and the
//                   target's blend are a dozen operations on 4,995 numbers; target, argmax and sampling are plain loops
//   update_by_hand  no autograd: the derivatives are written out as at::mm_out and the like into buffers made
//   beforehand;
//                   what is left of libtorch is its matrix products
//   choose          torch::nn modules in inference mode, argmax as a loop over three floats
//   choose_by_hand  at::addmv_out into buffers made beforehand
//
// One thread, denormals flushed, indices drawn with replacement by the generator of dqn_problem.hpp: each the faster
// choice.

#include <torch/torch.h>

#include <algorithm>   // std::clamp, std::copy_n, std::max, std::max_element
#include <cmath>       // std::abs, std::pow, std::sqrt
#include <cstdint>     // std::int64_t
#include <cstdio>      // std::fprintf
#include <functional>  // std::function
#include <memory>      // std::make_unique, std::unique_ptr
#include <stdexcept>   // std::logic_error
#include <string>      // std::string
#include <utility>     // std::move, std::pair
#include <vector>      // std::vector

#include <benchmark/benchmark.h>

#include "../dqn_problem.hpp"
#include "ours.hpp"

namespace {

using at::Tensor;
using dqn_problem::network;

constexpr auto features = static_cast<std::int64_t>(dqn_problem::features);
constexpr auto actions = static_cast<std::int64_t>(dqn_problem::actions);

struct memory {
  explicit memory(std::size_t capacity)
      : rows(static_cast<std::int64_t>(capacity)),
        s(at::empty({rows, features})),
        next(at::empty({rows, features})),
        action(at::empty({rows, 1}, at::kLong)),
        reward(at::empty({rows, 1})),
        discount(at::empty({rows, 1})) {
    std::size_t i = 0;
    for (const auto& t : dqn_problem::transitions(capacity)) {
      std::copy_n(t.s.data(), features, s.data_ptr<float>() + i * features);
      std::copy_n(t.next.data(), features, next.data_ptr<float>() + i * features);
      action.data_ptr<std::int64_t>()[i] = t.action;
      reward.data_ptr<float>()[i] = t.reward;
      discount.data_ptr<float>()[i] = t.terminated ? 0.0F : dqn_problem::discount;
      ++i;
    }
  }
  std::int64_t rows;
  Tensor s, next, action, reward, discount;  // discount: of the bootstrap, 0 where the episode ended
};

const memory& experience() {
  static const memory all(dqn_problem::capacity);
  return all;
}

/// One way of making the update. The parameters are those of the online network in PyTorch's order and shape.
struct learner {
  virtual ~learner() = default;
  virtual void update() = 0;
  virtual std::vector<Tensor> parameters() = 0;
  virtual std::vector<Tensor> target_parameters() = 0;
  void begin_from(const std::vector<ours::layer>& layers) {
    torch::NoGradGuard no_gradient;
    const auto mine = parameters(), other = target_parameters();
    for (std::size_t k = 0; k < layers.size(); ++k) {
      for (const auto* all : {&mine, &other}) {
        std::copy(layers[k].weight.begin(), layers[k].weight.end(), (*all)[2 * k].data_ptr<float>());
        std::copy(layers[k].bias.begin(), layers[k].bias.end(), (*all)[2 * k + 1].data_ptr<float>());
      }
    }
  }
};

class sampler {
 public:
  sampler(const memory& from, std::int64_t batch) : from_(from), batch_(batch) {}
  std::int64_t draw() {
    // A batch that is the whole memory is taken in order, for the check.
    if (batch_ == from_.rows) return in_order_++ % batch_;
    return random_.below(static_cast<std::uint32_t>(from_.rows));
  }

 private:
  const memory& from_;
  std::int64_t batch_;
  std::int64_t in_order_ = 0;
  dqn_problem::bits random_{7};
};

struct net : torch::nn::Module {
  torch::nn::Linear a, b, c;
  explicit net(const network& n)
      : a(features, static_cast<std::int64_t>(n.hidden[0])),
        b(static_cast<std::int64_t>(n.hidden[0]), static_cast<std::int64_t>(n.hidden[1])),
        c(static_cast<std::int64_t>(n.hidden[1]), actions) {
    register_module("a", a);
    register_module("b", b);
    register_module("c", c);
  }
  Tensor forward(const Tensor& x) { return c(torch::relu(b(torch::relu(a(x))))); }
};

class with_modules final : public learner {
 public:
  with_modules(const network& n, std::int64_t batch, const memory& from, float clip)
      : online_(n), target_(n), clip_(clip), from_(from), sampler_(from, batch), rows_(at::empty({batch}, at::kLong)) {
    torch::NoGradGuard no_gradient;
    for (std::size_t i = 0; i < own_.size(); ++i) following_[i].copy_(own_[i]);
  }
  std::vector<Tensor> parameters() override { return own_; }
  std::vector<Tensor> target_parameters() override { return following_; }
  void update() override {
    for (std::int64_t i = 0; i < rows_.size(0); ++i) rows_.data_ptr<std::int64_t>()[i] = sampler_.draw();
    const Tensor s = from_.s.index_select(0, rows_), next = from_.next.index_select(0, rows_);
    const Tensor action = from_.action.index_select(0, rows_), reward = from_.reward.index_select(0, rows_);
    const Tensor discount = from_.discount.index_select(0, rows_);
    Tensor goal;
    {
      torch::NoGradGuard no_gradient;
      const Tensor best = online_.forward(next).argmax(1, true);
      goal = at::addcmul(reward, discount, target_.forward(next).gather(1, best));
    }
    const Tensor loss = at::huber_loss(online_.forward(s).gather(1, action), goal);
    online_.zero_grad(true);
    loss.backward();
    torch::nn::utils::clip_grad_norm_(own_, clip_);
    adam_.step();
    torch::NoGradGuard no_gradient;
    for (std::size_t i = 0; i < own_.size(); ++i) following_[i].lerp_(own_[i], dqn_problem::target_rate);
  }

 private:
  net online_, target_;
  float clip_;
  const memory& from_;
  sampler sampler_;
  Tensor rows_;
  std::vector<Tensor> own_ = online_.parameters(), following_ = target_.parameters();
  torch::optim::Adam adam_{own_, torch::optim::AdamOptions(dqn_problem::learning_rate)};
};

/// What the two ways with flat parameters share.
class flat : public learner {
 public:
  flat(const network& n, std::int64_t batch, const memory& from, float clip)
      : n_(n),
        batch_(batch),
        clip_(clip),
        s_(at::empty({batch, features})),
        next_(at::empty({batch, features})),
        action_(at::empty({batch, 1}, at::kLong)),
        reward_(at::empty({batch, 1})),
        discount_(at::empty({batch, 1})),
        goal_(at::empty({batch, 1})),
        from_(from),
        sampler_(from, batch) {}
  std::vector<Tensor> parameters() override { return own_; }
  std::vector<Tensor> target_parameters() override { return following_; }

 protected:
  std::vector<Tensor> views(const Tensor& all) const {
    const auto h1 = static_cast<std::int64_t>(n_.hidden[0]), h2 = static_cast<std::int64_t>(n_.hidden[1]);
    std::vector<Tensor> out;
    std::int64_t at = 0;
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{h1, features}, {h1}, {h2, h1}, {h2}, {actions, h2}, {actions}}) {
      std::int64_t size = 1;
      for (const std::int64_t d : shape) size *= d;
      out.push_back(all.narrow(0, at, size).view(shape));
      at += size;
    }
    return out;
  }

  void sample() {
    const auto copy = [](const Tensor& from, std::int64_t i, const Tensor& to, std::int64_t j) {
      std::copy_n(from.data_ptr<float>() + i * features, features, to.data_ptr<float>() + j * features);
    };
    for (std::int64_t j = 0; j < batch_; ++j) {
      const std::int64_t i = sampler_.draw();
      copy(from_.s, i, s_, j);
      copy(from_.next, i, next_, j);
      action_.data_ptr<std::int64_t>()[j] = from_.action.data_ptr<std::int64_t>()[i];
      reward_.data_ptr<float>()[j] = from_.reward.data_ptr<float>()[i];
      discount_.data_ptr<float>()[j] = from_.discount.data_ptr<float>()[i];
    }
  }

  void find_goals(const Tensor& online, const Tensor& target) {
    const float* const q = online.data_ptr<float>();
    const float* const t = target.data_ptr<float>();
    for (std::int64_t j = 0; j < batch_; ++j) {
      const float* const row = q + j * actions;
      const auto best = std::max_element(row, row + actions) - row;
      goal_.data_ptr<float>()[j] =
          reward_.data_ptr<float>()[j] + discount_.data_ptr<float>()[j] * t[j * actions + best];
    }
  }

  void clip_adam_and_blend() {
    const auto norm = gradient_.norm().item<float>();
    if (norm > clip_) gradient_.mul_(clip_ / (norm + 1e-6F));
    decay1_ *= static_cast<double>(dqn_problem::beta1);
    decay2_ *= static_cast<double>(dqn_problem::beta2);
    first_.lerp_(gradient_, 1 - dqn_problem::beta1);
    second_.mul_(dqn_problem::beta2).addcmul_(gradient_, gradient_, 1 - dqn_problem::beta2);
    at::sqrt_out(root_, second_);
    root_.mul_(1 / std::sqrt(1 - decay2_)).add_(dqn_problem::epsilon);
    all_.addcdiv_(first_, root_, -static_cast<double>(dqn_problem::learning_rate) / (1 - decay1_));
    all_target_.lerp_(all_, dqn_problem::target_rate);
  }

  network n_;
  std::int64_t batch_;
  float clip_;
  std::int64_t size_ =
      static_cast<std::int64_t>((dqn_problem::features + 1) * n_.hidden[0] + (n_.hidden[0] + 1) * n_.hidden[1] +
                                (n_.hidden[1] + 1) * dqn_problem::actions);
  Tensor all_ = at::empty({size_}).uniform_(-0.1, 0.1), all_target_ = all_.clone(), gradient_ = at::zeros({size_});
  Tensor first_ = at::zeros({size_}), second_ = at::zeros({size_}), root_ = at::empty({size_});
  std::vector<Tensor> own_ = views(all_), following_ = views(all_target_), gradients_ = views(gradient_);
  Tensor s_, next_, action_, reward_, discount_, goal_;
  double decay1_ = 1, decay2_ = 1;

 private:
  const memory& from_;
  sampler sampler_;
};

class with_flat_autograd final : public flat {
 public:
  with_flat_autograd(const network& n, std::int64_t batch, const memory& from, float clip)
      : flat(n, batch, from, clip) {
    for (std::size_t i = 0; i < own_.size(); ++i) {
      own_[i] = own_[i].detach().requires_grad_();
      own_[i].mutable_grad() = gradients_[i];
    }
  }
  void update() override {
    sample();
    {
      torch::NoGradGuard no_gradient;
      at::AutoDispatchBelowADInplaceOrView direct;
      find_goals(forward(own_, next_), forward(following_, next_));
      gradient_.zero_();
    }
    at::huber_loss(forward_with_gradient().gather(1, action_), goal_).backward();
    torch::NoGradGuard no_gradient;
    at::AutoDispatchBelowADInplaceOrView direct;
    clip_adam_and_blend();
  }

 private:
  static Tensor forward(const std::vector<Tensor>& p, const Tensor& x) {
    const Tensor h = at::linear(at::linear(x, p[0], p[1]).relu_(), p[2], p[3]).relu_();
    return at::linear(h, p[4], p[5]);
  }
  Tensor forward_with_gradient() const {
    const Tensor h = at::relu(at::linear(at::relu(at::linear(s_, own_[0], own_[1])), own_[2], own_[3]));
    return at::linear(h, own_[4], own_[5]);
  }
};

class without_autograd final : public flat {
 public:
  using flat::flat;
  void update() override {
    torch::NoGradGuard no_gradient;
    at::AutoDispatchBelowADInplaceOrView direct;
    sample();
    forward(own_, next_, hidden_);
    forward(following_, next_, hidden_target_);
    find_goals(hidden_[2], hidden_target_[2]);
    forward(own_, s_, hidden_);
    slopes();
    const Tensor &h1 = hidden_[0], &h2 = hidden_[1];
    at::mm_out(gradients_[4], slope_[2].t(), h2);
    at::sum_out(gradients_[5], slope_[2], {0});
    at::mm_out(slope_[1], slope_[2], own_[4]);
    at::threshold_backward_out(slope_[1], slope_[1], h2, 0);
    at::mm_out(gradients_[2], slope_[1].t(), h1);
    at::sum_out(gradients_[3], slope_[1], {0});
    at::mm_out(slope_[0], slope_[1], own_[2]);
    at::threshold_backward_out(slope_[0], slope_[0], h1, 0);
    at::mm_out(gradients_[0], slope_[0].t(), s_);
    at::sum_out(gradients_[1], slope_[0], {0});
    clip_adam_and_blend();
  }

 private:
  std::vector<Tensor> buffers() const {
    return {at::empty({batch_, static_cast<std::int64_t>(n_.hidden[0])}),
            at::empty({batch_, static_cast<std::int64_t>(n_.hidden[1])}), at::empty({batch_, actions})};
  }
  static void forward(const std::vector<Tensor>& p, const Tensor& x, std::vector<Tensor>& out) {
    at::addmm_out(out[0], p[1], x, p[0].t());
    out[0].relu_();
    at::addmm_out(out[1], p[3], out[0], p[2].t());
    out[1].relu_();
    at::addmm_out(out[2], p[5], out[1], p[4].t());
  }
  void slopes() {
    slope_[2].zero_();
    for (std::int64_t j = 0; j < batch_; ++j) {
      const std::int64_t at = j * actions + action_.data_ptr<std::int64_t>()[j];
      const float error = hidden_[2].data_ptr<float>()[at] - goal_.data_ptr<float>()[j];
      slope_[2].data_ptr<float>()[at] = std::clamp(error, -1.0F, 1.0F) / static_cast<float>(batch_);
    }
  }
  std::vector<Tensor> hidden_ = buffers(), hidden_target_ = buffers(), slope_ = buffers();
};

using maker = std::function<std::unique_ptr<learner>(const network&, std::int64_t, const memory&, float)>;
template <class Learner>
maker make() {
  return [](const network& n, std::int64_t batch, const memory& from, float clip) {
    return std::make_unique<Learner>(n, batch, from, clip);
  };
}
const std::vector<std::pair<std::string, maker>>& ways() {
  static const std::vector<std::pair<std::string, maker>> all{{"update", make<with_modules>()},
                                                              {"update_flat", make<with_flat_autograd>()},
                                                              {"update_by_hand", make<without_autograd>()}};
  return all;
}

/// Whether all ways arrive where ours does, from the same weights and the same batches.
bool same_as_ours() {
  constexpr std::size_t batch = 64;
  constexpr int updates = 10;
  constexpr float clip = 0.05F;  // such that it is reached
  const memory from(batch);
  bool all_same = true;
  for (const network& n : dqn_problem::networks) {
    const ours::result expected = ours::updates(n, batch, updates, clip);
    if (expected.longest_gradient <= static_cast<double>(clip)) throw std::logic_error("no gradient was clipped");
    for (const auto& [name, make_one] : ways()) {
      const auto one = make_one(n, batch, from, clip);
      one->begin_from(expected.before);
      for (int i = 0; i < updates; ++i) one->update();
      float worst = 0;
      const auto compare = [&](const std::vector<Tensor>& all, const std::vector<ours::layer>& layers) {
        for (std::size_t k = 0; k < layers.size(); ++k) {
          for (std::size_t i = 0; i < layers[k].weight.size(); ++i) {
            worst = std::max(worst, std::abs(all[2 * k].data_ptr<float>()[i] - layers[k].weight[i]));
          }
          for (std::size_t i = 0; i < layers[k].bias.size(); ++i) {
            worst = std::max(worst, std::abs(all[2 * k + 1].data_ptr<float>()[i] - layers[k].bias[i]));
          }
        }
      };
      compare(one->parameters(), expected.online);
      compare(one->target_parameters(), expected.target);
      const bool same = worst <= 1e-5F;
      all_same = all_same && same;
      std::fprintf(stderr, "libtorch: %s, %s: weights after %d updates differ from ours by at most %.1e%s\n", n.name,
                   name.c_str(), updates, static_cast<double>(worst), same ? "" : ", must be 1e-5");
    }
  }
  return all_same;
}

/// Made and brought to a steady state when first asked for.
class warm {
 public:
  warm(maker make_one, const network& n, std::int64_t batch) : make_(std::move(make_one)), n_(n), batch_(batch) {}
  learner& get() {
    if (!one_) {
      one_ = make_(n_, batch_, experience(), dqn_problem::clip_norm);
      for (int i = 0; i < 2'000; ++i) one_->update();
    }
    return *one_;
  }

 private:
  maker make_;
  network n_;
  std::int64_t batch_;
  std::unique_ptr<learner> one_;
};

void choose(benchmark::State& state, const network& n) {
  c10::InferenceMode inference;
  net online(n);
  std::int64_t i = 0;
  for (auto _ : state) {
    const Tensor x = at::from_blob(experience().s.data_ptr<float>() + i * features, {1, features});
    const Tensor values = online.forward(x);
    const float* const q = values.data_ptr<float>();
    i = (i + 1 + (std::max_element(q, q + actions) - q)) % 1000;
  }
  benchmark::DoNotOptimize(i);
}

void choose_by_hand(benchmark::State& state, const network& n) {
  c10::InferenceMode inference;
  net online(n);
  Tensor x = at::empty({features}), values = at::empty({actions});
  Tensor h1 = at::empty({static_cast<std::int64_t>(n.hidden[0])}),
         h2 = at::empty({static_cast<std::int64_t>(n.hidden[1])});
  std::int64_t i = 0;
  for (auto _ : state) {
    std::copy_n(experience().s.data_ptr<float>() + i * features, features, x.data_ptr<float>());
    at::addmv_out(h1, online.a->bias, online.a->weight, x);
    h1.relu_();
    at::addmv_out(h2, online.b->bias, online.b->weight, h1);
    h2.relu_();
    at::addmv_out(values, online.c->bias, online.c->weight, h2);
    const float* const q = values.data_ptr<float>();
    i = (i + 1 + (std::max_element(q, q + actions) - q)) % 1000;
  }
  benchmark::DoNotOptimize(i);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);
  if (!same_as_ours()) return 1;

  std::vector<std::unique_ptr<warm>> kept;
  for (const network& n : dqn_problem::networks) {
    for (const auto& [name, make_one] : ways()) {
      for (const std::int64_t batch : {64, 32}) {
        kept.push_back(std::make_unique<warm>(make_one, n, batch));
        benchmark::RegisterBenchmark((name + "/" + n.name + "/" + std::to_string(batch)).c_str(),
                                     [&of = *kept.back()](benchmark::State& state) {
                                       learner& one = of.get();
                                       for (auto _ : state) one.update();
                                     });
      }
    }
    benchmark::RegisterBenchmark((std::string("choose/") + n.name).c_str(), choose, n);
    benchmark::RegisterBenchmark((std::string("choose_by_hand/") + n.name).c_str(), choose_by_hand, n);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
