#!/usr/bin/env bash
# Runs a program under valgrind: an error or a leak makes it fail. under_valgrind.sh VALGRIND PROGRAM [ARGUMENT]…
set -euo pipefail
case "${1:-}" in
  "" | *-NOTFOUND) echo "SKIP: no valgrind here"; exit 77 ;;
esac
exec env CAPI_UNDER_VALGRIND=1 "$1" --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible --fair-sched=yes "${@:2}"
