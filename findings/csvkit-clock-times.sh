#!/usr/bin/env bash
# csvkit 2.2.0: times of day such as 12:30 become 12 minutes and 30 seconds.
#
# csvsort, csvjson, csvjoin, in2csv and csvlook guess types, and take a column of HH:MM
# for durations of MM:SS. csvsort by another column writes 0:12:30 in place of 12:30.
# csvcut and csvgrep do not guess. With --no-inference, all leave the text alone.
#
# Input:  9:05 and 12:30
# Output: 0:09:05 and 0:12:30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2 pytimeparse==1.1.8
cd "$work"
printf 'train,departs\n2,12:30\n1,9:05\n' >trains.csv
guessed=$(v/bin/csvsort -c train trains.csv)
left=$(v/bin/csvsort -c train --no-inference trains.csv)
printf '%s\n' "csvsort -c train:" "$guessed" "csvsort -c train --no-inference:" "$left"
if [ "$guessed" != "$(printf 'train,departs\n1,0:09:05\n2,0:12:30')" ] || [ "$left" != "$(printf 'train,departs\n1,9:05\n2,12:30')" ]; then
  echo "the behaviour has changed"
  exit 1
fi
