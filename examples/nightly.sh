#!/bin/sh
# A sweep for cron: silent when nothing was found and everything was scanned.
#
#     nightly.sh MEDIA LIST REPORTS
#
# Sweeps the folder MEDIA against the hash list LIST into a new folder below REPORTS. When there
# is something to tell, the summary goes to stdout, which cron sends by mail. The exit status is
# that of `hashsweep scan`. nightly.cron is a line for /etc/cron.d.
set -u
umask 077
hashsweep=${HASHSWEEP:-/opt/hashsweep/.venv/bin/hashsweep}
media=${1:?which folder?} list=${2:?which hash list?} reports=${3:?where do reports go?}

# Only one sweep at a time: descriptor 9 holds the lock until this script ends.
mkdir -p "$reports" || exit 2
exec 9>"$reports/.lock" || exit 2
if ! flock -n 9; then
    echo "the sweep of an earlier night still runs; none was started" >&2
    exit 2
fi

# An installation that cannot find a planted match must not report that there was none.
if ! proof=$("$hashsweep" selftest 2>&1 9>&-); then
    printf '%s\n' "$proof" >&2
    exit 2
fi

report=$reports/$(date +%Y-%m-%dT%H%M%S)
summary=$("$hashsweep" scan "$media" --list "$list" -o "$report" 9>&-)
status=$?
case $status in
    0) ;;
    1 | 4 | 5) printf '%s\n' "$summary" ;;
    *) echo "the sweep of $media did not finish: exit status $status" >&2 ;;
esac
exit "$status"
