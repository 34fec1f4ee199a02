#!/usr/bin/env bash
# Sets up, builds and runs Overtake on Debian 12 from nothing but network access to the package registries.
#   ./bootstrap.sh demo     everything, then the quickstart sweep and its report
#   ./bootstrap.sh test     everything, then all tests
#   ./bootstrap.sh build    everything but running;  --preset cpu|analysis|cuda|sanitize  --torch DIR (an installed LibTorch or torch package)
#   ./bootstrap.sh deps     packages and libraries only
# What is already there is not done again.
set -euo pipefail
cd "$(dirname "$0")"

torch_version=2.11.0
toml_sdist=pytomlpp==1.1.0      # its source package carries toml++ 3.4.0
toml_sha256=01d450ea609bcd47f78b75eb7e5fbbf3a1e78ef79955ef283c9301af5a7933a2
light_packages="g++ cmake ninja-build ccache python3 python3-pip ca-certificates libhdf5-dev libcli11-dev nlohmann-json3-dev
  libeigen3-dev libssl-dev zlib1g-dev libarchive-dev libsentencepiece-dev gnuplot-nox dict-gcide libgtest-dev libbenchmark-dev"
heavy_packages="libopenmpi-dev openmpi-bin"
test_packages="slurm-wlm munge"  # a one-node Slurm that the tests start and stop themselves

preset=cpu
torch=
verb=${1:-help}
[ $# -gt 0 ] && shift
while [ $# -gt 0 ]; do
  case $1 in
    --preset) preset=$2; shift 2 ;;
    --torch) torch=$(cd "$2" && pwd); shift 2 ;;
    *) echo "bootstrap: error: unknown option '$1'; see the head of this file" >&2; exit 2 ;;
  esac
done

say() { echo "bootstrap: $*" >&2; }

install_packages() {
  local wanted=$light_packages missing="" package
  [ "$preset" = analysis ] || wanted="$wanted $heavy_packages"
  [ "$verb" != test ] || wanted="$wanted $test_packages"
  for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  local as_root=""
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then
      as_root=sudo
    else
      say "these packages are missing and need root: apt-get install$missing"
      say "ask your administrator; going on, in case the site provides them in another way"
      return 0
    fi
  fi
  say "installing$missing"
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >.deps/apt.log 2>&1 ||
    { tail -20 .deps/apt.log >&2; say "error: apt-get failed; the log is .deps/apt.log"; exit 1; }
}

# toml++ is one header; Debian's 3.3.0 aborts on some malformed input, so a newer one is taken from a source package.
fetch_toml() {
  local header=.deps/include/toml++/toml.hpp
  if [ ! -e "$header" ]; then
    say "fetching toml++"
    rm -rf .deps/toml-sdist
    python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: -d .deps/toml-sdist "$toml_sdist"
    mkdir -p .deps/include/toml++
    tar xzOf .deps/toml-sdist/*.tar.gz --wildcards '*/third_party/tomlplusplus/toml.hpp' >"$header.part"
    echo "$toml_sha256  $header.part" | sha256sum -c --quiet - || { say "error: toml++ is not the file that was expected"; exit 1; }
    mv "$header.part" "$header"
    rm -rf .deps/toml-sdist
  fi
}

# The CPU library of the torch wheel needs two small CUDA libraries to load, and no others.
fetch_torch() {
  if [ -n "$torch" ] || [ "$preset" = analysis ] || [ -e .deps/site/.complete ]; then
    return 0
  fi
  say "fetching LibTorch $torch_version (about 530 MB)"
  rm -rf .deps/site
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --no-compile --target .deps/site \
    --only-binary=:all: --python-version 3.11 --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    "torch==$torch_version" "nvidia-cuda-runtime<14" "nvidia-cuda-cupti<14"
  touch .deps/site/.complete
}

install_all() {
  mkdir -p .deps
  install_packages
  fetch_toml
  fetch_torch
}

jobs() {
  local memory_gib
  memory_gib=$(awk '/MemTotal/ {print int($2 / 1048576)}' /proc/meminfo)
  local by_memory=$((memory_gib / 3)) cores
  cores=$(nproc)
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# build TARGET...: configures if needed; the flags for ccache let it work with the precompiled header.
build() {
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  [ -z "$torch" ] || launcher+=("-DOVERTAKE_TORCH=$torch")
  say "configuring and building preset $preset"
  cmake --preset "$preset" "${launcher[@]}" >".deps/configure-$preset.log" 2>&1 ||
    { tail -20 ".deps/configure-$preset.log" >&2; exit 1; }
  cmake --build "build/$preset" -j "$(jobs)" --target "$@" | { grep -E --line-buffered 'error|warning|FAILED|Linking CXX executable bin/overtake' || true; }
}

if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

case $verb in
  deps) install_all ;;
  build)
    install_all
    build all
    say "the programs are in build/$preset/bin"
    ;;
  test)
    install_all
    build all
    ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)"
    ;;
  demo)
    install_all
    if [ "$preset" = analysis ]; then build overtake; else build overtake overtake-train; fi
    "build/$preset/bin/overtake" run sweeps/examples/quickstart.toml --in sweep-quickstart
    "build/$preset/bin/overtake" report sweep-quickstart/results.h5 --out sweep-quickstart/report
    ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    [ "$verb" = help ] || exit 2
    ;;
esac
