#!/bin/sh
# Starts and stops the backend as a process of this machine: backend.sh start|stop. Its process id is in $BACKEND_PID.
set -eu
case $1 in
  start)
    "$0" stop
    setsid python3 "$(dirname "$0")/backend.py" </dev/null >>"$BACKEND_PID.log" 2>&1 &
    echo $! >"$BACKEND_PID"
    ;;
  stop)
    [ -s "$BACKEND_PID" ] || exit 0
    kill "$(cat "$BACKEND_PID")" 2>/dev/null || true
    rm -f "$BACKEND_PID"
    ;;
esac
