# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: the source tree of the fio that the engines are for.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

# Sets fio_src to the source tree of the installed fio.
get_headers() {
	if [ -n "$own_fio" ]; then
		build_own_fio
	elif ! command -v fio >/dev/null; then
		[ -z "$fio_src" ] ||
			die 'there is no fio in PATH' \
				'Put the directory of the fio that was built from --fio-src into PATH.'
		die 'there is no fio' "./quickstart --own-fio builds one. $advice"
	elif [ -z "$fio_src" ]; then
		fio_src=$("$root/scripts/fio-headers" 2>>"$step_log") ||
			die "the source of the installed $(fio --version) could not be got: the reason is above" \
				'./quickstart --own-fio builds another fio beside it, if a suite of the distribution has a source that can be had; ./quickstart --fio-src DIR takes the configured source tree of the fio in PATH; and the tarball is made elsewhere, for many releases of fio (docs/packages.md).'
	fi
	note "$(fio --version), headers in $fio_src"
}

# Prints suites of the distribution that may have another fio.
other_suites() {
	# shellcheck disable=SC1091 # only on the machine itself
	case $(. /etc/os-release; echo "${ID:-} ${ID_LIKE:-}") in
	*ubuntu*) echo 'noble jammy devel' ;;
	*) echo 'stable oldstable unstable' ;;
	esac
}

# compile_fio TREE
compile_fio() {
	note "building fio in $1"
	run env -u CFLAGS -u LDFLAGS -u CPPFLAGS make -j "$(nproc)" -C "$1" fio
}

# Builds a fio in the first source tree that is to be had, and puts it first in
# PATH.
build_own_fio() {
	local suite

	for suite in '' $(other_suites); do
		fio_src=$("$root/scripts/fio-headers" \
			${suite:+--suite "$suite"} 2>>"$step_log") && break
	done
	[ -n "$fio_src" ] ||
		die 'no source of a fio could be got: the reasons are above' \
			"Name the configured source tree of a fio: ./quickstart --fio-src DIR, with this fio in PATH. $advice"
	compile_fio "$fio_src" ||
		die 'building fio failed' "The lines above say where. $advice"
	PATH=$fio_src:$PATH
}

# Adds the source tree of another fio to fio_src, compiled, so that the tests try
# the engines in that fio, too.
add_other_fio() {
	local suite tree

	[[ $fio_src != *,* ]] || return 0
	command -v make >/dev/null || {
		skip 'engines in another fio' 'no make to compile it with'
		return
	}
	for suite in $(other_suites); do
		tree=$("$root/scripts/fio-headers" --suite "$suite" \
			2>>"$step_log") || continue
		! cmp -s "$tree/FIO-VERSION-FILE" "$fio_src/FIO-VERSION-FILE" ||
			continue
		compile_fio "$tree" ||
			die 'building another fio failed' "The lines above say where. $advice"
		fio_src+=,$tree
		return
	done
	skip 'engines in another fio' 'no other fio is to be had'
}
