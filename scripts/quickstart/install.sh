# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: builds, installs, and removes what it has installed.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

# build DIR [-OPTION]... [TARGET]...: sets up the build directory DIR and compiles
# the targets, or all. If a tool or the place of the sources has changed since, DIR
# is made anew. A DIR that was set up by hand keeps its other options.
build() {
	local dir=$root/$1 tools argument options=() targets=()
	shift
	for argument in "$@"; do
		case $argument in
		-*) options+=("$argument") ;;
		*) targets+=("$argument") ;;
		esac
	done
	tools="$root, meson $(meson --version), $("${CC:-gcc}" --version | head -n 1)"

	if [[ -e $dir/quickstart-tools && $(cat "$dir/quickstart-tools") != "$tools" ]]; then
		note "$dir: made with other tools or in another place, setting it up anew"
		rm -rf "$dir"
	fi
	if [ ! -e "$dir/build.ninja" ]; then
		run meson setup "$dir" "$root" "${options[@]}" || return
		echo "$tools" >"$dir/quickstart-tools"
	elif [ "$(cat "$dir/quickstart-options" 2>/dev/null)" != "${options[*]}" ]; then
		run meson configure "$dir" "${options[@]}" || return
	fi
	echo "${options[*]}" >"$dir/quickstart-options"
	run meson compile -C "$dir" "${targets[@]}"
}

# This file lists what was installed, below the prefix.
manifest_name=share/smallfio/installed

# Runs a command as the owner of what is installed.
as_owner() {
	if [ "$prefix" = "${HOME:-}/.local" ]; then
		"$@"
	else
		as_root "$@"
	fi
}

# Prints the options of the build that say where to install to.
install_options() {
	echo "-Dprefix=$prefix"
	if [ -n "$own_fio" ]; then
		echo "-Dfio=$prefix/lib/smallfio/bin/fio"
	elif [ "$prefix" = /usr/local ]; then
		echo '-Dfio=fio'
	else
		echo "-Dfio=$(command -v fio)"
	fi
}

# installed_by BUILDDIR: prints each file that an installation consists of, as
# BUILT<tab>INSTALLED. meson names a directory of data by itself.
installed_by() {
	meson introspect --installed "$1" | python3 -c '
import json, os, sys
for built, installed in json.load(sys.stdin).items():
    if os.path.isdir(built):
        for where, _, names in os.walk(built):
            for name in names:
                path = os.path.join(where, name)
                print(path, installed + path[len(built):], sep="\t")
    else:
        print(built, installed, sep="\t")
'
	[ -z "$own_fio" ] || echo "$fio_src/fio	$prefix/lib/smallfio/bin/fio"
}

# Succeeds if each file to install is there already, unchanged.
is_up_to_date() {
	local files built installed
	[ -e "$manifest" ] || return
	files=$(installed_by "$root/build") && [ -n "$files" ] || return
	while IFS=$'\t' read -r built installed; do
		[ -f "$installed" ] || return
		# A symbolic link has no built file to compare with.
		[ ! -e "$built" ] || cmp -s "$built" "$installed" || return
	done <<<"$files"
}

# Prints the directories that installing those files will make.
directories_to_make() {
	local path
	while read -r path; do
		while path=$(dirname "$path") && [ ! -e "$path" ]; do
			echo "$path"
		done
	done | sort -u
}

# Prints the lines of a manifest that begin with this word.
manifest_lines() {
	[ ! -e "$2" ] || sed -n "s/^$1 //p" "$2" | LC_ALL=C sort -u
}

# Installs, and writes down what was installed. Files of an earlier installation
# that are not part of this one are removed.
install_files() {
	local new=$logs/installed path

	installed_by "$root/build" | cut -f 2 >"$logs/files"
	{
		sed 's/^/file /' "$logs/files"
		{ cat "$logs/files"; echo "$manifest"; } |
			directories_to_make | sed 's/^/directory /'
		cat "$logs/packages" 2>/dev/null || true
		grep -sE '^(directory|package) ' "$manifest" || true
	} | LC_ALL=C sort -u >"$new"
	run as_owner meson install -C "$root/build" --no-rebuild ||
		die 'meson install failed' "Check who may write to $prefix."
	# meson 0.61 names symbolic links only afterwards.
	while read -r path; do
		[ ! -L "$path" ] || echo "file $path"
	done <"$root/build/meson-logs/install-log.txt" >>"$new"
	if [ -n "$own_fio" ]; then
		run as_owner install -D -m 755 "$fio_src/fio" \
			"$prefix/lib/smallfio/bin/fio"
	fi
	LC_ALL=C comm -23 <(manifest_lines file "$manifest") \
		<(manifest_lines file "$new") | remove_files
	run as_owner install -D -m 644 "$new" "$manifest"
	# The log must not belong to root, or the owner of build/ could not
	# install from there any more.
	run as_owner chown --reference="$root/build" \
		"$root/build/meson-logs/install-log.txt"
	run as_owner ldconfig || true # only root can, and needs it
}

