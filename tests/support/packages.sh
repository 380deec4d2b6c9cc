# The packages that Holdfast needs on Debian 12, in one place; sourced by tests/run and examples/quickstart/run.

build_packages=(g++ gcc cmake ninja-build pkg-config libpq-dev libzstd-dev zlib1g-dev liblz4-dev libssl-dev libxxhash-dev
  nlohmann-json3-dev libfmt-dev libcli11-dev libcurl4-openssl-dev libpugixml-dev libabsl-dev tzdata
  libyaml-dev libre2-dev libarchive-dev)
service_packages=(libcpp-httplib-dev)
server_packages=(postgresql postgresql-contrib postgresql-client python3)
python_packages=(pybind11-dev python3-dev python3-venv python3-pytest mypy)
test_packages=(doctest-dev git zstd gzip lz4 python3-cryptography python3-jsonschema clang-format strace procps openssl openssh-server openssh-client rsync valgrind binutils libjna-java
  pgbouncer clang abigail-tools lintian fakeroot dpkg-dev postgresql-15-cron postgresql-15-pgaudit postgresql-15-pgq3
  podman runc busybox-static)
long_packages=(chromium debootstrap doxygen doxygen-awesome-css faketime)  # not for each run of continuous integration

# install_missing PACKAGE…: installs the missing ones; does not call apt if there are none.
install_missing() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: please make sure that the equivalents of these are installed: ${missing[*]}" >&2
    return 0
  fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Missing packages, and neither root nor sudo to install them: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "Installing: ${missing[*]}"
  # The package starts its own server unless it is told not to; we need none.
  if [[ " ${missing[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
    "${missing[@]}" >/dev/null
}

# build_preset NAME TARGET [cmake option…]: configures and builds, several files at a time, with ccache if available.
build_preset() {
  local preset=$1 target=$2
  shift 2
  local launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset "$preset" -DHOLDFAST_UNITY=ON "${launcher[@]}" "$@" >/dev/null
  cmake --build "build/$preset" --target "$target"
}
