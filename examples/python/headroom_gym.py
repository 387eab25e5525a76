"""Any environment of Headroom in Python.

    env = HeadroomEnv("--environment", "scheduler")      # starts `headroom gym --environment scheduler`
    observation, info = env.reset(seed=7)
    observation, reward, terminated, truncated, info = env.step(2)
    env.close()

Needs the standard library alone. Where Gymnasium is installed, it is an environment of Gymnasium: a Box of numbers and a
Discrete menu, and observations are arrays of NumPy; elsewhere they are lists. The program is the one that the environment
variable HEADROOM names, or `headroom` on the path.

info["possible"] says which actions are possible now; an impossible one is answered by the first of the menu, and
info["executed"] says which was executed. At the end of an episode info["figures"] has what a table of `headroom compare`
reports of it. A learner that is trained here and one of Headroom are compared on the same episodes with
env.reset(seed=1000), 1001, ..., the seeds that `compare` evaluates, and the option --evaluated where the load is recorded.
"""

import json
import os
import struct
import subprocess

try:
    import gymnasium
    import numpy
except ImportError:  # still an environment, without the spaces
    gymnasium = None

__all__ = ["HeadroomEnv", "HeadroomError"]


class HeadroomError(RuntimeError):
    """What the program refuses, in its words."""


class HeadroomEnv(gymnasium.Env if gymnasium else object):
    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, *arguments, program=None):
        """`arguments` are options of `headroom gym --help`. Raises HeadroomError for what the program refuses, and
        FileNotFoundError if there is no program."""
        command = [program or os.environ.get("HEADROOM", "headroom"), "gym", *map(str, arguments)]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.about = self._read()
        self.actions = self.about["actions"]
        self._possible = [True] * len(self.actions)
        if gymnasium:
            bound = self.about["bound"]
            self.observation_space = gymnasium.spaces.Box(-bound, bound, (self.about["dimension"],), numpy.float32)
            self.action_space = gymnasium.spaces.Discrete(len(self.actions))

    def reset(self, *, seed=None, options=None):
        """Begins the episode of `seed`, or the next one. There are no options."""
        if gymnasium:
            super().reset(seed=seed)
        if options:
            raise HeadroomError(f"gym: options are {options!r}, must be left out")
        answer = self._ask({"reset": None if seed is None else int(seed)})
        return self._observation(answer), self._info(answer)

    def step(self, action):
        answer = self._ask({"step": int(action)})
        end = answer["terminated"], answer["truncated"]
        return self._observation(answer), answer["reward"], *end, self._info(answer)

    def action_masks(self):
        """Which actions are possible now, as MaskablePPO of sb3-contrib asks for it."""
        return numpy.array(self._possible) if gymnasium else list(self._possible)

    def close(self):
        """Ends the program. May be called again."""
        if self._program is None:
            return
        program, self._program = self._program, None
        program.stdin.close()
        program.stdout.close()
        program.stderr.close()
        program.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _observation(self, answer):
        self._possible = answer["possible"]
        numbers = answer["observation"]
        return numpy.array(numbers, dtype=numpy.float32) if gymnasium else numbers

    @staticmethod
    def _info(answer):
        return {key: answer[key] for key in ("possible", "executed", "figures") if key in answer}

    def _ask(self, message):
        if self._program is None:
            raise HeadroomError("gym: the environment is closed, must be made anew")
        text = json.dumps(message).encode()
        try:
            self._program.stdin.write(struct.pack(">I", len(text)) + text)
            self._program.stdin.flush()
        except BrokenPipeError:
            pass  # the program has ended, and reading says why
        answer = self._read()
        if "error" in answer:
            raise HeadroomError(answer["error"])
        return answer

    def _read(self):
        head = self._program.stdout.read(4)
        length = struct.unpack(">I", head)[0] if len(head) == 4 else 0
        text = self._program.stdout.read(length)
        if length and len(text) == length:
            return json.loads(text)
        self._program.stdin.close()
        said = self._program.stderr.read().decode(errors="replace").strip()
        code = self._program.wait()
        raise HeadroomError(said or f"gym: the program ended with {code}")
