#!/bin/sh
# A sweep for cron: silent when nothing was found and everything was scanned.
#
#     nightly.sh MEDIA LIST REPORTS [METRICS]
#
# Sweeps the folder MEDIA against the hash list LIST into a folder below REPORTS. Files that have not
# changed since the last finished report are not read again; a sweep that was stopped is resumed.
# If there is something to report, the summary goes to stdout, which cron sends by mail, with the
# number of matches that the last finished report did not have; it names no files. The exit status is
# that of `hashsweep scan`. nightly.cron is a line for /etc/cron.d.
#
# REPORTS/sweeps.log gets one line of JSON for each file that could not be scanned. METRICS is a file
# for Prometheus' node exporter, such as /var/lib/prometheus/node-exporter/hashsweep.prom.
#
# If a list is updated in the morning, match it against the hashes of the night:
#     hashsweep rematch REPORTS/<newest> --list NEW -o REPORTS/rematch-<date>
# (The script assumes that everything named by a date below REPORTS is its own. It deletes nothing.)
set -u
umask 077
hashsweep=${HASHSWEEP:-/opt/hashsweep/.venv/bin/hashsweep}
media=${1:?which folder?} list=${2:?which hash list?} reports=${3:?where do reports go?}
metrics=${4-}

# Only one sweep at a time: descriptor 9 holds the lock until this script ends.
mkdir -p "$reports" || exit 2
exec 9>"$reports/.lock" || exit 2
if ! flock -n 9; then
    echo "the sweep of an earlier night is still running; none was started" >&2
    exit 2
fi

# An installation that cannot find a planted match must not report that there was none.
if ! proof=$("$hashsweep" selftest 2>&1 9>&-); then
    printf '%s\n' "$proof" >&2
    exit 2
fi

finished='' unfinished=''
for report in "$reports"/[0-9][0-9][0-9][0-9]-*; do
    if grep -q '^  "state": "complete",$' "$report/sweep.json" 2>/dev/null; then
        finished=$report unfinished=''
    elif [ -e "$report/sweep.json" ]; then
        unfinished=$report
    fi
done

sweep() { # sweep REPORT [OPTION]...: start this report, or resume it
    set -- "$media" --list "$list" -o "$@" --resume --log-file "$reports/sweeps.log"
    [ -z "$finished" ] || set -- "$@" --baseline "$finished"
    [ -z "$metrics" ] || set -- "$@" --metrics "$metrics"
    "$hashsweep" scan "$@" 9>&-
}

new=$reports/$(date +%Y-%m-%dT%H%M%S)
if [ -n "$unfinished" ]; then
    # if the list is a different one now, start again, with the hashes that are stored
    report=$unfinished
    summary=$(sweep "$unfinished" --or-new "$new")
    status=$?
    if [ -e "$new/sweep.json" ]; then
        finished=${finished:-$unfinished} report=$new
    fi
else
    report=$new
    summary=$(sweep "$new")
    status=$?
fi
count_new() { # count the matches of this report that the one before it does not have
    set -- report show "$report" --new-since "$finished"
    # 4: some may be missing or not new; it says so on stderr
    rows=$("$hashsweep" "$@" --format jsonl 9>&-) || [ $? -eq 4 ] || return
    printf '\nMatches that the last sweep did not have: %s\n' "$(printf %s "$rows" | grep -c ^)"
    printf 'hashsweep %s\n' "$*"
}

case $status in
    0) ;;
    1 | 5)
        printf '%s\n' "$summary"
        [ -z "$finished" ] || count_new
        ;;
    4) printf '%s\n' "$summary" ;;
    *) echo "the sweep of $media did not finish: exit status $status" >&2 ;;
esac
exit "$status"
