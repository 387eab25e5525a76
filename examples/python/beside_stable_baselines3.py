"""stable-baselines3's DQN and PPO beside Headroom's learners: the same environments, steps and held-out episodes.

    python3 -m venv /tmp/sb3 && /tmp/sb3/bin/pip install stable-baselines3==2.9.2 torch==2.15.0
    HEADROOM=build/gcc-release/examples/headroom /tmp/sb3/bin/python examples/python/beside_stable_baselines3.py \\
        --out runs.jsonl

writes one line of JSON for each training to runs.jsonl, and then the table of docs/compare.md to the standard output. What
the file already holds is not done again, so an interrupted run goes on where it was.

Each library trains on the environment of `headroom gym`, with the same reward and the same numbers to see, for the same
steps; training seed s begins with the episode 10,000,000 s. Then it plays the held-out episodes 1000, 1001, ...
without exploration. `default` is what the library does if nothing is said. `with care` has what we found
out for our own learners: how far to look ahead, rates that fall, the exploration.

Seconds are those of a processor, with the environment in them, on one thread: they mean the same on a busy machine. Those of
Headroom's learners hold the evaluation, too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

import stable_baselines3
import torch
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from headroom_gym import HeadroomEnv

SERVICE = ("--service", "examples/service.toml", "--pattern", "diurnal", "--mean", "100")

# steps: of a training. level, cost: the figures of the table. discount: what our own learner has there.
ENVIRONMENTS = {
    "farm": dict(options=("--environment", "farm"), steps=20_300, episode=29, level="final_qos", cost="mean_workers",
                 discount=1.0, ours=("dqn", "sarsa")),
    "scheduler": dict(options=("--environment", "scheduler"), steps=10_800, episode=360, level="total_reward",
                      cost="mean_instances", discount=0.0, ours=("dqn", "q-learning")),
    "service": dict(options=("--environment", "service", *SERVICE, "--actions", "1,2,4"), steps=12_000, episode=240,
                    level="in_time", cost="mean_replicas", discount=0.98, ours=("dqn", "cem")),
}


def falling(first, last):
    return lambda left: last + (first - last) * left  # `left` falls from 1 to 0


def careful_dqn(of):
    if of["discount"] == 0:
        return dict(gamma=0.0, learning_rate=falling(5e-3, 1e-5), batch_size=64, train_freq=2, learning_starts=500,
                    exploration_initial_eps=1.0, exploration_final_eps=0.1, exploration_fraction=0.5)
    return dict(gamma=of["discount"], learning_rate=falling(1e-3, 1e-5), batch_size=64, train_freq=2,
                learning_starts=2_000, buffer_size=100_000, n_steps=3, tau=0.005, target_update_interval=1,
                exploration_initial_eps=0.2, exploration_final_eps=0.005, exploration_fraction=0.8)


def careful_ppo(of):
    return dict(gamma=of["discount"], gae_lambda=0.0 if of["discount"] == 0 else 0.95,
                learning_rate=falling(1e-3, 1e-5), n_steps=1_024, batch_size=128, ent_coef=0.005)


TRAININGS = {
    "DQN, default": (DQN, lambda of: {}, False),
    "PPO, default": (PPO, lambda of: {}, False),
    "DQN, with care": (DQN, careful_dqn, True),
    "PPO, with care": (PPO, careful_ppo, True),
}


def processor_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def played(model, of, episodes):
    """The figures of the held-out episodes, without exploration."""
    figures = []
    with HeadroomEnv(*of["options"], "--evaluated") as env:
        for seed in range(1_000, 1_000 + episodes):
            seen, _ = env.reset(seed=seed)
            over = False
            while not over:
                action, _ = model.predict(seen, deterministic=True)
                seen, _, terminated, truncated, info = env.step(action)
                over = terminated or truncated
            figures.append(info["figures"])
    return figures


def train_theirs(what, name, seed, episodes):
    of = ENVIRONMENTS[what]
    kind, settings, scale_rewards = TRAININGS[name]
    options = settings(of)
    before = processor_seconds(resource.RUSAGE_SELF)
    children = processor_seconds(resource.RUSAGE_CHILDREN)
    inner = HeadroomEnv(*of["options"])
    env = DummyVecEnv([lambda: Monitor(inner)])
    if scale_rewards:
        env = VecNormalize(env, norm_obs=False, norm_reward=True, gamma=options["gamma"])
    model = kind("MlpPolicy", env, seed=10_000_000 * seed, device="cpu", **options)
    model.learn(of["steps"])
    inner.close()
    seconds = (processor_seconds(resource.RUSAGE_SELF) - before
               + processor_seconds(resource.RUSAGE_CHILDREN) - children)
    figures = played(model, of, episodes)
    return dict(steps=model.num_timesteps, seconds=seconds,
                level=statistics.fmean(f[of["level"]] for f in figures),
                cost=statistics.fmean(f[of["cost"]] for f in figures))


def train_ours(what, name, seeds, episodes, train_episodes):
    """All training seeds at once; no number of training episodes is the learner's own."""
    of = ENVIRONMENTS[what]
    before = processor_seconds(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.json")
        command = [os.environ.get("HEADROOM", "headroom"), "compare", *of["options"], "--no-bound"]
        if what == "scheduler":
            command.remove("--no-bound")
        command += ["--policies", name, "--train-seeds", str(seeds), "--episodes", str(episodes), "--json", out]
        if train_episodes:
            command += ["--train-episodes", str(train_episodes)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(out) as file:
            found = json.load(file)["policies"][0]
    seconds = (processor_seconds(resource.RUSAGE_CHILDREN) - before) / seeds
    return [dict(steps=found["train_episodes"] * of["episode"], seconds=seconds, seed=one["seed"],
                 level=one["summary"][of["level"]]["mean"], cost=one["summary"][of["cost"]]["mean"])
            for one in found["train_seeds"]]


def table(runs):
    print("| environment | learner | seeds | steps | s | level | replicas |\n|---|---|---|---|---|---|---|")
    for what, name in dict.fromkeys((r["environment"], r["learner"]) for r in runs):
        of = [r for r in runs if (r["environment"], r["learner"]) == (what, name)]
        scale, digits = (1, 2) if ENVIRONMENTS[what]["level"] == "total_reward" else (100, 2)

        def said(key, factor=1):
            values = [factor * r[key] for r in of]
            middle = f"{statistics.median(values):.{digits}f}"
            return middle if len(of) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"

        print(f"| {what} | {name} | {len(of)} | {of[0]['steps']:,} | {statistics.fmean(r['seconds'] for r in of):.0f} |"
              f" {said('level', scale)} | {said('cost')} |")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--out", required=True, help="file of one line a training, which is gone on with")
    asked.add_argument("--environments", default=",".join(ENVIRONMENTS), help="some of %(default)s")
    asked.add_argument("--seeds", type=int, default=2, help="training seeds of each learner")
    asked.add_argument("--first-seed", type=int, default=1, help="of theirs; to spread the work over processes")
    asked.add_argument("--episodes", type=int, default=50, help="held-out episodes, from seed 1000 on")
    asked.add_argument("--only", choices=("ours", "theirs"), help="the trainings of one side alone")
    asked.add_argument("--table", action="store_true", help="train nothing, print the table of what --out holds")
    asked = asked.parse_args()
    torch.set_num_threads(1)

    runs = []
    if os.path.exists(asked.out):
        with open(asked.out) as file:
            runs = [json.loads(line) for line in file]

    def done(what, name, seed):
        return any((r["environment"], r["learner"], r["seed"]) == (what, name, seed) for r in runs)

    def keep(run):
        runs.append(run)
        with open(asked.out, "a") as file:
            file.write(json.dumps(run) + "\n")

    environments = [] if asked.table else asked.environments.split(",")
    for what in environments:
        of = ENVIRONMENTS[what]
        if asked.only == "theirs":
            break
        for name in of["ours"]:
            for how, episodes in (("same steps", of["steps"] // of["episode"]), ("own steps", None)):
                label = f"Headroom {name}, {how}"
                if done(what, label, asked.seeds):
                    continue
                for run in train_ours(what, name, asked.seeds, asked.episodes, episodes):
                    keep(dict(environment=what, learner=label, **run))
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        for what in environments:
            for name in TRAININGS if asked.only != "ours" else ():
                label = f"stable-baselines3 {name}"
                if not done(what, label, seed):
                    keep(dict(environment=what, learner=label, seed=seed,
                              **train_theirs(what, name, seed, asked.episodes)))
    print(f"stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}, Python"
          f" {sys.version.split()[0]}")
    table(sorted(runs, key=lambda r: list(ENVIRONMENTS).index(r["environment"])))


if __name__ == "__main__":
    main()
