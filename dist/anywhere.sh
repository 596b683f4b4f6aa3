#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs smallfio, or the fio in PATH as smallfio-fio, with the engines of the tree
# that this file is in, wherever that lies.
top=$(realpath "$0")
top=${top%/*/*}
export LD_LIBRARY_PATH="$top/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
case $0 in
*fio-fio) exec fio "$@" ;;
*) exec "$top/lib/smallfio/smallfio" "$@" ;;
esac
