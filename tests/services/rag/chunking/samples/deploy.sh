#!/usr/bin/env bash
# Deploys the service.
set -euo pipefail

readonly ROOT="/srv/app"
VERSION=1.2
export REGION="north"

# Prints how it is used.
usage() {
  cat <<EOF
usage: $0 VERSION
EOF
  echo "see the manual"
}

function build_image {
  local tag="$1"
  docker build -t "app:$tag" .
  docker push "app:$tag"
}

# Copies the files.
function copy_files() {
  for host in a b c; do
    scp -r dist "$host:$ROOT"
  done
}

main() {
  if [[ $# -eq 0 ]]; then
    usage
    exit 1
  fi
  build_image "$1"
  copy_files
}

main "$@"
