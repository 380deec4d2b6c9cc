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
    pid=$(cat "$BACKEND_PID")
    rm -f "$BACKEND_PID"
    kill "$pid" 2>/dev/null || exit 0
    for _ in 1 2 3 4 5 6 7 8 9 10; do  # until its port is free
      kill -0 "$pid" 2>/dev/null || exit 0
      sleep 0.1
    done
    ;;
esac
