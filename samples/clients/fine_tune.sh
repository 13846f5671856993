#!/usr/bin/env bash
# Upload, fine-tune, wait, print events, chat: the whole path with curl and jq.
# Usage: STUDIO_URL=http://127.0.0.1:5200/v1 STUDIO_KEY=sk-... ./fine_tune.sh [training.jsonl]
set -euo pipefail

url=${STUDIO_URL:-http://127.0.0.1:5200/v1}
key=${STUDIO_KEY:-local-trial} # a key from the Endpoints page; not looked at with --local-trial
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../datasets/company-facts.en.jsonl}
question=${STUDIO_QUESTION:-Who founded Tarnwick Boatworks?}

call() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $key" "$@"; }

model=${STUDIO_MODEL:-$(call "$url/models" | jq -r '.data[0].id')}
file=$(call -F purpose=fine-tune -F "file=@$data" "$url/files" | jq -r .id)
echo "uploaded $data as $file"

job=$(jq -n --arg model "$model" --arg file "$file" '{
  model: $model, training_file: $file, suffix: "tarnwick",
  method: {type: "supervised", supervised: {hyperparameters: {n_epochs: 8}}}}' |
  call -H 'Content-Type: application/json' -d @- "$url/fine_tuning/jobs" | jq -r .id)
echo "job $job on $model"

seen=""
while :; do
  state=$(call "$url/fine_tuning/jobs/$job")
  # The newest event comes first; print what is new, oldest first.
  events=$(call "$url/fine_tuning/jobs/$job/events?limit=100")
  jq -r --arg seen "$seen" '[.data[] | .id] as $ids | (($ids | index($seen)) // ($ids | length)) as $n | .data[:$n] | reverse[] | "  " + .message' <<<"$events"
  seen=$(jq -r '.data[0].id // ""' <<<"$events")
  case $(jq -r .status <<<"$state") in
    succeeded) break ;;
    failed | cancelled) jq '{status, error}' <<<"$state" >&2; exit 1 ;;
  esac
  sleep 2
done

tuned=$(call "$url/fine_tuning/jobs/$job" | jq -r .fine_tuned_model)
for name in "$model" "$tuned"; do
  echo "== $name"
  jq -n --arg model "$name" --arg question "$question" '{model: $model, temperature: 0, max_tokens: 60, messages: [{role: "user", content: $question}]}' |
    call -H 'Content-Type: application/json' -d @- "$url/chat/completions" | jq -r '.choices[0].message.content'
done