remove_files() {
	tr '\n' '\0' | as_owner xargs -0r rm -f --
}

# Sets `fio` and `smallfio` to the commands to use from here on.
install_smallfio() {
	if is_up_to_date; then
		note 'already installed'
	else
		install_files
		note "in $prefix"
	fi
	smallfio=$prefix/bin/smallfio fio=fio
	[ ! -e "$prefix/lib/smallfio/fio" ] || fio=$prefix/lib/smallfio/fio
	run "$fio" --enghelp=fio-smallfile.so ||
		die 'fio does not load fio-smallfile.so' \
			"See the message above. It was built with the headers in $fio_src."
}

# Says how to call what was installed, if it is not simply `fio`.
print_names() {
	[ "$fio" != fio ] || return 0
	echo "smallfio run starts this fio, which finds the engines: $fio"
	case :$PATH: in
	*":$prefix/bin:"*) ;;
	*) echo "smallfio is in $prefix/bin, which is not in PATH." ;;
	esac
}

uninstall() {
	local found='' packages

	step_count=1
	step 'Remove what was installed'
	for prefix in "${HOME:?}/.local" /usr/local; do
		manifest=$prefix/$manifest_name
		[ -e "$manifest" ] || continue
		if [ "$prefix" = /usr/local ] && ! can_be_root; then
			[ -n "$found" ] ||
				die "$(id -un) cannot become root" \
					"Ask the administrator to run this in $root."
			note "what is in $prefix stays: that is the administrator's"
		else
			uninstall_files
		fi
	done
	packages=$(manifest_lines package "$logs/packages" | xargs)
	[ -z "$packages" ] || uninstall_packages
	[ -n "$found$packages" ] || note 'nothing is installed'
	step_done
	echo "Kept: the directories of builds in $root, logs in $logs, results of jobs in ${TMPDIR:-/var/tmp}/smallfio.*, and sources of fio in ${SMALLFIO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/smallfio}."
}

# Removes the files of the manifest. Its list of packages is kept for
# uninstall_packages(), also of a later `./quickstart uninstall`.
uninstall_files() {
	local list=$logs/installed

	found=1
	cp "$manifest" "$list"
	sed -n 's/^package /&/p' "$list" >>"$logs/packages"
	note "$(manifest_lines file "$list" | wc -l) files in $prefix"
	{ manifest_lines file "$list"; echo "$manifest"; } | remove_files
	manifest_lines directory "$list" | sort -r | tr '\n' '\0' |
		as_owner xargs -0r rmdir --ignore-fail-on-non-empty --
	run as_owner ldconfig || true # only root can, and needs it
}

# Removes the packages that quickstart has installed, unless others need them.
uninstall_packages() {
	local others count

	count=$(wc -w <<<"$packages")
	# shellcheck disable=SC2086 # a list of words
	others=$(apt-get -s purge $packages 2>>"$step_log" |
		sed -n 's/^\(Remv\|Purg\) \([^ ]*\).*/\2/p' | LC_ALL=C sort -u |
		LC_ALL=C comm -23 - <(manifest_lines package "$logs/packages") |
		xargs)
	if [ -n "$with_packages" ] && [ -z "$others" ]; then
		note "$count packages"
		# shellcheck disable=SC2086 # a list of words
		run as_root apt-get -o DPkg::Lock::Timeout=300 purge -y \
			$packages ||
			die 'apt-get purge failed' 'See the lines above.'
		rm "$logs/packages"
		return
	fi
	note "$count packages that were installed for it stay:"
	note "$packages"
	if [ -n "$others" ]; then
		note "because these would go with them: $others"
	else
		note './quickstart uninstall --packages removes them.'
	fi
}
