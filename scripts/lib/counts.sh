# Sourced by scripts/test: how many tests passed and failed, from what the runners themselves wrote.
# shellcheck shell=bash

passed=0
failed=0

# count_swift_tests LOG STATUS: Swift Testing writes one line for each test and one for the whole run.
# A run that ends badly without a failed test (it crashed, or did not compile) counts as one failure.
count_swift_tests() {
  local good bad
  good=$(grep -cE '^[^ ]+ +Test [^ ].* passed after ' "$1" || true)
  bad=$(grep -cE '^[^ ]+ +Test [^ ].* failed after ' "$1" || true)
  # The line of the whole run has the same form.
  good=$((good - $(grep -cE '^[^ ]+ +Test run with .* passed after ' "$1" || true)))
  bad=$((bad - $(grep -cE '^[^ ]+ +Test run with .* failed after ' "$1" || true)))
  if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
}

# count_pytest XML STATUS: the totals of pytest's own report; without one, one failure.
count_pytest() {
  local good=0 bad=0
  if [ -e "$1" ]; then
    read -r good bad < <(/usr/bin/python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as xml
suite = next(xml.parse(sys.argv[1]).iter("testsuite"))
total, failures, errors, skipped = (
    int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
print(total - failures - errors - skipped, failures + errors)
PYTHON
    )
  fi
  if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
}
