#!/bin/sh
# A program for command: storages. It keeps objects in a folder (GNU tools needed):
#   holdfast init -r 'command:examples/command_storage/folder.sh /backups'
# Exit statuses: 0 done, 3 no such object, 4 the name is taken, 75 try again; docs/storage.md has the protocol.
set -eu
root=$1 operation=$2
shift 2
mkdir -p "$root"
cd "$root"

# Others remove a folder when it is empty, and make it again: what is not there needs no sync.
sync_folder() {
  for try in 1 2 3 4 5; do
    if sync "$1" 2>/dev/null || [ ! -d "$1" ]; then return; fi
  done
  echo "can't make $1 durable" >&2
  exit 1
}

case $operation in
  put) # TEMP: the bytes on standard input
    mkdir -p .tmp
    cat >"$1"
    sync "$1"
    ;;
  commit) # TEMP NAME SIZE: now it is an object, if it is complete and the name is free
    if [ "$(stat -c %s "./$1")" != "$3" ]; then
      echo "only a part of it came" >&2
      exit 1
    fi
    until mkdir -p "$(dirname "./$2")" 2>/dev/null && ln -T "./$1" "./$2" 2>/dev/null; do
      if [ -f "./$2" ]; then
        rm -f "./$1"
        exit 4
      fi
      if [ -d "./$2" ] || [ ! -f "./$1" ]; then
        echo "the name is a folder, or the upload is gone" >&2
        exit 1
      fi # a delete took the folder away as it was empty: again
    done
    sync_folder "$(dirname "./$2")"
    rm -f "./$1"
    ;;
  discard) # TEMP
    rm -f "./$1"
    ;;
  get) # NAME OFFSET LENGTH: LENGTH bytes or less, or all
    [ -f "./$1" ] || exit 3
    size=$(stat -c %s "./$1")
    [ "$2" -lt "$size" ] || exit 0
    [ "$3" = all ] && set -- "$1" "$2" "$size"
    exec dd if="./$1" bs=1M iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" status=none
    ;;
  stat) # NAME: prints its size and the second it was put
    [ -f "./$1" ] || exit 3
    exec find "./$1" -maxdepth 0 -printf '%s %T@\n'
    ;;
  list) # PREFIX: a line for each object, in any order; more than asked for does no harm
    exec find . -ignore_readdir_race -path ./.tmp -prune -o -type f -printf '%s %T@ %P\n'
    ;;
  delete) # NAME
    [ -f "./$1" ] || exit 3
    rm "./$1"
    folder=$(dirname "./$1")
    sync_folder "$folder"
    cd "$root" && rmdir -p --ignore-fail-on-non-empty "${folder#./}" 2>/dev/null || true
    ;;
  *)
    echo "unknown operation $operation" >&2
    exit 2
    ;;
esac
