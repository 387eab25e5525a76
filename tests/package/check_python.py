"""Python's door, with the packages of PyPI: every environment passes Gymnasium's check, safetensors reads a checkpoint in three lines,
and pandas results in one. HEADROOM names the tool. Run by scripts/packages python."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import pandas
from gymnasium.utils.env_checker import check_env
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples/python"))
from headroom_gym import HeadroomEnv, HeadroomError  # noqa: E402


def tool(*arguments):
    subprocess.run([os.environ["HEADROOM"], *map(str, arguments)], check=True, capture_output=True)


def environments():
    for name in ("farm", "service", "scheduler", "teastore", "quota"):
        with HeadroomEnv("--environment", name) as env:
            check_env(env, skip_render_check=True)
        print(f"{name}: passes check_env; {env.about['dimension']} numbers, the menu is {', '.join(env.actions)}")


def the_same_episode_as_the_tool():
    """A policy that is played from here and by `headroom compare` has the same figures on the same seed."""
    with HeadroomEnv("--environment", "scheduler") as env:
        env.reset(seed=1000)
        end = False
        while not end:
            observation, reward, terminated, truncated, info = env.step(env.actions.index("5"))
            assert env.observation_space.contains(observation)
            end = terminated or truncated
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "results.csv"
        tool("compare", "--environment", "scheduler", "--policies", "constant:5", "--episodes", 1, "--csv", file)
        results = pandas.read_csv(file)
    of_tool = results[results.policy == "constant:5"].iloc[0]
    for name, value in info["figures"].items():
        assert numpy.isclose(of_tool[name], value, rtol=1e-9), (name, of_tool[name], value)
    print(f"pandas: {len(results)} row of `compare --csv`, the figures of the episode that was played from here")


def what_is_refused():
    for arguments, words in ((("--environment", "no-such"), "must be farm"), (("--no-such-option",), "no-such-option")):
        try:
            HeadroomEnv(*arguments)
        except HeadroomError as error:
            assert words in str(error), error
        else:
            raise AssertionError(f"{arguments} must be refused")
    with HeadroomEnv("--environment", "quota") as env:
        env.reset(seed=1)
        try:
            env.step(5)
        except HeadroomError as error:
            assert str(error) == "gym: step: action is 5, must be below 5", error
        else:
            raise AssertionError("action 5 must be refused")
        env.step(0)  # it goes on
    try:
        env.reset()
    except HeadroomError as error:
        assert "is closed" in str(error), error


def a_checkpoint():
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "farm.safetensors"
        tool("train", "--policy", "sarsa", "--train-episodes", 20, "--out", model)
        with safe_open(model, framework="numpy") as file:
            means, numbers = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    table = numbers["learner.agent.action_values"]
    features = range(int(means["learner.encode:features"]))
    names = [means[f"learner.encode.feature_{k}:name"] for k in features]
    bins = [len(json.loads(means[f"learner.encode.feature_{k}:edges"])) + 1 for k in features]
    actions = json.loads(means["learner.menu:actions"])
    assert names == ["time_s", "workers", "worker_queue"], names
    assert actions == [0, -1, 1] and table.shape == (numpy.prod(bins), len(actions)), (actions, table.shape, bins)
    labelled = pandas.DataFrame(table, columns=actions, index=pandas.MultiIndex.from_product(map(range, bins), names=names))
    assert numpy.isfinite(labelled).all(axis=None)
    print(f"safetensors: a table of {' x '.join(f'{b} {n}' for b, n in zip(bins, names))}, the moves {actions}")


if __name__ == "__main__":
    environments()
    the_same_episode_as_the_tool()
    what_is_refused()
    a_checkpoint()
