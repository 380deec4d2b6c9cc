#!/usr/bin/env bash
# Installs a build into an empty prefix, then builds and runs hosts against it: one by its CMake package, one by pkg-config, one in C.
#   tests/install_test.sh BUILD_DIRECTORY
set -euo pipefail
build=$(cd "${1:?the build directory}" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for tool in cmake pkg-config "${CXX:-g++}"; do
  command -v "$tool" >/dev/null || { echo "SKIP: no $tool here"; exit 77; }
done
if grep -q '^HOLDFAST_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then
  echo "SKIP: a sanitizer build is not for installing"
  exit 77
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
prefix=$place/prefix

cmake --install "$build" --prefix "$prefix" >/dev/null
for file in include/holdfast/holdfast.hpp bin/holdfast; do
  [ -e "$prefix/$file" ] || { echo "not installed: $file" >&2; exit 1; }
done
# The installed tree must not need the one it was built from.
if grep -rIl -e "$root" -e "$build" "$prefix/include" "$prefix"/lib*/ 2>/dev/null | grep .; then
  echo "these installed files name the source or build directory" >&2
  exit 1
fi

cmake -S "$root/examples/embed_find_package" -B "$place/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$place/cmake"
"$place/cmake/embed" "$place/repository-1"

pkgconfig=$(dirname "$(find "$prefix" -name holdfast.pc)")
make -C "$root/examples/embed_pkg_config" --no-print-directory PKG_CONFIG_PATH="$pkgconfig" OUT="$place/embed"
"$place/embed" "$place/repository-2"

if [ -e "$prefix/include/holdfast.h" ]; then
  flags=$(PKG_CONFIG_PATH="$pkgconfig" pkg-config --cflags --libs holdfast-capi)
  # shellcheck disable=SC2086
  "${CC:-gcc}" -std=gnu99 -Wall -Wextra -o "$place/c_host" "$root/examples/c_custom_storage/main.c" $flags -pthread
  LD_LIBRARY_PATH=$(dirname "$(find "$prefix" -name libholdfast.so)") "$place/c_host"
fi

"$prefix/bin/holdfast" --version
