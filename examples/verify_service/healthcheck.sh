#!/bin/sh
# The container's health check: exit status 0 if the service answers and its newest run did not fail.
exec "${SERVICE:-/app/verify_service}" --health
