#!/usr/bin/env bash
# Builds Studio and runs every test; --fast leaves out the slow ones (browser, real training runs).
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")"

fast=0
for argument in "$@"; do
  case "$argument" in
    --fast) fast=1 ;;
    -h|--help) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;;
    *) echo "test.sh: unknown option $argument (known: --fast)" >&2; exit 2 ;;
  esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 OMP_WAIT_POLICY=PASSIVE
passed=0 failed=0 skipped=0
finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" -eq 0 ]; exit $?; }

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET 10 SDK is not installed (https://dotnet.microsoft.com/download)" >&2
  failed=1; finish
fi

# A browser for the end-to-end tests; without one they are reported as skipped, with the reason.
if [ "$fast" -eq 0 ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1 \
      || echo "test.sh: chromium could not be installed; browser tests will be skipped" >&2
  fi
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

echo "Building"
if ! dotnet build Studio.sln -v quiet --nologo -clp:NoSummary; then
  echo "test.sh: the build failed" >&2
  failed=1; finish
fi

for project in Studio.Data.Tests Studio.Training.Tests Studio.Web.Tests Studio.EndToEnd.Tests; do
  filter=()
  if [ "$fast" -eq 1 ]; then
    [ "$project" = Studio.EndToEnd.Tests ] && continue
    filter=(--filter "Speed!=Slow")
  fi

  echo "== $project"
  started=$SECONDS
  # Native code can take a test process down: then the exit code says so although no single test failed.
  timeout --signal=TERM 2700 dotnet test "tests/$project" --no-build --nologo -v quiet \
    --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=minimal" --results-directory "$results" "${filter[@]}"
  code=$?
  count() { grep -o "<Counters [^>]*" "$results/$project.trx" 2>/dev/null | head -1 | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' || echo 0; }
  total=$(count total) ok=$(count passed) bad=$(count failed)
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ok - bad))
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
    echo "test.sh: $project ended with exit code $code" >&2
    failed=$((failed + 1))
  elif [ "$code" -eq 0 ] && [ "$total" -eq 0 ]; then
    echo "test.sh: $project ran no test" >&2
    failed=$((failed + 1))
  fi
  echo "   $ok passed, $bad failed, $((total - ok - bad)) skipped in $((SECONDS - started)) s"
done

finish
