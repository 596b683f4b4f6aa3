# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: the packages of scripts/packages.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

# Prints the version of clang that the distribution's package `clang` depends on.
# Other packages have it in their names, such as libclang-rt-14-dev.
clang_version() {
	{
		# shellcheck disable=SC2016 # dpkg-query expands it
		dpkg-query -W -f 'Depends: ${Depends}\n' clang 2>/dev/null ||
			apt-cache show --no-all-versions clang 2>/dev/null || true
	} | sed -n 's/^Depends: clang-\([0-9]*\).*/\1/p' | head -n 1
}

# Succeeds if the distribution has the package.
is_known() {
	[[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *'Candidate: '[!\(]* ]]
}

# Prints the packages of the given groups in scripts/packages. Of the groups
# `optional` and `build-optional`, prints only those that the distribution has.
wanted_packages() {
	local groups=" $* " package group clang
	clang=$(clang_version)
	while read -r package group _; do
		case $package in
		'' | '#'*) continue ;;
		fio) [ -z "$fio_src$own_fio" ] || continue ;; # there is another
		esac
		[[ $groups == *" $group "* ]] || continue
		[[ $group != *optional ]] || is_known "$package" || continue
		case $package in
		*'{clang}'*) [ -n "$clang" ] || continue ;;
		esac
		echo "${package//'{clang}'/$clang}"
	done <"$root/scripts/packages"
}

is_installed() {
	# shellcheck disable=SC2016 # dpkg-query expands it
	[ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
		head -n 1)" = installed ]
}

missing_packages() {
	local package
	for package in $(wanted_packages "$@"); do
		is_installed "$package" || echo "$package"
	done
}

installed_packages() {
	# shellcheck disable=SC2016 # dpkg-query expands it
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' |
		sed -n 's/^ii *//p' | LC_ALL=C sort -u
}

# Prints the commands without which nothing can be built and that are not there.
missing_commands() {
	local command commands="${CC:-gcc} meson ninja pkg-config"

	[ -n "$fio_src" ] || commands+=' dpkg-source'
	for command in $commands; do
		command -v "$command" >/dev/null || echo "$command"
	done
}

install_packages() {
	local missing before commands

	command -v apt-get >/dev/null ||
		die 'this machine has no apt-get' \
			'Elsewhere than on Debian and Ubuntu take the tarball or the rpms (docs/packages.md), or install what scripts/packages lists and use meson (docs/dependencies.md).'
	missing=$(missing_packages "$@" | xargs)
	if [ -z "$missing" ]; then
		note 'nothing is missing'
		return
	fi
	if ! can_be_root; then
		note "$(id -un) cannot become root. Going on without these packages:"
		note "$missing"
		advice="Ask the administrator for: apt-get update && apt-get install --no-install-recommends $missing"
		commands=$(missing_commands | xargs)
		[ -z "$commands" ] ||
			die "these commands are missing: $commands" "$advice"
		return
	fi

	# apt-get also fails if a third party's source is down. What counts is
	# whether the packages can be installed.
	run as_root apt-get -o DPkg::Lock::Timeout=300 update ||
		note 'apt-get update: some lists could not be read'
	# Asked again, because a name with clang's version needs the lists that
	# were read just now.
	missing=$(missing_packages "$@" | xargs)
	note "installing $missing"
	before=$(installed_packages)
	# shellcheck disable=SC2086 # a list of words
	run as_root apt-get -o DPkg::Lock::Timeout=300 install -y \
		--no-install-recommends $missing ||
		die 'apt-get install failed' \
			"Check the network and /etc/apt, or try it by hand: apt-get install --no-install-recommends $missing"
	LC_ALL=C comm -13 <(echo "$before") <(installed_packages) |
		sed 's/^/package /' >>"$logs/packages"
}
