# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: all tests.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

checks=$logs/checks.tap
packages=$logs/packages.tap

# check NAME COMMAND...: runs COMMAND as a test case, for scripts/count-tests.
check() {
	local name=$1 lines_before
	shift
	lines_before=$(wc -l <"$step_log")
	if run "$@"; then
		echo "ok - $name" >>"$checks"
	else
		note "FAILED: $name"
		{
			echo "not ok - $name"
			tail -n "+$((lines_before + 1))" "$step_log" |
				tail -n 30 | sed 's/^/# /'
		} >>"$checks"
	fi
}

# skip NAME REASON: says that a test case cannot run here. In CI that is a failure.
skip() {
	note "skipped: $1: $2"
	echo "ok - $1 # SKIP $2" >>"$checks"
}

# run_tests DIR OPTION...: runs tests. scripts/count-tests finds the failures
# later. Four programs run at a time for each processor, because many of them
# wait for clocks, delays and other processes.
run_tests() {
	local dir=$root/$1
	shift
	rm -f "$dir"/meson-logs/testlog*
	run meson test -C "$dir" --no-rebuild \
		--num-processes "$((4 * $(nproc)))" "$@" || note 'there are failures'
}

# Makes both builds that find mistakes in memory and between threads. The one with
# clang has all sanitizers and libFuzzer, because compiling takes most of the time.
# Without another fio the tree is given twice, to see that engines for several
# versions can be linked.
build_with_sanitizers() {
	local trees=$fio_src

	step_log=$logs/sanitizers.log
	: >"$step_log"
	ln -sfn "${fio_src%%,*}" "$logs/second-fio"
	[[ $fio_src == *,* ]] || trees+=",$logs/second-fio"
	# Reports name lines. All other debug information would be an eighth of the work.
	[ -z "$clang" ] || CC=clang check 'clang build for two fio trees without a warning' \
		build build-clang -Dfio_src="$trees" \
		-Dwerror=true -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Doptimization=1 -Ddebug=false \
		-Dc_args=-gline-tables-only
	check 'build with the thread sanitizer' build build-tsan \
		-Db_sanitize=thread -Doptimization=1 tests-of-threads
}

has_clang() {
	echo 'int main(void) { return 0; }' >"$logs/try.c"
	run clang -fsanitize=address,undefined "$logs/try.c" -o "$logs/try"
}

# Prints by how much longer tests may take. Where shared memory is small, as in a
# container, they write to a disk (tests/lib/mounts.py).
times_longer() {
	local free_kib
	free_kib=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
	if [ "${free_kib:-0}" -ge $((1 << 20)) ]; then echo 1; else echo 3; fi
}

run_all_tests() {
	local status=0 build_dirs=(build) clang=''

	: >"$checks"
	step_count=8
	step 'Install what is missing'
	install_packages build build-optional run test optional own-fio
	step 'Get the headers of the installed fio, and another fio'
	get_headers
	add_other_fio
	step 'Build with gcc, each warning an error'
	build build -Dfio_src="$fio_src" -Dwerror=true -Dfio=fio ||
		die 'the build failed' "The lines above say where. $advice"
	step 'Run all tests; beside these, build with sanitizers, and Debian packages'
	! has_clang || clang=1
	# On processors that no test wants: tests wait for a part of their time.
	# count-tests says what failed in the background. The trap would say that
	# all of quickstart did.
	(trap - ERR; renice -n 19 -p "$BASHPID" >/dev/null && build_with_sanitizers) &
	builds_pid=$!
	# These wait for the network. What is asked of them does not depend on
	# optimization, which takes most of a build.
	(trap - ERR; DEB_BUILD_OPTIONS=noopt \
		"$root/scripts/check-packages" "${fio_src%%,*}" >"$packages" 2>&1) &
	packages_pid=$!
	run_tests build --timeout-multiplier "$(times_longer)"
	step 'Run unit tests with sanitizers of memory and behaviour, fuzz briefly'
	wait "$builds_pid" || true # count-tests finds what failed
	if [ -n "$clang" ]; then
		build_dirs+=(build-clang)
		# Only tests without fio run here, because fio has no sanitizer in it.
		ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 \
			UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
			run_tests build-clang --suite unit --suite fuzz \
			--timeout-multiplier 3
	else
		skip 'clang' 'clang or its run-time libraries are missing'
	fi
	step 'Run what has threads with the thread sanitizer'
	build_dirs+=(build-tsan)
	TSAN_OPTIONS=halt_on_error=1 \
		run_tests build-tsan --suite threads --timeout-multiplier 4
	step 'Check format and installation'
	check 'scripts/check-format' "$root/scripts/check-format"
	check 'scripts/check-layers' "$root/scripts/check-layers"
	check 'scripts/check-install' "$root/scripts/check-install" "$root/build"
	step 'Wait for the Debian packages'
	wait "$packages_pid" || true
	check 'scripts/check-packages came to its end' grep '^1\.\.' "$packages"
	print_step_times

	(cd "$root" && scripts/count-tests "${build_dirs[@]}" \
		"${checks#"$root/"}" "${packages#"$root/"}") || status=$?
	exit "$status"
}
