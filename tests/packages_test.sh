#!/usr/bin/env bash
# Makes the Debian packages of a build, looks at them as Debian does, unpacks them into an empty root and uses what is there.
#   tests/packages_test.sh BUILD_DIRECTORY
set -euo pipefail
build=$(cd "${1:?the build directory}" && pwd)
for tool in cpack dpkg-deb dpkg-shlibdeps fakeroot; do
  command -v "$tool" >/dev/null || { echo "SKIP: no $tool here"; exit 77; }
done
if grep -q '^HOLDFAST_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then
  echo "SKIP: a sanitizer build is not for packages"
  exit 77
fi
grep -q '^HOLDFAST_BUILD_PYTHON:BOOL=ON' "$build/CMakeCache.txt" || { echo "SKIP: only a build with Python has all packages"; exit 77; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fail() { echo "$*" >&2; exit 1; }

# Quick compression: nobody downloads these.
(cd "$place" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$place" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >"$place/log") || { cat "$place/log"; exit 1; }
for name in holdfast_ libholdfast0 libholdfast-dev_ python3-holdfast_; do
  ls "$place/$name"*.deb >/dev/null || fail "no package $name"
done
if [ -z "${HOLDFAST_TESTS_LONG:-}" ]; then
  echo "lintian runs only with HOLDFAST_TESTS_LONG"
elif command -v lintian >/dev/null; then
  # Except the mail address and the bug report of a first upload, which only a publisher has.
  lintian --allow-root --fail-on error,warning "$place"/*.deb \
    --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs
else
  echo "no lintian here: the packages are only unpacked"
fi

# In an empty root, beside the distribution's files: the command, a C host, Python.
root=$place/root
for package in "$place"/*.deb; do
  dpkg-deb -x "$package" "$root"
  dpkg-deb -f "$package" Package Depends
done
"$root/usr/bin/holdfast" --version
gzip -t "$root/usr/share/man/man1/holdfast.1.gz"
# The manual page is one that man formats without a warning, with a section for each command.
page=$(zcat "$root/usr/share/man/man1/holdfast.1.gz")
for name in backup restore verify expire completion; do
  grep -q "^\.SH \"HOLDFAST $name\"" <<<"$page" || fail "the manual page has no section about $name"
done
if command -v man >/dev/null; then
  warnings=$(man --warnings -E UTF-8 -l "$root/usr/share/man/man1/holdfast.1.gz" 2>&1 >/dev/null)
  [ -z "$warnings" ] || fail "man about the manual page: $warnings"
fi
bash -n "$root/usr/share/bash-completion/completions/holdfast"
grep -q "^#compdef holdfast" "$root/usr/share/zsh/vendor-completions/_holdfast" || fail "no completion for zsh"
grep -q "^complete -c holdfast" "$root/usr/share/fish/vendor_completions.d/holdfast.fish" || fail "no completion for fish"
PYTHONPATH=$root/usr/lib/python3/dist-packages /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/../bindings/python/tests/try_wheel.py" "$place/repository"

# The C interface needs no other development package: CMake finds it where no other package can be found.
mkdir "$place/host"
cat >"$place/host/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(host LANGUAGES C)
set(CMAKE_DISABLE_FIND_PACKAGE_PostgreSQL ON)
set(CMAKE_DISABLE_FIND_PACKAGE_PkgConfig ON)
set(CMAKE_DISABLE_FIND_PACKAGE_OpenSSL ON)
find_package(holdfast REQUIRED COMPONENTS c)
add_executable(host main.c)
target_link_libraries(host PRIVATE holdfast::capi)
END
printf '#include <holdfast.h>\n#include <stdio.h>\nint main(void) { return puts(holdfast_version()) < 0; }\n' >"$place/host/main.c"
cmake -S "$place/host" -B "$place/built" -DCMAKE_PREFIX_PATH="$root/usr" >/dev/null
cmake --build "$place/built" >/dev/null
"$place/built/host"
