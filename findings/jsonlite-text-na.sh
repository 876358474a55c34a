#!/usr/bin/env bash
# jsonlite 1.8.4 (R): a column of JSON whose texts are all "NA" is missing.
#
# NA is the code of Namibia. With another country in the column, fromJSON reads it as text.
# Of an answer that was filtered to Namibia, it makes logical NA in each row, as it does of
# null. With simplifyVector = FALSE it stays a text, and so it does in the same table as CSV
# with read.csv and na.strings = "".
#
# Debian's package is unpacked into a temp folder: run apt-get update before. It needs R.
#
# Input:  [{"country":"NA"},{"country":"NA"}]
# Output: NA NA, logical
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get -qq download r-cran-jsonlite=1.8.4+dfsg-1
dpkg -x r-cran-jsonlite_*.deb root
cat >read.R <<'R'
.libPaths(file.path(getwd(), "root/usr/lib/R/site-library"))
library(jsonlite)
stopifnot(packageVersion("jsonlite") == "1.8.4")

read <- function(text) {
  country <- fromJSON(text)$country
  cat(text, "is", country, paste0("(", class(country), ")"), "\n")
  country
}

stopifnot(
  identical(read('[{"country":"NA"},{"country":"DE"}]'), c("NA", "DE")),
  identical(read('[{"country":"NA"},{"country":"NA"}]'), c(NA, NA)),
  identical(read('[{"country":"NA"},{"country":null}]'), c(NA, NA)),
  identical(fromJSON('[{"country":"NA"}]', simplifyVector = FALSE)[[1]]$country, "NA"),
  identical(read.csv(text = "country\nNA\nNA\n", na.strings = "")$country, c("NA", "NA"))
)
R
Rscript --vanilla read.R || { echo "the behaviour has changed"; exit 1; }
