# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: the source tree of the fio that the engines are for.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

# Sets fio_src to the source tree of the installed fio.
get_headers() {
	if [ -n "$own_fio" ]; then
		build_own_fio
	elif ! command -v fio >/dev/null; then
		die 'there is no fio' \
			"$advice. Or build one of your own: ./quickstart --own-fio"
	elif [ -z "$fio_src" ]; then
		fio_src=$("$root/scripts/fio-headers" 2>>"$step_log") ||
			die "the source of the installed $(fio --version) is not to be had" \
				'Build another fio beside it, whose source is to be had: ./quickstart --own-fio. Or name the configured source tree of the fio in PATH: ./quickstart --fio-src DIR.'
	fi
	note "$(fio --version), headers in $fio_src"
}

# Builds a fio in the first source tree that is to be had, and puts it first in
# PATH.
build_own_fio() {
	local suite suites

	# shellcheck disable=SC1091 # only on the machine itself
	case $(. /etc/os-release; echo "${ID:-} ${ID_LIKE:-}") in
	*ubuntu*) suites='noble jammy devel' ;;
	*) suites='stable oldstable unstable' ;;
	esac
	for suite in '' $suites; do
		fio_src=$("$root/scripts/fio-headers" \
			${suite:+--suite "$suite"} 2>>"$step_log") && break
	done
	[ -n "$fio_src" ] ||
		die 'the distribution offers the source of no fio' \
			"Name the configured source tree of a fio: ./quickstart --fio-src DIR, with this fio in PATH. $advice"
	note "building fio in $fio_src"
	run env -u CFLAGS -u LDFLAGS -u CPPFLAGS make -j "$(nproc)" \
		-C "$fio_src" fio ||
		die 'building fio failed' "The lines above say where. $advice"
	PATH=$fio_src:$PATH
}
