#!/bin/sh
# The same on another machine: folder.sh is sent over ssh each time, so nothing needs to be installed there.
#   holdfast init -r 'command:examples/command_storage/over_ssh.sh backup@host /backups'
# ssh says 255 when the connection fails, which a storage program may say too: it is tried again.
set -eu
host=$1
shift
script=$(sed "s/'/'\\\\''/g" "$(dirname "$0")/folder.sh")
words=
for word in "$@"; do
  words="$words '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
done
exec ssh -o BatchMode=yes -o ServerAliveInterval=15 "$host" "sh -c '$script' folder.sh $words"
