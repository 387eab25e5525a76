"""headroom_gym.py with the standard library alone: an episode, as lists. HEADROOM names the tool. Run by scripts/packages python."""

import pathlib
import sys

sys.modules["gymnasium"] = None  # as if it were not installed
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/python"))
from headroom_gym import HeadroomEnv  # noqa: E402

with HeadroomEnv("--environment", "scheduler") as env:
    first, info = env.reset(seed=1000)
    assert isinstance(first, list) and len(first) == env.about["dimension"], first
    assert info["possible"] == env.action_masks() == [True] * 6
    steps, end = 0, False
    while not end:
        observation, reward, terminated, truncated, info = env.step(4)
        steps, end = steps + 1, terminated or truncated
    assert steps == 360 and set(info["figures"]) >= {"total_reward", "violations"}, info
    assert env.reset(seed=1000)[0] == first
print("without Gymnasium: an episode of 360 steps")
