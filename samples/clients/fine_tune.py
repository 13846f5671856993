"""Upload, fine-tune, wait, print events, chat, with the official openai package.

Usage: pip install openai; STUDIO_URL=http://127.0.0.1:5200/v1 STUDIO_KEY=sk-... python fine_tune.py [training.jsonl]
"""

import os
import sys
import time
from pathlib import Path

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("STUDIO_URL", "http://127.0.0.1:5200/v1"),
    api_key=os.environ.get("STUDIO_KEY", "local-trial"),
)
default = Path(__file__).parent.parent / "datasets" / "company-facts.en.jsonl"
data = Path(sys.argv[1]) if len(sys.argv) > 1 else default
question = os.environ.get("STUDIO_QUESTION", "Who founded Tarnwick Boatworks?")
model = os.environ.get("STUDIO_MODEL") or client.models.list().data[0].id

with data.open("rb") as stream:
    uploaded = client.files.create(file=stream, purpose="fine-tune")
print(f"uploaded {data.name} as {uploaded.id}")

job = client.fine_tuning.jobs.create(
    model=model,
    training_file=uploaded.id,
    suffix="tarnwick",
    method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 8}}},
)
print(f"job {job.id} on {model}")

seen = set()
while True:
    job = client.fine_tuning.jobs.retrieve(job.id)
    # The newest event comes first.
    for event in reversed(client.fine_tuning.jobs.list_events(job.id, limit=100).data):
        if event.id not in seen:
            seen.add(event.id)
            print(" ", event.message)
    if job.status in ("succeeded", "failed", "cancelled"):
        break
    time.sleep(2)

if job.status != "succeeded":
    sys.exit(f"the job {job.status}: {job.error.message if job.error else 'no reason given'}")

for name in (model, job.fine_tuned_model):
    print(f"== {name}")
    stream = client.chat.completions.create(
        model=name,
        messages=[{"role": "user", "content": question}],
        temperature=0,
        max_tokens=60,
        stream=True,
    )
    for chunk in stream:
        if chunk.choices:
            print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()
