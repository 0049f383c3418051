#!/usr/bin/env bash
# Judges tests/tools/mapping_cases by the published JSON Schema with a real validator.
# The sandbox's own code judges the same files in sandbox/assets/schema_rules_test.cc.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -d node_modules ]; then
  if [ -n "${CI:-}" ]; then
    echo "run_validation.sh: node_modules is missing; run npm ci in tests/tools" >&2
    exit 1
  fi
  echo "skipped: run npm ci in tests/tools first"
  exit 77
fi
node validate_mapping.mjs --cases mapping_cases
