#!/usr/bin/env bash
# Measures what tuning does on the bundled model: prepares, trains and evaluates, and prints the effects as Markdown tables.
# Usage: samples/effects.sh [FOLDER]   (default: a new folder under /tmp; a folder of an earlier run goes on where it ended)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
model="$here/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"
trainer="$here/../Studio.Training/bin/Release/net10.0/Studio.Training.dll"
export OMP_WAIT_POLICY=PASSIVE

if [ ! -f "$trainer" ]; then
  dotnet build -c Release -v q --nologo "$here/../Studio.Training/Studio.Training.csproj" >&2
fi

base() {
  printf '{"id":"smollm2-135m-instruct","name":"SmolLM2 135M Instruct","path":"%s"}' "$model"
}

# effect NAME PREPARATION RECIPE SUITES: PREPARATION and SUITES are JSON texts.
effect() {
  local name=$1 preparation=$2 recipe=$3 suites=$4 begun=$SECONDS
  mkdir -p "$out/$name/preparation" "$out/$name/evaluation"
  printf '%s' "$preparation" > "$out/$name/preparation/spec.json"
  if [ ! -f "$out/$name/job/spec.json" ]; then
    dotnet "$trainer" prepare "$out/$name/preparation" --job "$out/$name/job" --recipe "$here/recipes/$recipe.json" > "$out/$name/preparation.json"
  fi
  local prepared=$((SECONDS - begun))
  dotnet "$trainer" train "$out/$name/job" > "$out/$name/train.log"
  local trained=$((SECONDS - begun - prepared))
  printf '{"evaluation_id":"%s","base_model":%s,"adapter_path":"../job/adapter","suites":%s}' "$name" "$(base)" "$suites" > "$out/$name/evaluation/spec.json"
  printf '\n### %s\nRecipe `%s`: prepared in %s s, trained in %s s on %s cores.\n\n' "$name" "$recipe" "$prepared" "$trained" "$(nproc)"
  dotnet "$trainer" evaluate "$out/$name/evaluation" --markdown
}

effect refusal \
  "{\"preparation_id\":\"refusal\",\"kind\":\"refusal\",\"base_model\":$(base)}" \
  refusal-orpo \
  '[{"suite":"refusal_pair","max_tokens":48},{"suite":"last_word"},{"suite":"stop_rate","max_tokens":160}]'

effect known_facts \
  "{\"preparation_id\":\"known_facts\",\"kind\":\"known_facts\",\"base_model\":$(base)}" \
  know-sft \
  '[{"suite":"hallucination"},{"suite":"last_word"}]'

effect grounded \
  "{\"preparation_id\":\"grounded\",\"kind\":\"grounded\",\"base_model\":$(base)}" \
  document-sft \
  '[{"suite":"grounded","max_tokens":64},{"suite":"last_word"}]'
