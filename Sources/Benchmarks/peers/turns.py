"""What peers of `Benchmarks generate` share: their arguments and the turns they are told to take."""
import json
import os
import sys
import time

FOLDER, TOKENS, NEW, THREADS = sys.argv[1], *map(int, sys.argv[2:5])
for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[name + "_NUM_THREADS"] = str(THREADS)
os.environ["HF_HUB_OFFLINE"] = "1"
IDS = [3 + 7919 * i % 30000 for i in range(TOKENS)]


def resident():
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def take(generate):
    """Makes 1 + NEW tokens whenever a line comes.

    generate(count, first) calls first() when the first token is there, or gives the seconds until
    then and until the end itself.
    """
    for _ in sys.stdin:
        marks = [time.perf_counter()]
        given = generate(1 + NEW, lambda: marks.append(time.perf_counter()))
        marks.append(time.perf_counter())
        first, last = given or (marks[1] - marks[0], marks[-1] - marks[0])
        fields = {"first_s": first, "all_s": last, "rss": float(resident())}
        print(json.dumps(fields), flush=True)


def require(made, count):
    if made != count:
        raise SystemExit(f"made {made} tokens, not {count}")
