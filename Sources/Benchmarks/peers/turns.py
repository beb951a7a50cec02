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
    """Calls generate(count), which makes that many tokens, whenever a line comes."""
    for _ in sys.stdin:
        seconds = []
        for count in (1, 1 + NEW):
            start = time.perf_counter()
            made = generate(count)
            seconds.append(time.perf_counter() - start)
            assert made == count, f"made {made} tokens, not {count}"
        fields = {"first_s": seconds[0], "all_s": seconds[1], "rss": float(resident())}
        print(json.dumps(fields), flush=True)
