# Sourced by scripts/demo, scripts/test and scripts/lint: building.
# shellcheck shell=bash

need_swift() {
  if ! command -v swift >/dev/null; then
    echo "Swift 6.3 is needed and 'swift' is not in PATH: see https://www.swift.org/install/linux/" >&2
    exit 2
  fi
}

# Both programs with optimisation. Says nothing when there is nothing to do.
build_release() {
  local output started=$SECONDS
  echo "Building (release) ..."
  if ! output=$(swift build -c release --product rdadmin </dev/null 2>&1 \
    && swift build -c release --product redirect-edge </dev/null 2>&1)
  then
    printf '%s\n' "$output" >&2
    echo "The build failed." >&2
    return 1
  fi
  echo "Built in $((SECONDS - started)) s."
}

# Python packages of the tests, in .build/integration/venv.
make_venv() {
  install_venv .build/integration/venv Tests/Integration/requirements.txt --only-binary :all:
}

# install_venv VENV REQUIREMENTS FLAG...: pinned packages in a Python of their own; flags for pip.
install_venv() {
  local venv=$1 wanted=$2
  shift 2
  cmp -s "$wanted" "$venv/installed.txt" && return 0
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv" \
    && "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" -r "$wanted" </dev/null \
    && cp "$wanted" "$venv/installed.txt"
}
