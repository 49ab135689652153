#!/bin/sh
# A sweep for cron: silent when nothing was found and everything was scanned.
#
#     nightly.sh MEDIA LIST REPORTS [METRICS]
#
# Sweeps the folder MEDIA against the hash list LIST into a folder below REPORTS. Files that have not
# changed since the last finished report are not read again; a sweep that was stopped is gone on
# with. When there is something to tell, the summary goes to stdout, which cron sends by mail, and with
# it how many matches the last finished report did not have; it names no file. The exit status is that
# of `hashsweep scan`. nightly.cron is a line for /etc/cron.d.
#
# REPORTS/sweeps.log gets a line of JSON for each file that could not be scanned. METRICS is a file
# for Prometheus' node exporter, such as /var/lib/prometheus/node-exporter/hashsweep.prom.
#
# When a list is updated in the morning, the hashes of the night are there already:
#     hashsweep rematch REPORTS/<newest> --list NEW -o REPORTS/rematch-<date>
# (What is named by a date below REPORTS, this script takes for its own. It deletes nothing.)
set -u
umask 077
hashsweep=${HASHSWEEP:-/opt/hashsweep/.venv/bin/hashsweep}
media=${1:?which folder?} list=${2:?which hash list?} reports=${3:?where do reports go?}
metrics=${4-}

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

finished='' unfinished=''
for report in "$reports"/[0-9][0-9][0-9][0-9]-*; do
    if grep -q '^  "state": "complete",$' "$report/sweep.json" 2>/dev/null; then
        finished=$report unfinished=''
    elif [ -e "$report/sweep.json" ]; then
        unfinished=$report
    fi
done

sweep() { # sweep REPORT: into a new report, or on with one that was begun
    set -- "$media" --list "$list" -o "$1" --resume --log-file "$reports/sweeps.log"
    [ -z "$finished" ] || set -- "$@" --baseline "$finished"
    [ -z "$metrics" ] || set -- "$@" --metrics "$metrics"
    "$hashsweep" scan "$@" 9>&-
}

new=$reports/$(date +%Y-%m-%dT%H%M%S)
if [ -n "$unfinished" ]; then
    report=$unfinished
    summary=$(sweep "$unfinished" 2>"$reports/.stderr")
    status=$?
    if [ "$status" -eq 2 ] && grep -q 'was begun otherwise' "$reports/.stderr"; then
        # the list is another one by now: begin anew, with the hashes that are there
        finished=${finished:-$unfinished} report=$new
        summary=$(sweep "$new")
        status=$?
    else
        cat "$reports/.stderr" >&2
    fi
    rm -f "$reports/.stderr"
else
    report=$new
    summary=$(sweep "$new")
    status=$?
fi
tell_new() { # how many matches of this report the one before it does not have
    set -- report show "$report" --new-since "$finished"
    # 4: some may be missing or not new, as it says itself on stderr
    rows=$("$hashsweep" "$@" --format jsonl 9>&-) || [ $? -eq 4 ] || return
    printf '\nMatches that the last sweep did not have: %s\n' "$(printf %s "$rows" | grep -c ^)"
    printf 'hashsweep %s\n' "$*"
}

case $status in
    0) ;;
    1 | 5)
        printf '%s\n' "$summary"
        [ -z "$finished" ] || tell_new
        ;;
    4) printf '%s\n' "$summary" ;;
    *) echo "the sweep of $media did not finish: exit status $status" >&2 ;;
esac
exit "$status"
